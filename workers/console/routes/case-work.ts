import { mayAct, type Person, type PersonRef } from "../../../shared/contracts/people.ts";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import { nameKey } from "../../../shared/core/names.ts";
import { problem } from "../../../shared/http/problem.ts";
import { type PersonRow, peopleNamed, personById } from "../../../shared/records/people.ts";
import { policyNow } from "../cases/policy-now.ts";
import { assignBody, linkBody, NOTE_LIMIT, snoozeBody, textBody } from "../cases/queries.ts";
import { assign, link, snooze, type Word, write } from "../cases/work.ts";
import type { Around, RequestDeps } from "../deps.ts";
import { firstOf } from "../people/ids.ts";
import { provenBy } from "../people/proven.ts";
import { route } from "../route.ts";
import { caseDone } from "./answers.ts";

const told = (row: CaseRow | Response): { case: CaseRow } | Response => (row instanceof Response ? row : { case: row });

/** Who gets it: whoever asks, somebody by id or name who may work on cases, or nobody. What looks like an id is no name. */
async function receiver(
  to: string | null | undefined,
  me: PersonRef,
  records: RequestDeps["records"],
  around: Around,
): Promise<PersonRef | null | Response> {
  if (to === null) return null;
  if (to === undefined || to === "me" || to === me.id) return { id: me.id, name: me.name };
  const [found, other] = await peopleBy(to, records, around);
  if (found === undefined)
    return problem(400, `to: there is no person ${to} who may act. See \`npx countersign people list\`.`);
  if (other !== undefined)
    return problem(400, `to: several people have this name: ${found.id} and ${other.id}. Name one by the id.`);
  if (!mayAct(found, "reviewer"))
    return problem(400, `to: ${found.name} lacks the role reviewer, and cannot work on it.`);
  return { id: found.id, name: found.name };
}

/** Those who may act. The first admin is in the configuration, and has no row; a row that nobody has proven is nobody. */
async function peopleBy(to: string, records: RequestDeps["records"], around: Around): Promise<Person[]> {
  const first = await firstOf(around);
  if (to === first?.id) return [first];
  const isId = to.startsWith("person_");
  const rows = isId ? [await personById(records, to)] : await peopleNamed(records, to);
  const here = rows.filter((row) => row !== null && row.revokedAt === null && row.id !== first?.id) as PersonRow[];
  const { isProven } = provenBy(around);
  const proven = await Promise.all(here.map((row) => isProven(row)));
  const found = here.filter((_, index) => proven[index]);
  return !isId && first !== null && nameKey(first.name) === nameKey(to) ? [first, ...found] : found;
}

const assignOne = route({
  method: "POST",
  path: "/api/cases/:id/assign",
  role: "reviewer",
  summary:
    "Gives the case to one person: you, somebody by id, or nobody (`to` null). `take` takes it over from another.",
  body: assignBody,
  answer: caseDone,
  handle: async ({ params: { id = "" }, body, person, key }, deps, around) => {
    const to = await receiver(body.to, person, deps.records, around);
    if (to instanceof Response) return to;
    return told(await assign({ id, person, key }, { to, take: body.take }, deps, around));
  },
});

const writing = (word: Word, summary: string) =>
  route({
    method: "POST",
    path: `/api/cases/:id/${word}`,
    role: "reviewer",
    summary,
    body: textBody,
    limit: NOTE_LIMIT,
    answer: caseDone,
    handle: async ({ params: { id = "" }, body, person, key }, deps, around) =>
      told(await write(word, { id, person, key }, body.text, deps, around)),
  });

const snoozeOne = route({
  method: "POST",
  path: "/api/cases/:id/snooze",
  role: "reviewer",
  summary: "Puts the case aside until a time: not beyond its own, and not for longer than policy says.",
  body: snoozeBody,
  answer: caseDone,
  handle: async ({ params: { id = "" }, body, person, key }, deps, around) =>
    told(await snooze({ id, person, key }, body.until, await policyNow(deps.gate, around.now), deps, around)),
});

const linkOne = route({
  method: "POST",
  path: "/api/cases/:id/link",
  role: "reviewer",
  summary: "Says on two cases that they belong together.",
  body: linkBody,
  answer: caseDone,
  handle: async ({ params: { id = "" }, body, person, key }, deps, around) =>
    told(await link({ id, person, key }, body.other, deps, around)),
});

export const CASE_WORK = [
  assignOne,
  writing("note", "Writes a note beside the case; what names a person or a card is masked."),
  snoozeOne,
  writing("ask", "Asks for more: the case waits for an answer (`case` in POST /v1/requests), until its time passes."),
  writing("answer", "Answers what was asked, and brings the case to the front."),
  linkOne,
];
