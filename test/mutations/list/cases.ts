import type { Listed } from "../mutation.ts";

const WORK: Listed["tests"] = ["test/unit/console/case-work.test.ts"];
const DUE: Listed["tests"] = ["test/unit/escalate/due.test.ts"];
const PLACED: Listed["tests"] = ["test/unit/records/place.test.ts"];
const SAID: Listed["tests"] = ["test/unit/console/case-details.test.ts"];

const ORDERED: Listed["tests"] = ["test/unit/records/case-order.test.ts"];

export const cases: readonly Listed[] = [
  {
    name: "case-by-a-stalled-write",
    breaks: "A Worker that stalled opens a case again that a person has decided since.",
    file: "shared/records/cases.ts",
    find: "WHERE cases.version < excluded.version`",
    replace: "WHERE cases.version <= excluded.version`",
    tests: ORDERED,
  },
  {
    name: "case-news-without-a-round",
    breaks: "Of two standings of a case that is on its way, the older one may be what people read.",
    file: "shared/ledger/action/case.ts",
    find: "return { ...told, ...nextRound(row), state",
    replace: 'return { ...told, ...(row.state === "case_opening" ? {} : nextRound(row)), state',
    tests: ["test/unit/escalate/escalate.test.ts"],
  },
  {
    name: "case-restored-as-open",
    breaks: "A rebuild that read the ledger before a decision opens the case again.",
    file: "shared/records/restore.ts",
    find: "cases.state = 'open' AND excluded.state <> 'open')",
    replace: "excluded.state <> cases.state)",
    tests: ORDERED,
  },
  {
    name: "case-of-another-taken",
    breaks: "Whoever asks for a case of somebody else gets it, and the other one hears nothing.",
    file: "workers/console/cases/work.ts",
    find: "if (isOthers && !take)",
    replace: "if (isOthers && take === null)",
    tests: WORK,
  },
  {
    name: "case-act-as-if-first",
    breaks: "Of two people who take a case at once both have it.",
    file: "workers/console/cases/act.ts",
    find: 'if (stands.kind !== "other") return',
    replace: "if (stands.kind) return",
    tests: WORK,
  },
  {
    name: "case-note-unmasked",
    breaks: "A card number in a note about a case is stored.",
    file: "workers/console/cases/work.ts",
    find: 'what: "case.note", person, key, text: mask(text)',
    replace: 'what: "case.note", person, key, text',
    tests: WORK,
  },
  {
    name: "snooze-past-due",
    breaks: "A case is put aside beyond the time by which it is to be decided.",
    file: "workers/console/cases/work.ts",
    find: "if (row.decideBy !== null && until > row.decideBy)",
    replace: "if (row.decideBy !== null && until < 0)",
    tests: WORK,
  },
  {
    name: "snooze-without-end",
    breaks: "A case is put aside for longer than policy says.",
    file: "workers/console/cases/work.ts",
    find: "if (until > most)",
    replace: "if (until > most * 2)",
    tests: WORK,
  },
  {
    name: "due-by-policy-alone",
    breaks: "A dispute's own deadline is not seen where policy's time is later.",
    file: "shared/records/place.ts",
    find: "earliest(dueMs === null ? null : row.openedAt + dueMs, ownDeadline)",
    replace: "dueMs === null ? null : row.openedAt + dueMs",
    tests: PLACED,
  },
  {
    name: "dispute-alarm-missing",
    breaks: "Nobody is told that a dispute's deadline is near.",
    file: "shared/records/place.ts",
    find: 'return about !== "dispute" || deadline === null',
    replace: 'return about === "dispute" || deadline === null',
    tests: DUE,
  },
  {
    name: "overdue-stays-behind",
    breaks: "A case whose time has passed waits behind all others.",
    file: "workers/escalate/due.ts",
    find: "isFront: late !== null, isAwake",
    replace: "isFront: false, isAwake",
    tests: DUE,
  },
  {
    name: "overdue-told-again",
    breaks: "A case whose time has passed raises an alarm each minute.",
    file: "workers/escalate/due.ts",
    find: "next: nextLook(row, policy, now), isFront",
    replace: "next: now, isFront",
    tests: DUE,
  },
  {
    name: "old-answer-ends-new-question",
    breaks: "An answer to an earlier question ends a later one.",
    file: "shared/records/case-work.ts",
    find: "WHERE id = ? AND askedAt <= ?",
    replace: "WHERE id = ? AND ? IS NOT NULL",
    tests: ["test/unit/escalate/answers.test.ts"],
  },
  {
    name: "answer-closed-at-once",
    breaks: "An answer to a question is recorded, and its case is never told.",
    file: "shared/policy/facts.ts",
    find: "reportOf(event) === null && event.type !== ANSWER",
    replace: "reportOf(event) === null",
    tests: ["test/unit/escalate/answers.test.ts"],
  },
  {
    name: "unread-is-refundable",
    breaks: "A case says that nothing was refunded where that was not read.",
    file: "workers/console/cases/details.ts",
    find: 'captured === null || refunded === null ? "not read"',
    replace: 'captured === null ? "not read"',
    tests: SAID,
  },
  {
    name: "csv-runs",
    breaks: "A cell of an export runs in a spreadsheet.",
    file: "shared/core/csv.ts",
    find: "RUNS.test(text) ?",
    replace: 'RUNS.test("") ?',
    tests: ["test/unit/core/csv.test.ts"],
  },
];
