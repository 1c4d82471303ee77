import { describe, expect, it } from "vitest";
import { describeFound } from "../../../cli/commands/trace.ts";
import type { FindAnswer, FoundItem } from "../../../shared/contracts/find.ts";

const item = (changes: Partial<FoundItem> = {}): FoundItem => ({
  id: "stripe:evt_1",
  action: null,
  at: Date.parse("2026-11-28T05:00:00Z"),
  type: "charge.refunded",
  state: "none",
  amountMinor: 4_250,
  currency: "usd",
  ...changes,
});
const found = (changes: Partial<FindAnswer> = {}): FindAnswer => ({
  reference: "pi_1",
  trace: null,
  items: [item()],
  isMore: false,
  removed: 0,
  next: null,
  ...changes,
});

describe("a trace by an id that several events name", () => {
  it("lists them with their times in UTC and what each led to, and how to see one", () => {
    const items = [item(), item({ id: "api:w7", type: "w", state: "succeeded", amountMinor: null })];
    expect(describeFound(found({ items }), "pi_1", 20)).toEqual([
      "events that name pi_1, newest first",
      "",
      "accepted (UTC)       event, what it led to",
      "2026-11-28 05:00:00  stripe:evt_1",
      "                     none  42.50 USD  charge.refunded",
      "2026-11-28 05:00:00  api:w7",
      "                     succeeded  w",
      "",
      "one of them: npx countersign trace stripe:evt_1",
    ]);
  });

  it("lists none where none are asked for, and says that there are some", () => {
    const told = describeFound(found({ items: [], isMore: true }), "cus_1", 0);
    expect(told).toContain("none listed (--limit 0); there are events:");
    expect(told.join("\n")).not.toContain("one of them");
  });

  it("says that there are more, and gives the command for them as a shell takes it", () => {
    const lines = describeFound(found({ isMore: true }), "w; rm -rf x", 1);
    expect(lines).toContain("1 event shown; there are more:");
    expect(lines).toContain("  npx countersign trace 'w; rm -rf x' --limit 2");
  });

  it("fits 80 columns but for the id, which is never cut, and hides nothing", () => {
    const long = `api:${"x".repeat(200)}`;
    const told = describeFound(found({ items: [item({ id: long, type: `a\u202e${"b ".repeat(90)}` })] }), "pi_1", 20);
    expect(told).toContain(`2026-11-28 05:00:00  ${long}`);
    expect(told.filter((line) => !line.includes(long)).every((line) => line.length <= 80)).toBe(true);
    expect(told.join("\n")).toContain("a\\u{202E}b");
  });

  it("says in which time zone a dead letter was given up", () => {
    const letter = {
      id: "dl_1",
      state: "dead",
      queue: "refund",
      rowKind: "action",
      rowId: "act_1",
      reason: "bug",
      detail: "x",
      lastAt: 0,
    } as NonNullable<FindAnswer["letter"]>;
    expect(describeFound(found({ items: [], letter }), "dl_1", 20)).toContain(
      "given up 1970-01-01 00:00:00.000 UTC: bug: x",
    );
  });
});
