import { CASE_KINDS, type PolicyDocument } from "../../shared/contracts/policy.ts";
import { DAY_MS, HOUR_MS } from "../../shared/core/time.ts";
import type { PlacingPolicy } from "../../shared/records/place.ts";

type Cases = PolicyDocument["cases"];

/** A policy of cases in which each number can be told from another. */
export function casesPolicy(changes: Partial<Cases> = {}): Cases {
  const kinds = Object.fromEntries(
    CASE_KINDS.map((kind, index) => [kind, { priority: index + 1, dueMs: (index + 1) * DAY_MS, whenDue: "alarm" }]),
  ) as Cases["kinds"];
  return {
    kinds: { ...kinds, information: { priority: 20, dueMs: null, whenDue: "alarm" } },
    noise: [
      { kind: "failed_payment", rule: "none", as: "group" },
      { kind: "failed_payment", rule: "retries_left", as: "record" },
    ],
    disputeAlarmMs: 2 * DAY_MS,
    snoozeMaxMs: 3 * DAY_MS,
    denialMs: {
      refund: HOUR_MS,
      authorize: HOUR_MS,
      retryPayment: HOUR_MS,
      pause: HOUR_MS,
      resume: HOUR_MS,
      downgrade: HOUR_MS,
      cancel: HOUR_MS,
    },
    denyReasons: { not_entitled: "what is asked for is not owed" },
    closeReasons: { nothing_to_do: "nothing is left to do" },
    ...changes,
  };
}

export const placingPolicy = (changes: Partial<Cases> = {}, version = "policy_1"): PlacingPolicy => ({
  cases: casesPolicy(changes),
  worthUsdCents: { usd: 100, eur: 110, jpy: 0.7 },
  version,
});
