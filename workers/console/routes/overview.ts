import * as v from "valibot";
import type { Totals } from "../../../shared/contracts/views.ts";
import type { Database } from "../../../shared/records/database.ts";
import { sumOpenCases } from "../../../shared/records/open-sums.ts";
import type { Settings } from "../deps.ts";
import { recentQuery, waitingQuery } from "../queries.ts";
import { route } from "../route.ts";
import { waitingPage } from "../waiting.ts";
import { at, count, next, openSum, text } from "./answers.ts";

const totals = route({
  method: "GET",
  path: "/api/totals",
  role: "viewer",
  summary: "Counts of events and actions, the most used envelopes, the holds and the open cases.",
  answer: v.looseObject({
    accepted: count,
    duplicates: count,
    conflicts: count,
    waiting: v.object({ events: count, actions: count }),
    actions: v.array(
      v.object({
        kind: v.string(),
        state: v.string(),
        currency: text,
        count,
        amountMinor: v.nullable(v.number()),
      }),
    ),
    none: count,
    deadLetteredEvents: count,
    fullestShard: v.nullable(v.object({ index: v.number(), share: v.number() })),
    openCases: v.nullable(v.object({ toDecide: v.array(openSum), information: v.array(openSum) })),
  }),
  handle: async (_asked, { ledger, gate, records }, { log }) => {
    const [counted, gated, openCases] = await Promise.all([ledger.totals(), gate.totals(), openSums(records, log)]);
    return { ...counted, ...gated, openCases } satisfies Totals;
  },
});

const ready = route({
  method: "GET",
  path: "/api/readyz",
  role: "viewer",
  summary: "Whether events are taken, with the last words of Claude, the providers and D1.",
  answer: v.looseObject({ ready: v.boolean(), degraded: v.array(v.string()) }),
  handle: async (_asked, deps, { readiness }) => await readiness(deps, true),
});

const recent = route({
  method: "GET",
  path: "/api/recent",
  role: "viewer",
  summary: "The newest events.",
  query: recentQuery,
  answer: v.object({
    items: v.array(
      v.object({ id: v.string(), type: v.string(), state: v.string(), outcome: v.unknown(), acceptedAt: at }),
    ),
  }),
  handle: async ({ query }, { ledger }) => ({ items: await ledger.recent(query) }),
});

const waiting = route({
  method: "GET",
  path: "/api/waiting",
  role: "viewer",
  summary: "What is not over, earliest due first.",
  query: waitingQuery,
  answer: v.object({
    items: v.array(
      v.looseObject({
        row: v.picklist(["event", "action"]),
        id: v.string(),
        kind: v.string(),
        subject: v.string(),
        state: v.string(),
        since: at,
        due: at,
        queue: v.string(),
        waitsFor: v.string(),
        reason: v.string(),
      }),
    ),
    next,
    counts: v.nullable(v.looseObject({ due: count, isAll: v.boolean() })),
  }),
  handle: async ({ query }, { ledger }, { now }) => await waitingPage(query, ledger, now()),
});

/** Null where D1 is away: what the ledger and the gate say is wanted then above all. */
async function openSums(records: Database, log: Settings["log"]): Promise<Totals["openCases"]> {
  try {
    return await sumOpenCases(records);
  } catch (error) {
    log({ what: "console.open_cases_unknown", error: String(error) });
    return null;
  }
}

export const OVERVIEW = [totals, ready, recent, waiting];
