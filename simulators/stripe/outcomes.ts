/** The outcomes of payments and refunds: scripts that a test sets, and Stripe's special test payment methods. */

import { type Decline, declineFrom, type GivenDecline } from "./declines.ts";

export { declineFields, declineOf } from "./declines.ts";

/** `"succeeded"`, `"requires_action"`, a code of DECLINES, or one with its own advice and outcome. */
export type PaymentStep = string | GivenDecline;

export type PaymentOutcome =
  | { kind: "succeeded" }
  | { kind: "requires_action" }
  | { kind: "declined"; decline: Decline };

/** `"succeeded"`, `"pending"`, `"requires_action"`, `"balance_insufficient"`, or `"failed"` / `"failed:<failure_reason>"`. */
export type RefundStep = string;

export interface OutcomeScript {
  /** One per attempt, in order. When none is left, attempts succeed. */
  declines: PaymentStep[];
  /** One per refund, in order. */
  refunds: RefundStep[];
  /** Declines every attempt once `declines` is used up; what Stripe's declining test cards do. */
  alwaysDeclines: string | null;
}

export interface Outcomes {
  script(target: string): OutcomeScript | undefined;
  set(target: string, script: OutcomeScript): void;
  /** The scripted outcome of the first of `targets` that has one. */
  nextPayment(targets: readonly (string | null)[]): PaymentOutcome;
  nextRefund(targets: readonly (string | null)[]): RefundStep;
  scripts(): Iterable<[string, OutcomeScript]>;
  clear(): void;
}

export function createOutcomes(changed: (target: string, script: OutcomeScript) => void): Outcomes {
  const scriptsByTarget = new Map<string, OutcomeScript>();

  return {
    script: (target) => scriptsByTarget.get(target),
    set(target, script) {
      scriptsByTarget.set(target, script);
      changed(target, script);
    },
    nextPayment(targets) {
      for (const target of targets) {
        const script = target === null ? undefined : scriptsByTarget.get(target);
        if (target === null || script === undefined) continue;
        const step = script.declines.shift();
        if (step !== undefined) {
          changed(target, script);
          return outcomeOf(step);
        }
        if (script.alwaysDeclines !== null) return outcomeOf(script.alwaysDeclines);
      }
      return { kind: "succeeded" };
    },
    nextRefund(targets) {
      for (const target of targets) {
        const script = target === null ? undefined : scriptsByTarget.get(target);
        const step = script?.refunds.shift();
        if (target === null || script === undefined || step === undefined) continue;
        changed(target, script);
        return step;
      }
      return "succeeded";
    },
    scripts: () => scriptsByTarget.entries(),
    clear: () => scriptsByTarget.clear(),
  };
}

function outcomeOf(step: PaymentStep): PaymentOutcome {
  if (step === "succeeded" || step === "requires_action") return { kind: step };
  return { kind: "declined", decline: declineFrom(step) };
}

/** Stripe's special test payment methods that always end the same way: https://docs.stripe.com/testing#declined-payments */
export function declineOfTestMethod(token: string): string | null {
  const match = /^pm_card_(?:visa_)?chargeDeclined(\w*)$/.exec(token);
  if (match === null) return token === "pm_card_chargeCustomerFail" ? "generic_decline" : null;
  return DECLINING_TEST_METHODS[match[1] ?? ""] ?? "generic_decline";
}

const DECLINING_TEST_METHODS: Record<string, string> = {
  ExpiredCard: "expired_card",
  IncorrectCvc: "incorrect_cvc",
  InsufficientFunds: "insufficient_funds",
  LostCard: "lost_card",
  ProcessingError: "processing_error",
  StolenCard: "stolen_card",
  VelocityLimitExceeded: "card_velocity_exceeded",
};
