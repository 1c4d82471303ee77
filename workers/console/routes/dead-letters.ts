import * as v from "valibot";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../../shared/core/concurrency.ts";
import type { Database } from "../../../shared/records/database.ts";
import {
  discardDeadLetter,
  endRedrive,
  getDeadLetter,
  listDeadLetters,
  startRedrive,
} from "../../../shared/records/dead-letters.ts";
import type { RequestDeps, Settings } from "../deps.ts";
import { discard } from "../discard.ts";
import { deadLettersQuery, discardBody, redriveBody } from "../queries.ts";
import { eventsIn, recording } from "../recording.ts";
import { redrive } from "../redrive.ts";
import { missing } from "../refusals.ts";
import { route } from "../route.ts";
import { events, letterRow, next } from "./answers.ts";

const results = v.object({
  results: v.array(v.object({ id: v.string(), result: v.string(), events })),
});

const list = route({
  method: "GET",
  path: "/api/dead-letters",
  role: "viewer",
  summary: "What could not be delivered, newest first, in pages.",
  query: deadLettersQuery,
  answer: v.object({ items: v.array(letterRow), next }),
  handle: async ({ query }, { records }) => await listDeadLetters(records, { ...query, after: query.cursor ?? null }),
});

const show = route({
  method: "GET",
  path: "/api/dead-letters/:id",
  role: "viewer",
  summary: "One dead letter.",
  answer: letterRow,
  handle: async ({ params: { id = "" } }, { records }) => (await getDeadLetter(records, id)) ?? missing("dead letter"),
});

const redriveThem = route({
  method: "POST",
  path: "/api/dead-letters/redrive",
  role: "operator",
  summary: "Sends dead letters back to work.",
  body: redriveBody,
  answer: results,
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
  answer: results,
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

export const DEAD_LETTERS = [list, show, redriveThem, discardThem];
