import { actEventId } from "../../../shared/contracts/act.ts";
import { caseIdOf } from "../../../shared/contracts/asked.ts";
import type { GateRpc } from "../../../shared/contracts/gate.ts";
import type { Ledger } from "../../../shared/contracts/ledger.ts";
import {
  REDACTED_ROWS,
  type RedactAnswer,
  type RedactedAnswer,
  type RedactedCounts,
  type RedactRefusal,
  type RedactRow,
} from "../../../shared/contracts/redact.ts";
import type { RowRef } from "../../../shared/contracts/views.ts";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../../shared/core/concurrency.ts";
import { letterOfAct } from "../../../shared/records/acts/letters.ts";
import { getCase } from "../../../shared/records/cases.ts";
import type { Database } from "../../../shared/records/database.ts";
import { caseIdOfNotice } from "../../../shared/records/information.ts";
import { noteEvents, openCaseWithNote, openLetters, redactRecords } from "../../../shared/records/redact.ts";
import { actsOfLetters, lettersOf } from "./letters.ts";
import type { Reach, Unit } from "./reach.ts";

export type RedactDeps = {
  ledger: Pick<Ledger, "redact" | "redactable" | "deadRow" | "eventView">;
  records: Database;
  gate: Pick<GateRpc, "holdReasons">;
};
/** `remove` false: it is looked what would go, and nothing is written. */
export type RedactHow = { evenOpen: boolean; remove: boolean };

/** Removes the texts of all that an id reaches, from the ledger, D1 and the gate. Idempotent: what is gone stays gone. */
export async function redactAll(
  { units, holds, isMore }: Reach,
  how: RedactHow,
  deps: RedactDeps,
): Promise<Pick<RedactedAnswer, "redacted" | "refused" | "isMore">> {
  const done = await mapLimit(units, OUTSIDE_CALLS_AT_ONCE, (unit) => redactUnit(unit, how, deps));
  const ofGate = holds.length === 0 ? [] : await deps.gate.holdReasons(holds, how.remove);
  const rows = [...done.map((one) => one.rows), { holds: ofGate.map(({ scope }) => scope) }];
  const refused = new Map(done.flatMap((one) => one.refused.map((refusal) => [refusal.id, refusal])));
  return { redacted: countsOf(rows), refused: [...refused.values()], isMore };
}

/** By their ids: two units may share a note, or an act. */
type Rows = Partial<Record<keyof RedactedCounts, readonly string[]>>;
type Done = { rows: Rows; refused: RedactRefusal[] };

const countsOf = (rows: readonly Rows[]): RedactedCounts =>
  Object.fromEntries(
    REDACTED_ROWS.map((name) => [name, new Set(rows.flatMap((one) => one[name] ?? [])).size]),
  ) as RedactedCounts;

/** The actions first: where one is refused, its event and its decision are what somebody still reads. */
async function redactUnit(unit: Unit, how: RedactHow, deps: RedactDeps): Promise<Done> {
  const { evenOpen, remove } = how;
  const refs: RowRef[] = [...unit.actions.map((ref): RowRef => ({ kind: "action", ...ref })), eventOf(unit.eventId)];
  const letters = (await mapLimit(refs, OUTSIDE_CALLS_AT_ONCE, (ref) => lettersOf(ref, deps))).flat();
  const open = evenOpen
    ? []
    : [...(await openLetters(deps.records, letters)), ...(await openCaseOf(unit.eventId, deps))];
  if (open.length > 0) return refusedAs("open", open);
  for (const ref of unit.actions) {
    const answer = await ask({ kind: "action", ...ref }, how, deps);
    if (answer === "open" || answer === "waits") return refusedAs(answer, [ref.id]);
  }
  const ofEvent = await ask(eventOf(unit.eventId), how, deps);
  if (ofEvent === "open" || ofEvent === "waits") return refusedAs(ofEvent, [unit.eventId]);
  const ofFacts = await Promise.all(unit.facts.map((key) => ask({ kind: "fact", key }, how, deps)));

  const cases = [...unit.actions.map(({ id }) => caseIdOf(id)), ...(await Promise.all(refs.map(caseIdOfNotice)))];
  const notes = (await mapLimit(cases, OUTSIDE_CALLS_AT_ONCE, (id) => noteEvents(deps.records, id))).flat();
  const acts = [...(await actsOfCases(cases, deps)), ...(await actsOfLetters(letters, deps)), ...notes];
  const ofActs = await mapLimit([...new Set(acts)], OUTSIDE_CALLS_AT_ONCE, async (id) =>
    (await ask(eventOf(id), how, deps)) === "redacted" ? [id] : [],
  );
  const discards = letterOfAct(unit.eventId);
  const kept = await redactRecords(
    deps.records,
    { cases, letters, notes: [unit.eventId], discards: discards === null ? [] : [discards.letter], evenOpen },
    remove,
  );
  const rows: Rows = {
    ...kept,
    events: [...(ofEvent === "redacted" ? [unit.eventId] : []), ...ofActs.flat()],
    decisions: unit.facts.filter((_, index) => ofFacts[index] === "redacted"),
    actions: unit.actions.map(({ id }) => id),
  };
  return { rows, refused: [] };
}

/** Whoever has the case before them reads what others wrote beside it. */
async function openCaseOf(eventId: string, { records }: RedactDeps): Promise<string[]> {
  const id = await openCaseWithNote(records, eventId);
  return id === null ? [] : [id];
}

const eventOf = (id: string): { kind: "event"; id: string } => ({ kind: "event", id });

async function ask(row: RedactRow, { evenOpen, remove }: RedactHow, { ledger }: RedactDeps): Promise<RedactAnswer> {
  const wanted = [{ row, evenOpen }];
  const [answer = "missing"] = remove ? await ledger.redact(wanted) : await ledger.redactable(wanted);
  return answer;
}

async function actsOfCases(cases: readonly string[], { ledger, records }: RedactDeps): Promise<string[]> {
  const acts: string[] = [];
  for (const id of cases) {
    const known = (await getCase(records, id))?.acts ?? 0;
    for (let n = 1; n <= known + ACTS_BEYOND; n++) {
      const isThere = n <= known || (await ledger.eventView(actEventId(id, n))) !== null;
      if (!isThere) break;
      acts.push(actEventId(id, n));
    }
  }
  return acts;
}
/** Acts that D1 does not know yet. */
const ACTS_BEYOND = 200;

const WHY: Record<"open" | "waits", string> = {
  open: "somebody has its case or its dead letter before them: decide it first, or redact it with --even-open",
  waits: "it is not over, and what goes on with it reads its words: redact it again once it is",
};

function refusedAs(why: "open" | "waits", ids: readonly string[]): Done {
  return { rows: {}, refused: ids.map((id) => ({ id, why, says: `${id}: ${WHY[why]}` })) };
}
