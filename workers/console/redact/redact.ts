import { actEventId } from "../../../shared/contracts/act.ts";
import { caseIdOf } from "../../../shared/contracts/asked.ts";
import type { Ledger } from "../../../shared/contracts/ledger.ts";
import type { RedactAnswer, RedactedAnswer, RedactRefusal, RedactRow } from "../../../shared/contracts/redact.ts";
import type { RowRef } from "../../../shared/contracts/views.ts";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../../shared/core/concurrency.ts";
import { sentIdOf } from "../../../shared/records/acts/letters.ts";
import { getCase } from "../../../shared/records/cases.ts";
import type { Database } from "../../../shared/records/database.ts";
import { getDeadLetter } from "../../../shared/records/dead-letters.ts";
import { caseIdOfNotice } from "../../../shared/records/information.ts";
import { idOfDeath, messageIdOf } from "../../../shared/records/letter.ts";
import { openLetters, redactRecords } from "../../../shared/records/redact.ts";
import type { Reach, Unit } from "./reach.ts";

export type RedactDeps = { ledger: Pick<Ledger, "redact" | "deadRow" | "eventView">; records: Database };

type Counts = RedactedAnswer["redacted"];
const NOTHING: Counts = { events: 0, decisions: 0, actions: 0, cases: 0, notes: 0, letters: 0 };

/** Removes the texts of all that an id reaches, from the ledger and from D1. Idempotent: what is gone stays gone. */
export async function redactAll(
  { units, isMore }: Reach,
  evenOpen: boolean,
  deps: RedactDeps,
): Promise<Pick<RedactedAnswer, "redacted" | "refused" | "isMore">> {
  const done = await mapLimit(units, OUTSIDE_CALLS_AT_ONCE, (unit) => redactUnit(unit, evenOpen, deps));
  const redacted = done.reduce((sum, { counts }) => addedUp(sum, counts), NOTHING);
  return { redacted, refused: done.flatMap(({ refused }) => refused), isMore };
}

type Done = { counts: Counts; refused: RedactRefusal[] };

/** The actions first: where one is refused, its event and its decision are what somebody still reads. */
async function redactUnit(unit: Unit, evenOpen: boolean, deps: RedactDeps): Promise<Done> {
  const refs: RowRef[] = [...unit.actions.map((ref): RowRef => ({ kind: "action", ...ref })), eventOf(unit.eventId)];
  const letters = (await mapLimit(refs, OUTSIDE_CALLS_AT_ONCE, (ref) => lettersOf(ref, deps))).flat();
  const open = evenOpen ? [] : await openLetters(deps.records, letters);
  if (open.length > 0) return refusedAs("open", open);
  for (const ref of unit.actions) {
    const answer = await ask({ kind: "action", ...ref }, evenOpen, deps);
    if (answer === "open" || answer === "waits") return refusedAs(answer, [ref.id]);
  }
  const ofEvent = await ask(eventOf(unit.eventId), evenOpen, deps);
  if (ofEvent === "open" || ofEvent === "waits") return refusedAs(ofEvent, [unit.eventId]);
  const ofFacts = await Promise.all(unit.facts.map((key) => ask({ kind: "fact", key }, evenOpen, deps)));

  const cases = [...unit.actions.map(({ id }) => caseIdOf(id)), ...(await Promise.all(refs.map(caseIdOfNotice)))];
  const acts = [...(await actsOfCases(cases, deps)), ...(await actsOfLetters(letters, deps))];
  const ofActs = await mapLimit(acts, OUTSIDE_CALLS_AT_ONCE, (id) => ask(eventOf(id), evenOpen, deps));
  const kept = await redactRecords(deps.records, { cases, letters, evenOpen });
  const isDone = (answer: RedactAnswer): boolean => answer === "redacted";
  const counts: Counts = {
    ...kept,
    events: [ofEvent, ...ofActs].filter(isDone).length,
    decisions: ofFacts.filter(isDone).length,
    actions: unit.actions.length,
  };
  return { counts, refused: [] };
}

const eventOf = (id: string): { kind: "event"; id: string } => ({ kind: "event", id });

async function ask(row: RedactRow, evenOpen: boolean, { ledger }: RedactDeps): Promise<RedactAnswer> {
  const [answer = "missing"] = await ledger.redact([{ row, evenOpen }]);
  return answer;
}

/** A row has a letter for each of its deaths; a message that names no row is one by itself. */
async function lettersOf(ref: RowRef, { ledger }: RedactDeps): Promise<string[]> {
  const message = /^message:(dl_[0-9a-f]{32})$/.exec(ref.id)?.[1];
  if (message !== undefined) return [message];
  const deaths = (await ledger.deadRow(ref))?.deaths ?? 0;
  return await Promise.all(Array.from({ length: deaths }, (_, index) => idOfDeath(ref, index + 1)));
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

/** Also under the ids that acts had before 2026-12. */
async function actsOfLetters(letters: readonly string[], { records }: RedactDeps): Promise<string[]> {
  const acts: string[] = [];
  for (const id of letters) {
    const redrives = (await getDeadLetter(records, id))?.redrives ?? 0;
    acts.push(messageIdOf(id), `discard:${id}`);
    for (let n = 1; n <= redrives + 1; n++) acts.push(actEventId(id, n), sentIdOf(id, n), `redrive:${id}:${n}`);
  }
  return acts;
}

const WHY: Record<"open" | "waits", string> = {
  open: "somebody has its case or its dead letter before them: decide it first, or redact it with --even-open",
  waits: "it is not over, and what goes on with it reads its words: redact it again once it is",
};

function refusedAs(why: "open" | "waits", ids: readonly string[]): Done {
  return { counts: NOTHING, refused: ids.map((id) => ({ id, why, says: `${id}: ${WHY[why]}` })) };
}

const addedUp = (one: Counts, other: Counts): Counts => ({
  events: one.events + other.events,
  decisions: one.decisions + other.decisions,
  actions: one.actions + other.actions,
  cases: one.cases + other.cases,
  notes: one.notes + other.notes,
  letters: one.letters + other.letters,
});
