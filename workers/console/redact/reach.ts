/** What an id reaches: the events and actions whose texts a redaction of it removes. */
import { askedFor, caseIdOf, completionsOf } from "../../../shared/contracts/asked.ts";
import type { AuditEntry } from "../../../shared/contracts/audit.ts";
import type { GateRpc, HoldRef } from "../../../shared/contracts/gate.ts";
import type { Ledger } from "../../../shared/contracts/ledger.ts";
import { SCOPE_KINDS, type Scope } from "../../../shared/contracts/scopes.ts";
import type { ActionRef, Trace } from "../../../shared/contracts/views.ts";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../../shared/core/concurrency.ts";
import { type FactRowKey, factRowKey } from "../../../shared/core/ids.ts";
import { actsAbout } from "../../../shared/records/audit.ts";
import { getCase } from "../../../shared/records/cases.ts";
import type { Database } from "../../../shared/records/database.ts";
import { getDeadLetter } from "../../../shared/records/dead-letters.ts";
import { messageIdOf } from "../../../shared/records/letter.ts";
import { tracesOf, withEdits } from "./edits.ts";

export type ReachDeps = {
  ledger: Pick<Ledger, "trace" | "actionsOf" | "find" | "eventView" | "deadRow">;
  records: Database;
  gate: Pick<GateRpc, "holdReasons">;
};

/** An event with all that followed from it. */
export type Unit = { eventId: string; facts: readonly FactRowKey[]; actions: readonly ActionRef[] };
/** `holds`: in the gate. `isMore`: the id reaches further; what is listed is done first, and the rest by its own ids. */
export type Reach = { units: Unit[]; holds: HoldRef[]; isMore: boolean };

/** An invocation has 10,000 calls, and a unit takes about twenty. */
const UNITS_MAX = 300;
/** Payments and subscriptions of a customer, whose events name the customer no more. */
const HOPS_MAX = 50;
const ACTS_MAX = 500;

export async function reachOf(id: string, deps: ReachDeps): Promise<Reach> {
  const named = await rowNamedBy(id, deps);
  const own = named === null ? null : await deps.ledger.trace(named);
  if (own !== null) return await reachOfRow(own, deps);
  const asked = askedFor(id).id;
  const about = [asked, ...SCOPE_KINDS.map((kind): Scope => `${kind}:${asked}`)];
  const acts = await actsAbout(deps.records, about, ACTS_MAX);
  const holds = await deps.gate.holdReasons(
    about.map((scope) => ({ scope: scope as Scope, at: null })),
    false,
  );
  const first = await eventsNaming(asked, deps);
  const traces = await tracesOf(first.events, deps);
  const references = [...new Set(traces.flatMap(referencesIn))].filter((reference) => reference !== id);
  const hops = await mapLimit(references.slice(0, HOPS_MAX), OUTSIDE_CALLS_AT_ONCE, (one) => eventsNaming(one, deps));
  const events = [...new Set([...first.events, ...hops.flatMap((hop) => hop.events)])];
  const all = await withEdits(await tracesOf(events.slice(0, UNITS_MAX), deps), deps);
  const isMore =
    first.isMore ||
    hops.some((hop) => hop.isMore) ||
    references.length > HOPS_MAX ||
    events.length > UNITS_MAX ||
    acts.length === ACTS_MAX;
  const units = await mapLimit(all, OUTSIDE_CALLS_AT_ONCE, (trace) => unitOf(trace, deps));
  return { units: withActs(units, [...acts.map(({ event }) => event), ...holds.flatMap(eventsOfHold)]), holds, isMore };
}

