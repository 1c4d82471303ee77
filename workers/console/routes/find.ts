import * as v from "valibot";
import { nothingFor } from "../../../shared/contracts/asked.ts";
import { problem } from "../../../shared/http/problem.ts";
import { find, rawOf } from "../find.ts";
import { findQuery } from "../queries.ts";
import { missing } from "../refusals.ts";
import { route } from "../route.ts";
import * as answers from "./answers.ts";

const trace = route({
  method: "GET",
  path: "/api/trace/:id{.+}",
  role: "viewer",
  summary: "Everything that is known of an event or an action, from the webhook to the provider.",
  answer: answers.trace,
  handle: async ({ params: { id = "" } }, { ledger }) => (await ledger.trace(id)) ?? missing("event or action", id),
});

const findAny = route({
  method: "GET",
  path: "/api/find",
  role: "viewer",
  summary: "By any id: a trace, a list, or why there is nothing.",
  query: findQuery,
  answer: v.object({
    reference: v.string(),
    trace: v.nullable(answers.trace),
    case: v.optional(answers.caseRow),
    letter: v.optional(answers.letterRow),
    items: v.array(
      v.object({
        id: v.string(),
        action: answers.text,
        at: answers.at,
        type: v.string(),
        state: v.string(),
        amountMinor: v.nullable(v.number()),
        currency: answers.text,
      }),
    ),
    isMore: v.boolean(),
    removed: answers.count,
    next: answers.next,
  }),
  handle: async ({ query: { id, limit, cursor = null } }, deps) => {
    const found = await find({ id, limit, position: cursor }, deps);
    const isNothing = found.trace === null && found.letter === undefined && found.items.length === 0;
    const isOver = cursor === null && found.next === null;
    return isNothing && isOver ? problem(404, nothingFor(id, found.removed)) : found;
  },
});

const raw = route({
  method: "GET",
  path: "/api/raw/:id{.+}",
  role: "viewer",
  summary: "The bytes of an event as they were stored.",
  answer: v.pipe(v.string(), v.description("text/plain")),
  handle: async ({ params: { id = "" } }, deps) => {
    const found = await rawOf(id, deps);
    switch (found.kind) {
      case "raw":
        return new Response(found.raw, { headers: { "content-type": "text/plain; charset=UTF-8" } });
      case "removed":
        return problem(404, `The bytes of ${id} were removed on ${dayOf(found.at)}, after RETENTION_DAYS.`);
      case "missing":
        return problem(404, `There is no event ${JSON.stringify(id)}. Find it first: npx countersign trace ID.`);
    }
  },
});

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

export const FIND = [trace, findAny, raw];
