import * as v from "valibot";
import type { PersonRef } from "../../../shared/contracts/people.ts";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import { problem } from "../../../shared/http/problem.ts";
import { assignBody, linkBody, NOTE_LIMIT, snoozeBody, textBody } from "../cases/queries.ts";
import { answer, ask, assign, link, note, snooze } from "../cases/work.ts";
import { route } from "../route.ts";
import { caseRow } from "./answers.ts";

const done = v.object({ case: caseRow });
const told = (row: CaseRow | Response): { case: CaseRow } | Response => (row instanceof Response ? row : { case: row });

/** Who gets it: whoever asks, somebody by id, or nobody. */
async function receiver(
  to: string | null | undefined,
  me: PersonRef,
  personOf: ((id: string) => Promise<PersonRef | null>) | undefined,
): Promise<PersonRef | null | Response> {
  if (to === null) return null;
  if (to === undefined || to === "me" || to === me.id) return { id: me.id, name: me.name };
  const found = await personOf?.(to);
  return found ?? problem(400, `to: there is no person ${to}. See npx countersign people list.`);
}

const assignOne = route({
  method: "POST",
  path: "/api/cases/:id/assign",
  role: "reviewer",
  summary:
    "Gives the case to one person: you, somebody by id, or nobody (`to` null). `take` takes it over from another.",
  body: assignBody,
  answer: done,
  handle: async ({ params: { id = "" }, body, person, key }, deps, around) => {
    const to = await receiver(body.to, person, deps.personOf);
    if (to instanceof Response) return to;
    return told(await assign({ id, person, key }, { to, take: body.take }, deps, around));
  },
});

const noteOne = route({
  method: "POST",
  path: "/api/cases/:id/note",
  role: "reviewer",
  summary: "Writes a note beside the case; what names a person or a card is masked.",
  body: textBody,
  limit: NOTE_LIMIT,
  answer: done,
  handle: async ({ params: { id = "" }, body, person, key }, deps, around) =>
    told(await note({ id, person, key }, body.text, deps, around)),
});

const snoozeOne = route({
  method: "POST",
  path: "/api/cases/:id/snooze",
  role: "reviewer",
  summary: "Puts the case aside until a time: not beyond its own, and not for longer than policy says.",
  body: snoozeBody,
  answer: done,
  handle: async ({ params: { id = "" }, body, person, key }, deps, around) =>
    told(await snooze({ id, person, key }, body.until, (await deps.policy?.()) ?? null, deps, around)),
});

const askOne = route({
  method: "POST",
  path: "/api/cases/:id/ask",
  role: "reviewer",
  summary: "Asks for more: the case waits for an answer (`case` in POST /v1/requests), until its time passes.",
  body: textBody,
  limit: NOTE_LIMIT,
  answer: done,
  handle: async ({ params: { id = "" }, body, person, key }, deps, around) =>
    told(await ask({ id, person, key }, body.text, deps, around)),
});

const answerOne = route({
  method: "POST",
  path: "/api/cases/:id/answer",
  role: "reviewer",
  summary: "Answers what was asked, and brings the case to the front.",
  body: textBody,
  limit: NOTE_LIMIT,
  answer: done,
  handle: async ({ params: { id = "" }, body, person, key }, deps, around) =>
    told(await answer({ id, person, key }, body.text, deps, around)),
});

const linkOne = route({
  method: "POST",
  path: "/api/cases/:id/link",
  role: "reviewer",
  summary: "Says on two cases that they belong together.",
  body: linkBody,
  answer: done,
  handle: async ({ params: { id = "" }, body, person, key }, deps, around) =>
    told(await link({ id, person, key }, body.other, deps, around)),
});

export const CASE_WORK = [assignOne, noteOne, snoozeOne, askOne, answerOne, linkOne];
