import * as v from "valibot";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../../shared/core/concurrency.ts";
import type { BodyLimit } from "../../../shared/http/body.ts";
import { problem } from "../../../shared/http/problem.ts";
import type { Database } from "../../../shared/records/database.ts";
import {
  discardDeadLetter,
  endRedrive,
  getDeadLetter,
  listDeadLetters,
  startRedrive,
} from "../../../shared/records/dead-letters.ts";
import { countLetters, groupLetters, listGroups } from "../../../shared/records/grouped-letters.ts";
import type { RequestDeps, Settings } from "../deps.ts";
import { discard } from "../discard.ts";
import { type EditRefusal, edit, WHY, whyNever } from "../edit.ts";
import { editable } from "../edited-event.ts";
import { deadLettersQuery, discardBody, editBody, letterGroupsQuery, redriveBody } from "../queries.ts";
import { eventsIn, recording } from "../recording.ts";
import { redrive } from "../redrive.ts";
import { incorrect, missing } from "../refusals.ts";
import { route } from "../route.ts";
import { at, count, events, letterRow, lettersActed, next } from "./answers.ts";

const list = route({
  method: "GET",
  path: "/api/dead-letters",
  role: "viewer",
  summary: "What could not be delivered, newest first, in pages.",
  query: deadLettersQuery,
  answer: v.object({ items: v.array(letterRow), next }),
  handle: async ({ query }, { records }) => await listDeadLetters(records, { ...query, after: query.cursor ?? null }),
});

const groups = route({
  method: "GET",
  path: "/api/dead-letters/groups",
  role: "viewer",
  summary: "Dead letters by failure: the groups with the most first, and what the filter finds in all.",
  query: letterGroupsQuery,
  answer: v.object({
    items: v.array(
      v.object({
        group: v.string(),
        queue: v.string(),
        reason: v.string(),
        detail: v.pipe(v.string(), v.description("what failed, without ids and numbers")),
        count,
        first: at,
        last: at,
        example: v.pipe(v.string(), v.description("the newest letter of the group")),
      }),
    ),
    next,
    total: v.object({ count, first: v.nullable(at), last: v.nullable(at) }),
    ungrouped: v.pipe(count, v.description("letters that have no group yet: ask again until there are none")),
  }),
  handle: async ({ query: { cursor = null, limit, ...filter } }, { records }) => {
    const ungrouped = await groupLetters(records, filter.state);
    const [page, total] = await Promise.all([
      listGroups(records, { ...filter, limit, after: cursor }),
      countLetters(records, filter),
    ]);
    return { ...page, total, ungrouped };
  },
});

const show = route({
  method: "GET",
  path: "/api/dead-letters/:id",
  role: "viewer",
  summary: "One dead letter.",
  answer: letterRow,
  handle: async ({ params: { id = "" } }, { records }) =>
    (await getDeadLetter(records, id)) ?? missing("dead letter", id),
});

const redriveThem = route({
  method: "POST",
  path: "/api/dead-letters/redrive",
  role: "operator",
  summary: "Sends dead letters back to work.",
  body: redriveBody,
  answer: lettersActed,
  handle: async ({ body: { ids }, person: by, key }, deps, { mode, now, log }) => {
    const { records, send, audited } = deps;
    const letters = lettersIn(records);
    return {
      results: await eachOf(ids, deps, log, (id, ledger) =>
        redrive(id, { ledger, letters, mode, now: now(), by, key, audited, send, log }),
      ),
    };
  },
});

const discardThem = route({
  method: "POST",
  path: "/api/dead-letters/discard",
  role: "operator",
  summary: "Keeps dead letters as done with, and sends nothing.",
  body: discardBody,
  answer: lettersActed,
  handle: async ({ body: { ids, reason }, person: by, key }, deps, { mode, now, log }) => {
    const { audited } = deps;
    const letters = lettersIn(deps.records);
    return {
      results: await eachOf(ids, deps, log, (id, ledger) =>
        discard(id, reason, { ledger, letters, mode, now: now(), by, key, audited }),
      ),
    };
  },
});

const MAY_BE_LONG: BodyLimit = {
  maxBytes: 262_144,
  tooLarge: "An event may have 256 KB (262,144 bytes) here. Nothing was stored.",
};

const editOne = route({
  method: "POST",
  path: "/api/dead-letters/edit",
  role: "operator",
  summary: "Sends an edited event in place of one that died, in the person's name: a new event, and the same fact.",
  body: editBody,
  limit: MAY_BE_LONG,
  answer: v.object({
    result: v.literal("edited"),
    event: v.pipe(v.string(), v.description("the new event")),
    events,
  }),
  handle: async ({ body: { id, event, reason = null }, person, key }, deps, { now, log }) => {
    const { ledger, events } = recording(deps.ledger);
    const { records, send, audited } = deps;
    const by = { id: person.id, name: person.name };
    const answer = await edit(
      { id, event, reason },
      { ledger, letters: lettersIn(records), by, key, audited, now: now(), send, log },
    );
    switch (answer.kind) {
      case "edited":
        return { result: "edited" as const, event: answer.event, ...eventsIn(events) };
      case "incorrect":
        return incorrect(`event: ${answer.why}`);
      case "refused":
        return refusal(answer.refusal, id);
    }
  },
});

const refusal = (why: EditRefusal, id: string): Response =>
  why === "not_found" ? missing("dead letter", id) : problem(why === "unavailable" ? 503 : 409, WHY[why]);

const editableOf = route({
  method: "GET",
  path: "/api/dead-letters/:id/event",
  role: "viewer",
  summary: "The event of a dead letter as it may be edited and sent, or why it may not.",
  answer: v.object({ event: v.looseObject({ id: v.string(), type: v.string() }) }),
  handle: async ({ params: { id = "" } }, { records, ledger }) => {
    const letter = await getDeadLetter(records, id);
    if (letter === null) return refusal("not_found", id);
    if (letter.rowKind !== "event") return refusal(letter.rowKind, id);
    const view = await ledger.eventView(letter.rowId);
    if (view === null) return refusal("missing", id);
    const never = whyNever(view);
    return never === null ? { event: editable(view.event) } : refusal(never, id);
  },
});

/**
 * Acts on each id separately, and names the events that this stored. An exception makes only that id `unavailable`, and the
 * request may be sent again.
 */
async function eachOf<Result extends string>(
  ids: string[],
  deps: Pick<RequestDeps, "ledger">,
  log: Settings["log"],
  act: (id: string, ledger: RequestDeps["ledger"]) => Promise<Result>,
): Promise<{ id: string; result: Result | "unavailable"; events?: string[] }[]> {
  return await mapLimit([...new Set(ids)], OUTSIDE_CALLS_AT_ONCE, async (id) => {
    const { ledger, events } = recording(deps.ledger);
    try {
      return { id, result: await act(id, ledger), ...eventsIn(events) };
    } catch (error) {
      log({ what: "console.act_failed", letter: id, error: String(error) });
      return { id, result: "unavailable", ...eventsIn(events) };
    }
  });
}

const lettersIn = (records: Database) => ({
  get: getDeadLetter.bind(null, records),
  start: startRedrive.bind(null, records),
  end: endRedrive.bind(null, records),
  discard: discardDeadLetter.bind(null, records),
});

export const DEAD_LETTERS = [list, groups, show, editableOf, redriveThem, discardThem, editOne];
