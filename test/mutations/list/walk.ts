import type { Listed } from "../mutation.ts";

const FIND = "test/unit/ledger/find.test.ts";
const CONSOLE = "test/unit/console/find.test.ts";

/** From any id to the event, the action and the bytes. */
export const walk: readonly Listed[] = [
  {
    name: "id-of-a-header-leads-nowhere",
    breaks: "The id in `Countersign-Event-Id` and `Location`, which encode it, is nothing that `trace` knows.",
    file: "shared/contracts/asked.ts",
    find: "if (named === id && !ENCODED.test(id)) return id;",
    replace: "return id;",
    tests: ["test/unit/cli/commands.test.ts"],
  },
  {
    name: "order-not-noted",
    breaks: "After a restart nobody knows which events are in no block of references yet.",
    file: "shared/ledger/shard/totals.ts",
    find: "bucket === ACCEPTED ? order.unwritten() : null",
    replace: "null",
    tests: [FIND],
  },
  {
    name: "tail-not-looked-at",
    breaks: "What was stored last is found by no reference until it is in a block.",
    file: "shared/ledger/find/lookup.ts",
    find: 'newest === null ? AFTER_TAIL : { part: "tail", ...newest }',
    replace: "newest === null || newest.n > 0 ? AFTER_TAIL : AFTER_ACTIONS",
    tests: [FIND],
  },
  {
    name: "late-refund-not-found",
    breaks: "A refund that was made after its action's block was written leads nowhere.",
    file: "shared/ledger/find/lookup.ts",
    find: "const isOpenNamed = lookAt(kind, open);",
    replace: "const isOpenNamed = false;",
    tests: [FIND],
  },
  {
    name: "open-row-in-filter-alone",
    breaks: "An action that may still come to name a refund counts as one that has named all.",
    file: "shared/ledger/find/block.ts",
    find: "if (!named.isFinal) open.push(id);\n      else ",
    replace: "",
    tests: [FIND],
  },
  {
    name: "rows-of-before-not-found",
    breaks: "What an earlier version stored is found by no reference.",
    file: "shared/ledger/find/progress.ts",
    find: "return present > unplaced ? ",
    replace: "return present < unplaced ? ",
    tests: [FIND],
  },
  {
    name: "index-keeps-awake",
    breaks: "A shard is woken to write a block for each event.",
    file: "shared/ledger/find/indexer.ts",
    find: "- events >= BLOCK_ROWS;",
    replace: "- events >= 1;",
    tests: [FIND],
  },
  {
    name: "index-of-young-actions",
    breaks: "Actions are put into blocks before most of them are over.",
    file: "shared/ledger/find/indexer.ts",
    find: "last.due + ACTION_AGE_MS",
    replace: "last.due",
    tests: [FIND],
  },
  {
    name: "look-up-without-bound",
    breaks: "One look-up occupies its shard until it has read every row.",
    file: "shared/ledger/find/lookup.ts",
    find: "while (place !== null && read < ROWS_AT_ONCE && ",
    replace: "while (place !== null && ",
    tests: [FIND],
  },
  {
    name: "removed-text-not-said",
    breaks: "A reference that stood in a removed text is said to be unknown.",
    file: "shared/ledger/find/lookup.ts",
    find: "&& rest.some((id) => isBare(kind, id))) removed++;",
    replace: "&& rest.some((id) => isBare(kind, id))) removed = 0;",
    tests: [FIND],
  },
  {
    name: "exact-id-not-first",
    breaks: "An id that exists leads to another event, whose id merely ends like it.",
    file: "workers/console/find.ts",
    find: "if (exact !== undefined) return { trace: exact };",
    replace: "",
    tests: [CONSOLE],
  },
  {
    name: "conflicts-not-shown",
    breaks: "A trace counts the conflicts of its event and shows none.",
    file: "shared/ledger/client/composed.ts",
    find: "event.conflicts === 0 ? [] : calls.conflictsOf(id)",
    replace: "[]",
    tests: [CONSOLE],
  },
];
