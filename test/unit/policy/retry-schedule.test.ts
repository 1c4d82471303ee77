import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxStepsOf, retryDelayMs } from "../../../shared/policy/retry-schedule.ts";
import { policy } from "../../helpers/policy.ts";

const { retry } = policy.guardrails;
const { firstDelayMs, capMs, maxSteps } = retry;

describe("the retry schedule", () => {
  it("grows from half its first delay to its cap, for any fact", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: maxSteps }), (factKey, step) => {
        const delayMs = retryDelayMs(step, factKey, 1, retry) ?? -1;
        const full = Math.min(capMs, firstDelayMs * 2 ** (step - 1));
        return delayMs >= full / 2 && delayMs <= full;
      }),
    );
  });

  it("is computed twice as one time, and spread over facts", () => {
    expect(retryDelayMs(2, "a", 1, retry)).toBe(retryDelayMs(2, "a", 1, retry));
    const spread = new Set(Array.from({ length: 50 }, (_, n) => retryDelayMs(1, `fact ${n}`, 1, retry)));
    expect(spread.size).toBeGreaterThan(40);
  });

  it("ends after its last step", () => {
    expect(retryDelayMs(maxSteps, "a", 1, retry)).not.toBeNull();
    expect(retryDelayMs(maxSteps + 1, "a", 1, retry)).toBeNull();
  });

  it("has two steps for a bank debit, and for a method that nobody knows to be a card", () => {
    expect(
      ([null, "other", "bank_debit", "card"] as const).map((method) => maxStepsOf(method, policy.guardrails)),
    ).toEqual([2, 2, 2, maxSteps]);
    const delayMs = (step: number) =>
      retryDelayMs(step, "a", 1, { ...retry, maxSteps: maxStepsOf("bank_debit", policy.guardrails) });
    expect(delayMs(2)).toBe(retryDelayMs(2, "a", 1, retry));
    expect(delayMs(3)).toBeNull();
  });

  it("is compressed by its scale", () => {
    expect(retryDelayMs(1, "a", 0, retry)).toBe(0);
    expect(retryDelayMs(1, "a", 0.001, retry)).toBeLessThanOrEqual(firstDelayMs / 1_000);
  });
});
