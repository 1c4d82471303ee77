import { mask } from "../../../shared/agents/text/mask.ts";
import type { ActName } from "../../../shared/contracts/act.ts";
import { askedFor } from "../../../shared/contracts/asked.ts";
import type { Person, PersonRef } from "../../../shared/contracts/people.ts";
import type { Policy } from "../../../shared/contracts/policy.ts";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import { utc } from "../../../shared/core/time.ts";
import { problem } from "../../../shared/http/problem.ts";
import { getCase } from "../../../shared/records/cases.ts";
import type { Around } from "../deps.ts";
import { missing } from "../refusals.ts";
import { type ActDeps, actAlone, actBeside, type CaseAct, type Wanted } from "./act.ts";

type By = { id: string; person: Person; key: string };
/** The case as it stands then; or why it was not done. */
type Told = CaseRow | Response;

const conflict = (why: string): Response => problem(409, why);

/** Null where people may work on it. */
function notOpen({ id, state, isInformation, decidedBy, code }: CaseRow): Response | null {
  if (isInformation === 1)
    return conflict(`${id} only tells of something that goes on by itself: there is nothing to work on.`);
  if (state === "open") return null;
  const by = decidedBy === null ? "" : ` by ${decidedBy}`;
  return conflict(`${id} is ${state} already${by}${code === null ? "" : ` (${code})`}.`);
}

/** One person has a case at a time. `to` null: nobody. `take`: also where somebody else has it. */
export function assign(
  { id, person, key }: By,
  { to, take }: { to: PersonRef | null; take: boolean },
  deps: ActDeps,
  around: Around,
): Promise<Told> {
  const act: CaseAct = { id, what: "case.assign", person, key, text: null };
  return actAlone(
    act,
    (row) => {
      const closed = notOpen(row);
      if (closed !== null) return closed;
      const { owner, ownerName } = row;
      const isOthers = owner !== null && owner !== person.id && owner !== to?.id;
      if (isOthers && !take)
        return conflict(
          `${ownerName ?? owner} has ${id}. To take it over: \`npx countersign cases assign ${id} --take\` (in the API: "take": true).`,
        );
      return { before: { owner }, after: { owner: to?.id ?? null, ownerName: to?.name ?? null } };
    },
    deps,
    around,
  );
}

/** What people write about a case, as which act, and what it changes. A note is taken of a case that is over, too. */
const WORDS = {
  note: { what: "case.note", wanted: () => ({}) },
  /** The case waits for the answer, until its time passes. */
  ask: {
    what: "case.question",
    wanted: (row) => notOpen(row) ?? { before: { asked: row.askedAt }, after: { asked: true } },
  },
  /** By a person who has the answer; anybody else answers by POST /v1/requests. It brings the case to the front. */
  answer: {
    what: "case.answer",
    wanted: (row) => notOpen(row) ?? { before: { asked: row.askedAt }, after: { asked: null } },
  },
} as const satisfies Record<string, { what: ActName; wanted: Wanted }>;
export type Word = keyof typeof WORDS;

export function write(word: Word, { id, ...by }: By, text: string, deps: ActDeps, around: Around): Promise<Told> {
  const { what, wanted } = WORDS[word];
  return actBeside({ id, ...by, what, text: mask(text) }, wanted, deps, around);
}

/** Puts it aside until then: not beyond its time, and not for longer than policy says. */
export async function snooze(
  by: By,
  until: number,
  policy: Pick<Policy, "cases"> | null,
  deps: ActDeps,
  around: Around,
): Promise<Told> {
  const { id, person, key } = by;
  if (policy === null)
    return problem(503, "The gate does not say how long policy lets a case be put aside. Send the request again.");
  const now = around.now();
  const most = now + policy.cases.snoozeMaxMs;
  return await actBeside(
    { id, what: "case.snooze", person, key, text: null },
    (row) => {
      const closed = notOpen(row);
      if (closed !== null) return closed;
      if (until <= now) return problem(400, `until: ${utc(until)} is over; name a time to come.`);
      if (until > most) return problem(400, `until: policy lets a case be put aside until ${utc(most)} at most.`);
      if (row.decideBy !== null && until > row.decideBy)
        return conflict(`${id} is to be decided by ${utc(row.decideBy)}: it cannot be put aside beyond that.`);
      return { before: { until: row.snoozedUntil }, after: { until } };
    },
    deps,
    around,
  );
}

/** Two cases belong together. It says so on both, and changes neither. */
export async function link({ id, person, key }: By, other: string, deps: ActDeps, around: Around): Promise<Told> {
  const { kind } = askedFor(other);
  if (kind !== "case" && kind !== "notice") return problem(400, "other: is not the id of a case.");
  if (other === id) return problem(400, "other: is this case itself.");
  if ((await getCase(deps.records, other)) === null) return missing("case", other);
  return await actBeside(
    { id, what: "case.link", person, key, text: null },
    () => ({ after: { other } }),
    deps,
    around,
  );
}
