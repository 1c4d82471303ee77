import { describe, expect, it } from "vitest";
import { alarmFor, QUIET_MS } from "../../../workers/ledger/alarm.ts";

const NOW = 1_800_000_000_000;
const SWEEP_MS = 30_000;
const DAY_MS = 24 * 3_600_000;
const at = (due: number, alarmAt: number, quietUntil = 0) =>
  alarmFor(due, NOW, { alarmAt, quietUntil, sweepMs: SWEEP_MS });
const NONE = Number.POSITIVE_INFINITY;

describe("the alarm of a shard", () => {
  it("is set to what is due, rounded up, where none is set or a later one", () => {
    expect(at(NOW + 1_001, NONE)).toBe(NOW + 1_250);
    expect(at(NOW + 1_001, NOW + DAY_MS)).toBe(NOW + 1_250);
  });

  it("is not set again for what is due later, nor while it is a little late", () => {
    expect(at(NOW + DAY_MS, NOW + 1_000)).toBeNull();
    expect(at(NOW + DAY_MS, NOW - SWEEP_MS)).toBeNull();
  });

  it("comes at once for what is overdue, but not before the pump has rested", () => {
    expect(at(NOW - 5_000, NONE)).toBe(NOW - 5_000);
    expect(at(NOW - 5_000, NONE, NOW + 200)).toBe(NOW + 250);
    expect(at(NOW - 5_000, NONE, NOW + DAY_MS)).toBe(NOW + QUIET_MS);
  });

  it("that was lost comes at once, though what asks for one now is due in two days", () => {
    expect(at(NOW + 2 * DAY_MS, NOW - SWEEP_MS - 1)).toBe(NOW);
    expect(at(NOW + 2 * DAY_MS, NOW - SWEEP_MS - 1, NOW + 200)).toBe(NOW + 250);
  });
});
