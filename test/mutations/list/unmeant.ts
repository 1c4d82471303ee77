import type { Listed } from "../mutation.ts";

const TESTS: Listed["tests"] = ["test/unit/execution/unmeant.test.ts"];

export const unmeant: readonly Listed[] = [
  {
    name: "other-amount-is-a-success",
    breaks: "What moved is not compared with what was granted.",
    file: "shared/execution/unmeant.ts",
    find: "movedMinor === null ? !pending : movedMinor !== granted",
    replace: "movedMinor === -1",
    tests: TESTS,
  },
  {
    name: "unmeant-is-forgotten",
    breaks: "What moved in another amount is not kept, and may be sent again.",
    file: "shared/ledger/action/settle.ts",
    find: "return caseOpening({ ...next, uncertain: false }",
    replace: "return caseOpening({ ...next, outcome: null, uncertain: false }",
    tests: TESTS,
  },
];
