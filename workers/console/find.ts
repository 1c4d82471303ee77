import { askedFor, completionsOf } from "../../shared/contracts/asked.ts";
import {
  type FindAnswer,
  type FindPosition,
  type FoundItem,
  type FoundRow,
  toFindCursor,
} from "../../shared/contracts/find.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { CaseRow } from "../../shared/contracts/records.ts";
import type { Trace } from "../../shared/contracts/views.ts";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../shared/core/concurrency.ts";
import { getCase } from "../../shared/records/cases.ts";
import type { Database } from "../../shared/records/database.ts";
import { getDeadLetter } from "../../shared/records/dead-letters.ts";
import { messageIdOf } from "../../shared/records/letter.ts";

export type FindDeps = {
  ledger: Pick<Ledger, "trace" | "actionsOf" | "find" | "eventView" | "rawOf">;
  records: Database;
};
export type FindRequest = { id: string; limit: number; position: FindPosition | null };

/** How often the shards are asked for one answer: a Worker's calls are counted. The client goes on from `next`. */
const ROUNDS = 6;

const NOTHING: Omit<FindAnswer, "reference"> = { trace: null, items: [], isMore: false, removed: 0, next: null };

/** Whatever id a person has: one trace, a list, or nothing. */
export async function find(request: FindRequest, deps: FindDeps): Promise<FindAnswer> {
  const asked = askedFor(request.id);
  const answer = (more: Partial<FindAnswer>): FindAnswer => ({ reference: asked.id, ...NOTHING, ...more });
  switch (asked.kind) {
    case "action":
      return answer({ trace: await deps.ledger.trace(asked.id) });
    case "case":
    case "notice": {
      // The ledger has its action, also where D1 has lost the case.
      const row = await getCase(deps.records, asked.id);
      const trace = await deps.ledger.trace(row === null ? asked.action : idIn(row));
      return answer({ trace, ...(row === null ? {} : { case: row }) });
    }
    case "letter":
      return answer(await letterOf(asked.id, deps));
    case "other":
      return answer(await findOther({ ...request, id: asked.id }, deps));
  }
}

const idIn = ({ actionId, eventId }: CaseRow): string => (actionId === "" ? eventId : actionId);

async function letterOf(id: string, { records, ledger }: FindDeps): Promise<Partial<FindAnswer>> {
  const letter = await getDeadLetter(records, id);
  const row = letter === null || letter.rowKind === "message" ? messageIdOf(id) : letter.rowId;
  return { trace: await ledger.trace(row), ...(letter === null ? {} : { letter }) };
}

async function findOther(request: FindRequest, deps: FindDeps): Promise<Partial<FindAnswer>> {
  if (request.position !== null) return await findNamed(request, deps);
  const [exact] = await tracesOf([request.id], deps);
  if (exact !== undefined) return { trace: exact };
  const events = await tracesOf(completionsOf(request.id), deps);
  const [only] = events;
  if (only !== undefined) return events.length === 1 ? { trace: only } : { items: events.map(itemOf) };
  return await findNamed(request, deps);
}

async function tracesOf(ids: readonly string[], { ledger }: FindDeps): Promise<Trace[]> {
  const traces = await mapLimit([...ids], OUTSIDE_CALLS_AT_ONCE, (id) => ledger.trace(id));
  return traces.filter((trace) => trace !== null);
}

/** What names it. The actions of a payment are found by its key, and all else by the shards' indexes of references. */
async function findNamed({ id, limit, position }: FindRequest, deps: FindDeps): Promise<Partial<FindAnswer>> {
  const { ledger } = deps;
  const own = position === null ? await ledger.actionsOf(id) : [];
  const rows: FoundRow[] = own.map(({ eventId, action, createdAt }) => ({ eventId, action, at: createdAt }));
  let next = position;
  let removed = 0;
  let isMore = false;
  for (let round = 0; round < ROUNDS && (round === 0 || next !== null); round++) {
    // One more than is shown, so that it is known whether there are more.
    const found = await ledger.find(id, limit + 1, next);
    rows.push(...found.rows);
    next = found.next;
    removed += found.removed;
    isMore ||= found.isMore;
  }
  const byEvent = new Map(rows.sort(newestFirst).map((row) => [row.eventId, row]));
  const shown = [...byEvent.values()].slice(0, limit);
  const traces = (await mapLimit(shown, OUTSIDE_CALLS_AT_ONCE, (row) => traceOf(row, deps))).filter(
    (trace) => trace !== null,
  );
  const isOnly = byEvent.size === 1 && next === null && position === null;
  return {
    trace: isOnly ? (traces[0] ?? null) : null,
    items: traces.map(itemOf).sort(newestFirst),
    isMore: isMore || byEvent.size > limit,
    removed,
    next: next === null ? null : toFindCursor(next),
  };
}

/** The event names its first action. A later step is found by its own id, in all shards: only where it is another one. */
async function traceOf({ eventId, action }: FoundRow, { ledger }: FindDeps): Promise<Trace | null> {
  const trace = await ledger.trace(eventId);
  const isOther = action !== null && trace?.action?.action.id !== action.id;
  return isOther ? ((await ledger.trace(action.id)) ?? trace) : trace;
}

const newestFirst = (one: { at: number }, other: { at: number }): number => other.at - one.at;

function itemOf({ id, state, event, action }: Trace): FoundItem {
  const { amountMinor, currency } = action?.action ?? { amountMinor: null, currency: null };
  return {
    id,
    action: action?.action.id ?? null,
    at: event.acceptedAt,
    type: event.event.type,
    state,
    amountMinor: amountMinor ?? event.event.amountMinor ?? null,
    currency: currency ?? event.event.currency ?? null,
  };
}

export type RawAnswer = { kind: "raw"; raw: string } | { kind: "removed"; at: number } | { kind: "missing" };

/** The bytes of an event as they were stored, by its id or what it is completed to. */
export async function rawOf(id: string, { ledger }: FindDeps): Promise<RawAnswer> {
  for (const candidate of [id, ...completionsOf(id)]) {
    const raw = await ledger.rawOf(candidate);
    if (raw !== null) return { kind: "raw", raw };
    const view = await ledger.eventView(candidate);
    if (view !== null) return { kind: "removed", at: view.textRemovedAt ?? view.acceptedAt };
  }
  return { kind: "missing" };
}
