import { describe, expect, it } from "vitest";
import { type TryRow, triesForOthers } from "../../../shared/policy/tries.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { policy } from "../../helpers/policy.ts";

const NOW = Date.parse("2026-10-24T09:00:00Z");
const HERE = "failed_renewal/in_1:2";
const row = (changes: Partial<TryRow["action"]> = {}, begunAt: number | null = NOW - 1_000): TryRow => ({
  action: refundAction(1, { kind: "retryPayment", factKey: "failed_renewal/in_1:1", ...changes }),
  firstBeginAt: begunAt,
  updatedAt: begunAt ?? NOW,
});
const count = (...rows: TryRow[]) => triesForOthers(rows, HERE, NOW, policy.guardrails);

describe("the tries at a payment for other facts", () => {
  it("are all that were begun, each step for itself", () => {
    expect(count()).toBe(0);
    expect(count(row(), row({ step: 2 }), row({ factKey: "failed_renewal/in_1:3" }))).toBe(3);
  });

  it("are neither those of this fact, nor those that nobody began, nor other actions", () => {
    expect(count(row({ factKey: HERE }))).toBe(0);
    expect(count(row({}, null))).toBe(0);
    expect(count(row({ kind: "refund" }))).toBe(0);
  });

  it("are forgotten after the window, to the millisecond", () => {
    const { declinedWindowMs } = policy.guardrails.retry;
    expect(count(row({}, NOW - declinedWindowMs + 1))).toBe(1);
    expect(count(row({}, NOW - declinedWindowMs))).toBe(0);
  });
});
