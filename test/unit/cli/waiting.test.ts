import { describe, expect, it } from "vitest";
import { describeWaiting } from "../../../cli/commands/waiting.ts";
import type { WaitingAnswer, WaitingItem } from "../../../shared/contracts/waiting.ts";

const now = Date.parse("2026-11-28T05:00:00Z");
const item = (changes: Partial<WaitingItem> = {}): WaitingItem => ({
  row: "action",
  id: `act_${"0".repeat(31)}1`,
  kind: "refund",
  subject: "pi_1",
  state: "ready",
  since: now - 60_000,
  due: now + 60_000,
  queue: "refund",
  waitsFor: "executor",
  reason: "waits for its executor",
  ...changes,
});
const answer = (changes: Partial<WaitingAnswer> = {}): WaitingAnswer => ({
  items: [item()],
  counts: { waitsFor: { executor: 1 }, due: 0, isAll: true },
  next: null,
  ...changes,
});
const lines = (changes: Partial<WaitingAnswer> = {}, asked: { queue?: "refund"; limit?: number } = {}) =>
  describeWaiting(answer(changes), { limit: 50, now, ...asked });

describe("waiting, on the command line", () => {
  it("says first how many wait by reason and how many are due, then each with its times in UTC", () => {
    const counts = { waitsFor: { schedule: 8, lift: 4 }, due: 3, isAll: true };
    expect(lines({ counts })).toEqual([
      "12 wait, 3 of them due: 8 for their time, 4 on hold",
      "",
      "due (UTC)            what waits, for what, and why",
      `2026-11-28 05:01:00  ${item().id}`,
      "                     refund on pi_1",
      "                     ready since 2026-11-28 04:59:00 UTC: waits for its executor",
    ]);
  });

  it("marks what is due", () => {
    expect(lines({ items: [item({ due: now })] })).toContain(`${" ".repeat(21)}due now: refund on pi_1`);
    expect(lines().join("\n")).not.toContain("due now");
  });

  it("says that nothing waits", () => {
    expect(lines({ items: [], counts: { waitsFor: {}, due: 0, isAll: true } })).toEqual(["nothing waits"]);
  });

  it("says where more wait than were counted, and how more are shown", () => {
    const counts = { waitsFor: { executor: 1_000 }, due: 7, isAll: false };
    const told = lines({ counts, next: "c" }, { queue: "refund" });
    expect(told.slice(0, 2).join(" ")).toBe(
      "more than 1000 wait (`npx countersign totals` counts all). Of the 1000 that come first 7 are due: 1000 for their executor",
    );
    expect(told.at(-1)).toBe("  npx countersign waiting --queue refund --limit 100");
  });

  it("fits 80 columns, and no text breaks a line, hides a character or passes for an escape", () => {
    const reason = `\n\u202e\u200b$1 \\u{41} on hold (payment:pi_1): ${"many words of a person ".repeat(12)}`;
    const told = lines({ items: [item({ reason, kind: "a\nb" })] });
    expect(Math.max(...told.map((line) => line.length))).toBeLessThanOrEqual(80);
    const text = told.join("\n");
    expect(text).toContain("a\\u{A}b");
    expect(text).toContain("\\u{A}\\u{202E}\\u{200B}$1");
    expect(text).toContain("\\u{5C}u{41}");
  });
});
