/** How an attempt fails: the codes, the advice, and what the charge's `outcome` says. https://docs.stripe.com/declines */

import type Stripe from "stripe";

import type { ErrorBody, ErrorType } from "./errors.ts";
import { BANK_FAILURES } from "./shapes/bank-debits.ts";
import { authorized } from "./shapes/payments.ts";

/** One failing attempt. `code` is Stripe's error code, `declineCode` the issuer's reason. */
export interface Decline {
  type: ErrorType;
  code: string;
  declineCode: string | null;
  message: string;
  adviceCode: string | null;
  networkAdviceCode: string | null;
  networkDeclineCode: string | null;
  /** What differs from an issuer's decline in the charge's `outcome`. */
  outcome: Partial<Stripe.Charge.Outcome>;
}

/** The names of a script; null takes a field away. */
export interface GivenDecline {
  decline_code?: string | null;
  code?: string;
  advice_code?: string | null;
  network_advice_code?: string | null;
  network_decline_code?: string | null;
  /** Of the charge: `type`, `reason`, `network_status`, `risk_level`, `seller_message`. */
  outcome?: Partial<Stripe.Charge.Outcome>;
}

export function declineFrom(step: string | GivenDecline): Decline {
  if (typeof step === "string") return declineOf(step);
  const known = declineOf(step.outcome?.reason ?? step.decline_code ?? step.code ?? "generic_decline");
  const given = <T>(value: T | undefined, otherwise: T): T => (value === undefined ? otherwise : value);
  return {
    ...known,
    code: step.code ?? known.code,
    declineCode: given(step.decline_code, known.declineCode),
    adviceCode: given(step.advice_code, known.adviceCode),
    networkAdviceCode: given(step.network_advice_code, known.networkAdviceCode),
    networkDeclineCode: given(step.network_decline_code, known.networkDeclineCode),
    outcome: { ...known.outcome, ...step.outcome },
  };
}

/**
 * Codes, messages and advice by decline code: https://docs.stripe.com/declines/codes, https://docs.stripe.com/testing.
 * Network codes are the usual ones of ISO 8583 ("51" is insufficient funds); advice codes those of Mastercard. A reason of
 * `outcome` is a block by Stripe, before the network.
 */
export function declineOf(declineCode: string): Decline {
  const blocked = BLOCKED[declineCode];
  if (blocked !== undefined) return blockedBy(declineCode, blocked);
  const [message, networkDeclineCode] = WORDS[declineCode] ?? ["Your card was declined.", "05"];
  const isFinal = NEVER_AGAIN.has(declineCode);
  const isCardData = CARD_DATA.has(declineCode);
  return {
    type: "card_error",
    code: OWN_CODE.has(declineCode) ? declineCode : "card_declined",
    declineCode,
    message,
    adviceCode: isFinal ? "do_not_try_again" : isCardData ? "confirm_card_data" : "try_again_later",
    networkAdviceCode: isFinal ? "03" : isCardData ? "01" : "02",
    networkDeclineCode,
    outcome: { reason: declineCode },
  };
}

/** https://support.stripe.com/questions/payment-blocked-due-to-excessive-retries, https://docs.stripe.com/declines#blocked-payments */
function blockedBy(reason: string, { declineCode, risk }: Block): Decline {
  return {
    type: "card_error",
    code: "card_declined",
    declineCode,
    message: "Your card was declined.",
    adviceCode: null,
    networkAdviceCode: null,
    networkDeclineCode: null,
    outcome: {
      type: "blocked",
      reason,
      network_status: "not_sent_to_network",
      risk_level: risk,
      seller_message:
        reason === "highest_risk_level" ? "Stripe blocked this payment as too risky." : "Stripe blocked this payment.",
    },
  };
}

interface Block {
  declineCode: string;
  risk: string;
}
const BLOCKED: Readonly<Record<string, Block>> = {
  highest_risk_level: { declineCode: "fraudulent", risk: "highest" },
  low_probability_of_authorization: { declineCode: "generic_decline", risk: "normal" },
  previously_declined_do_not_retry: { declineCode: "generic_decline", risk: "normal" },
  rule: { declineCode: "fraudulent", risk: "elevated" },
};

/** A bank refuses a debit: the code is the bank's, and there is no decline code. Unknown words are the test's own. */
export function bankFailureOf(code: string): Decline {
  return {
    type: "invalid_request_error",
    code,
    declineCode: null,
    message: BANK_FAILURES[code] ?? "The bank declined this payment.",
    adviceCode: null,
    networkAdviceCode: null,
    networkDeclineCode: null,
    outcome: { reason: null, risk_level: "not_assessed", seller_message: "The bank declined this payment." },
  };
}

const WORDS: Record<string, [message: string, networkDeclineCode: string]> = {
  authentication_required: ["Your card was declined. This transaction requires authentication.", "1A"],
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
const OWN_CODE = new Set([
  "authentication_required",
  "expired_card",
  "incorrect_cvc",
  "incorrect_number",
  "processing_error",
]);
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
    type: decline.type,
    code: decline.code,
    message: decline.message,
    charge: chargeId,
    ...(decline.declineCode === null ? {} : { decline_code: decline.declineCode }),
    ...(decline.adviceCode === null ? {} : { advice_code: decline.adviceCode }),
    ...(decline.networkAdviceCode === null ? {} : { network_advice_code: decline.networkAdviceCode }),
    ...(decline.networkDeclineCode === null ? {} : { network_decline_code: decline.networkDeclineCode }),
  };
}

/** What a decline makes of its charge. */
export function failedFields(decline: Decline): Partial<Stripe.Charge> {
  return {
    status: "failed",
    paid: false,
    captured: false,
    amount_captured: 0,
    failure_code: decline.code,
    failure_message: decline.message,
    outcome: {
      ...authorized(),
      advice_code: decline.adviceCode,
      network_advice_code: decline.networkAdviceCode,
      network_decline_code: decline.networkDeclineCode,
      network_status: "declined_by_network",
      reason: decline.declineCode,
      seller_message: "The bank did not return any further details with this decline.",
      type: "issuer_declined",
      ...decline.outcome,
    },
  };
}
