import type { Listed } from "../mutation.ts";

const BULK = "workers/ingest/bulk.ts";
const BUDGET = "workers/ingest/budget.ts";
const TESTS: Listed["tests"] = ["test/unit/ingest/bulk.test.ts"];

/** Long files, within what the platform allows one request. */
export const bulk: readonly Listed[] = [
  {
    name: "batch-spread-over-shards",
    breaks: "Each batch of a file is a call to every shard, so that a long file uses up the platform's calls.",
    file: BULK,
    find: "shardOf(item.event.id, deps.shards);",
    replace: "shardOf(item.event.id, 1);",
    tests: TESTS,
  },
  {
    name: "file-held-in-memory",
    breaks: "A file is held until each shard has a whole batch, however long its lines.",
    file: BULK,
    find: "while (waitingBytes > WAITING_BYTES)",
    replace: "while (waitingBytes > 1_000 * WAITING_BYTES)",
    tests: TESTS,
  },
  {
    name: "calls-not-counted",
    breaks: "A file is read on when the calls of its request are used up, and each line of the rest fails.",
    file: BUDGET,
    find: "ledgerCalls >= forReading",
    replace: "ledgerCalls < 0",
    tests: TESTS,
  },
  {
    name: "no-calls-kept-back",
    breaks: "Nothing is kept back of the calls for what was read and for what follows from it.",
    file: BUDGET,
    find: " - 2 * shards - FULL_BATCHES",
    replace: "",
    tests: TESTS,
  },
  {
    name: "rings-not-counted",
    breaks: "A file rings for each event, until no calls are left to store its lines.",
    file: BUDGET,
    find: "if (sends >= forQueues) return false;",
    replace: "",
    tests: TESTS,
  },
  {
    name: "cut-after-unread-line",
    breaks: "A file that is cut is to be continued after a line that nobody has read.",
    file: "workers/ingest/routes/events.ts",
    find: "return spentResponse(tally, line);",
    replace: "return spentResponse(tally, line + 1);",
    tests: TESTS,
  },
  {
    name: "follow-up-of-a-line-lost",
    breaks: "In a file the report of a conflict is not accepted.",
    file: BULK,
    find: "else gather(step.entry, step.entry.item.raw.length + ENTRY_BYTES);",
    replace: 'else tally.count(entry.line, "conflict");',
    tests: ["test/unit/ingest/contested.test.ts"],
  },
  {
    name: "send-ends-at-cut",
    breaks: "`countersign send` gives up where one request may store no more.",
    file: "cli/send/post.ts",
    find: "if (cut !== null) return cut;",
    replace: "",
    tests: ["test/unit/cli/send.test.ts"],
  },
];