/** One event with what followed from it, what people sent in its place, and the holds that were made for its case. */
async function reachOfRow(own: Trace, deps: ReachDeps): Promise<Reach> {
  const all = await withEdits([own], deps);
  const units = await mapLimit(all, OUTSIDE_CALLS_AT_ONCE, (trace) => unitOf(trace, deps));
  const acts = (await mapLimit(all, OUTSIDE_CALLS_AT_ONCE, (trace) => holdsForCaseOf(trace, deps))).flat();
  const events = [...units.map(({ eventId }) => eventId), ...acts.map(({ event }) => event)];
  const holds = await deps.gate.holdReasons(events.flatMap(holdOfEvent), false);
  return {
    units: withActs(
      units,
      acts.map(({ event }) => event),
    ),
    holds,
    isMore: false,
  };
}

async function holdsForCaseOf({ action, event }: Trace, { records }: ReachDeps): Promise<AuditEntry[]> {
  const customer = action?.action.customer ?? event.event.customer ?? null;
  if (customer === null || action === null) return [];
  const acts = await actsAbout(records, [`customer:${customer}`], ACTS_MAX);
  return acts.filter(({ after }) => after.case === caseIdOf(action.action.id));
}

/** An act is an event from which nothing follows in the ledger. */
function withActs(units: readonly Unit[], events: readonly string[]): Unit[] {
  const known = new Set(units.map(({ eventId }) => eventId));
  const more = [...new Set(events)].filter((id) => !known.has(id));
  return [...units, ...more.map((eventId) => ({ eventId, facts: [], actions: [] }))];
}

/** A hold and its lift are recorded under the scope and the time of the hold. */
const eventsOfHold = ({ scope, at }: HoldRef): string[] => [`hold:${scope}:${at}`, `lift:${scope}:${at}`];
function holdOfEvent(id: string): HoldRef[] {
  const [, scope, at] = /^(?:hold|lift):(.+):(\d+)$/.exec(id) ?? [];
  return scope === undefined ? [] : [{ scope: scope as Scope, at: Number(at) }];
}

/** The event or action that the id is of; null where it is of a customer, a payment or another thing. */
async function rowNamedBy(text: string, { ledger, records }: ReachDeps): Promise<string | null> {
  const asked = askedFor(text);
  switch (asked.kind) {
    case "action":
      return asked.id;
    case "case":
    case "notice": {
      const row = await getCase(records, asked.id);
      return row === null ? asked.action : row.actionId === "" ? row.eventId : row.actionId;
    }
    case "letter": {
      const letter = await getDeadLetter(records, asked.id);
      return letter === null || letter.rowKind === "message" ? messageIdOf(asked.id) : letter.rowId;
    }
    case "other": {
      for (const candidate of [asked.id, ...completionsOf(asked.id)])
        if ((await ledger.eventView(candidate)) !== null) return candidate;
      return null;
    }
  }
}

async function eventsNaming(reference: string, { ledger }: ReachDeps): Promise<{ events: string[]; isMore: boolean }> {
  const own = await ledger.actionsOf(reference);
  const events = own.map(({ eventId }) => eventId);
  let next: Parameters<Ledger["find"]>[2] = null;
  let isMore = false;
  do {
    const found = await ledger.find(reference, UNITS_MAX, next);
    events.push(...found.rows.map(({ eventId }) => eventId));
    isMore ||= found.isMore;
    next = found.next;
  } while (next !== null);
  return { events: [...new Set(events)], isMore };
}

const referencesIn = ({ event: { event }, action }: Trace): string[] =>
  [event.payment, event.charge, event.invoice, event.subscription, action?.action.subject].flatMap((one) => one ?? []);

/** The later steps of its fact are its own too; other actions of the payment are of other events. */
async function unitOf({ event, fact, action }: Trace, { ledger }: ReachDeps): Promise<Unit> {
  const steps = action === null ? [] : await ledger.actionsOf(action.action.subject);
  const own = steps.filter((one) => one.action.factKey === action?.action.factKey);
  const actions = own.map(({ action: { id, subject } }) => ({ id, subject }));
  const facts = [fact?.key, event.factRowKey, action === null ? null : factRowKey(action.action)];
  return { eventId: event.event.id, facts: [...new Set(facts.flatMap((key) => key ?? []))], actions };
}
