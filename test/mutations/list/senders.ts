import type { Listed } from "../mutation.ts";

const ISSUES = ["test/unit/contracts/issues.test.ts"] as const;

/** What a sender is told of what is wrong. */
export const senders: readonly Listed[] = [
  {
    name: "near-name-not-said",
    breaks: "Who sends `amount` is not told that it is `amountMinor`, in minor units.",
    file: "shared/contracts/near-names.ts",
    find: "fields.find((field) => family.includes(field)) ?? nearestOf",
    replace: "nearestOf",
    tests: ISSUES,
  },
  {
    name: "seconds-taken-for-milliseconds",
    breaks: "A time that is sent in seconds is taken for one of 1970.",
    file: "shared/contracts/own-event.ts",
    find: "return problem === null ? read : err(problem);",
    replace: "return problem === null || read.ok ? read : err(problem);",
    tests: ISSUES,
  },
  {
    name: "stored-seconds-not-read",
    breaks: "An event that was stored with its time in seconds is not read any more.",
    file: "shared/providers/read-again.ts",
    find: 'api: (value) => normaliseOwnEvent(value, "api")',
    replace: 'api: () => ({ ok: false, error: "" })',
    tests: ISSUES,
  },
  {
    name: "issues-without-end",
    breaks: "An answer to a wrong body is as long as the body.",
    file: "shared/contracts/issues.ts",
    find: "all.slice(0, MOST).map",
    replace: "all.map",
    tests: ISSUES,
  },
];
