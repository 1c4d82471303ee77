import { describe, expect, it } from "vitest";
import { alarmFor, createAlarm, QUIET_MS } from "../../../workers/ledger/alarm.ts";

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
    expect(at(NOW - 5_000, NONE)).toBe(NOW);
    expect(at(NOW - 5_000, NONE, NOW + 200)).toBe(NOW + 250);
    expect(at(NOW - 5_000, NONE, NOW + DAY_MS)).toBe(NOW + QUIET_MS);
  });

  it("that was lost comes at once, though what asks for one now is due in two days", () => {
    expect(at(NOW + 2 * DAY_MS, NOW - SWEEP_MS - 1)).toBe(NOW);
    expect(at(NOW + 2 * DAY_MS, NOW - SWEEP_MS - 1, NOW + 200)).toBe(NOW + 250);
  });

  it("is never set to a time that has passed, as 0: the platform throws there", () => {
    expect(alarmFor(0, NOW, { alarmAt: NONE, quietUntil: 0, sweepMs: 5_000 })).toBe(NOW);
    expect(alarmFor(0, 1, { alarmAt: NONE, quietUntil: 0, sweepMs: 5_000 })).toBe(1);
    expect(at(0, NOW), "it is set already").toBeNull();
  });

  it("is not believed set where the platform did not set it: what is due next sets it, and it comes at once", async () => {
    const set: number[] = [];
    let isAway = true;
    const alarm = createAlarm(SWEEP_MS, async (moment) => {
      if (isAway) throw new Error("the storage is away");
      set.push(moment);
    });
    await expect(alarm.arm(NOW + 1_000, NOW)).rejects.toThrow("the storage is away");
    isAway = false;
    await alarm.arm(NOW + DAY_MS, NOW);
    await alarm.arm(NOW + 2 * DAY_MS, NOW);
    expect(set).toEqual([NOW]);
  });
});
