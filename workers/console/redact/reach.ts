/** What an id reaches: the events and actions whose texts a redaction of it removes. */
import { askedFor, completionsOf } from "../../../shared/contracts/asked.ts";
import type { Ledger } from "../../../shared/contracts/ledger.ts";
import type { ActionRef, Trace } from "../../../shared/contracts/views.ts";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../../shared/core/concurrency.ts";
import { type FactRowKey, factRowKey } from "../../../shared/core/ids.ts";
import { getCase } from "../../../shared/records/cases.ts";
import type { Database } from "../../../shared/records/database.ts";
import { getDeadLetter } from "../../../shared/records/dead-letters.ts";
import { messageIdOf } from "../../../shared/records/letter.ts";

export type ReachDeps = { ledger: Pick<Ledger, "trace" | "actionsOf" | "find" | "eventView">; records: Database };

/** An event with all that followed from it. */
export type Unit = { eventId: string; facts: readonly FactRowKey[]; actions: readonly ActionRef[] };
/** `isMore`: the id reaches further; what is listed is done first, and the rest by its own ids. */
export type Reach = { units: Unit[]; isMore: boolean };

/** An invocation has 10,000 calls, and a unit takes about twenty. */
const UNITS_MAX = 300;
/** Payments and subscriptions of a customer, whose events name the customer no more. */
const HOPS_MAX = 50;

export async function reachOf(id: string, deps: ReachDeps): Promise<Reach> {
  const named = await rowNamedBy(id, deps);
  const own = named === null ? null : await deps.ledger.trace(named);
  if (own !== null) return { units: [await unitOf(own, deps)], isMore: false };
  const first = await eventsNaming(askedFor(id).id, deps);
  const traces = await tracesOf(first.events, deps);
  const references = [...new Set(traces.flatMap(referencesIn))].filter((reference) => reference !== id);
  const hops = await mapLimit(references.slice(0, HOPS_MAX), OUTSIDE_CALLS_AT_ONCE, (one) => eventsNaming(one, deps));
  const events = [...new Set([...first.events, ...hops.flatMap((hop) => hop.events)])];
  const all = await tracesOf(events.slice(0, UNITS_MAX), deps);
  const isMore =
    first.isMore || hops.some((hop) => hop.isMore) || references.length > HOPS_MAX || events.length > UNITS_MAX;
  return { units: await mapLimit(all, OUTSIDE_CALLS_AT_ONCE, (trace) => unitOf(trace, deps)), isMore };
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

const tracesOf = async (ids: readonly string[], { ledger }: ReachDeps): Promise<Trace[]> =>
  (await mapLimit([...ids], OUTSIDE_CALLS_AT_ONCE, (id) => ledger.trace(id))).filter((trace) => trace !== null);

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
