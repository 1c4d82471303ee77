/** The outcomes of payments and refunds: scripts that a test sets, and Stripe's special test payment methods. */

import type { ErrorBody } from "./errors.ts";

/** One failing attempt. `code` is Stripe's error code, `declineCode` the issuer's reason. */
export interface Decline {
  code: string;
  declineCode: string;
  message: string;
  adviceCode: string | null;
  networkAdviceCode: string | null;
  networkDeclineCode: string | null;
}

export type PaymentOutcome =
  | { kind: "succeeded" }
  | { kind: "requires_action" }
  | { kind: "declined"; decline: Decline };

/** `"succeeded"`, `"requires_action"`, a decline code, or a decline code with its own advice. */
export type PaymentStep =
  | string
  | {
      decline_code: string;
      code?: string;
      advice_code?: string;
      network_advice_code?: string;
      network_decline_code?: string;
    };

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
  const given = typeof step === "string" ? { decline_code: step } : step;
  const known = declineOf(given.decline_code);
  return {
    kind: "declined",
    decline: {
      ...known,
      code: given.code ?? known.code,
      adviceCode: given.advice_code ?? known.adviceCode,
      networkAdviceCode: given.network_advice_code ?? known.networkAdviceCode,
      networkDeclineCode: given.network_decline_code ?? known.networkDeclineCode,
    },
  };
}

/**
 * Codes, messages and advice by decline code: https://docs.stripe.com/declines/codes, https://docs.stripe.com/testing.
 * Network codes are the usual ones of ISO 8583 ("51" is insufficient funds); advice codes those of Mastercard.
 */
export function declineOf(declineCode: string): Decline {
  const [message, networkDeclineCode] = WORDS[declineCode] ?? ["Your card was declined.", "05"];
  const isFinal = NEVER_AGAIN.has(declineCode);
  const isCardData = CARD_DATA.has(declineCode);
  return {
    code: OWN_CODE.has(declineCode) ? declineCode : "card_declined",
    declineCode,
    message,
    adviceCode: isFinal ? "do_not_try_again" : isCardData ? "confirm_card_data" : "try_again_later",
    networkAdviceCode: isFinal ? "03" : isCardData ? "01" : "02",
    networkDeclineCode,
  };
}

const WORDS: Record<string, [message: string, networkDeclineCode: string]> = {
  expired_card: ["Your card has expired.", "54"],
  incorrect_cvc: ["Your card's security code is incorrect.", "N7"],
  incorrect_number: ["Your card number is incorrect.", "14"],
  insufficient_funds: ["Your card has insufficient funds.", "51"],
  lost_card: ["Your card was declined.", "41"],
  pickup_card: ["Your card was declined.", "04"],
  processing_error: ["An error occurred while processing your card. Try again in a little bit.", "96"],
  stolen_card: ["Your card was declined.", "43"],
  card_not_supported: ["Your card does not support this type of purchase.", "57"],
};
const OWN_CODE = new Set(["expired_card", "incorrect_cvc", "incorrect_number", "processing_error"]);
const CARD_DATA = new Set(["expired_card", "incorrect_cvc", "incorrect_number", "invalid_account"]);
const NEVER_AGAIN = new Set([
  "do_not_try_again",
  "fraudulent",
  "lost_card",
  "merchant_blacklist",
  "pickup_card",
  "restricted_card",
  "revocation_of_all_authorizations",
  "revocation_of_authorization",
  "stolen_card",
  "stop_payment_order",
]);

/** The fields that a decline adds to Stripe's error and to `last_payment_error`. */
export function declineFields(decline: Decline, chargeId: string): ErrorBody {
  return {
    type: "card_error",
    code: decline.code,
    decline_code: decline.declineCode,
    message: decline.message,
    charge: chargeId,
    ...(decline.adviceCode === null ? {} : { advice_code: decline.adviceCode }),
    ...(decline.networkAdviceCode === null ? {} : { network_advice_code: decline.networkAdviceCode }),
    ...(decline.networkDeclineCode === null ? {} : { network_decline_code: decline.networkDeclineCode }),
  };
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
