import type { Decline, DeclineClass, MethodKind } from "../../contracts/provider.ts";

/**
 * Whether the same payment method may be tried again after a decline: the codes that may, and the class of those that may
 * not. A code that no list names needs a person.
 *
 * Sources: Stripe's codes and next steps (https://docs.stripe.com/declines/codes; for bank debits
 * https://docs.stripe.com/declines/network-codes); the codes after which Stripe itself does not retry
 * (https://docs.stripe.com/billing/revenue-recovery/smart-retries#non-retryable-decline-codes); Visa's categories 1 (never)
 * and 2 to 4 (within 20 tries in 30 days): https://developers.tabapay.com/docs/excessive-retry-rules; Mastercard's fee on
 * tries after advice 03 and 21, and on nothing else: https://docs.solidgate.com/payments/payments-insights/merchant-advice-codes/
 */
const SOFT = [
  // Stripe: "the payment should be attempted again".
  "approve_with_id",
  "issuer_not_available",
  "processing_error",
  "reenter_transaction",
  // Stripe: "ask the customer to attempt the payment again". Off session, that is our next step.
  "try_again_later",
  // Money or a limit that comes back with time: Visa 51, 61 and 65, category 2. Bank debits too: R01 and R09, which Nacha lets
  // be sent again twice; Bacs 0 (https://docs.acquired.com/docs/retrying-declined-direct-debits) and SEPA AM04
  // (https://docs.adyen.com/online-payments/auto-rescue/sepa).
  "insufficient_funds",
  "card_velocity_exceeded",
  "withdrawal_count_limit_exceeded",
  // Stripe: "the customer needs to contact their card issuer for more information", without a reason (Visa 01, 05:
  // category 4). No network forbids another try, Stripe's own list of what it does not retry has none of them, and many pass
  // days later.
  "call_issuer",
  "do_not_honor",
  "generic_decline",
  "no_action_taken",
];

/** The customer or a person must do something first; another try cannot succeed before, or could pay twice. */
const NEEDS_CUSTOMER = [
  "authentication_not_handled",
  "authentication_required",
  "expired_card",
  "incorrect_address",
  "incorrect_cvc",
  "incorrect_number",
  "incorrect_pin",
  "incorrect_zip",
  "invalid_amount",
  "invalid_cvc",
  "invalid_expiry_month",
  "invalid_expiry_year",
  "invalid_number",
  "invalid_pin",
  "mobile_device_authentication_required",
  "offline_pin_required",
  "online_or_offline_pin_required",
  "payment_intent_authentication_failure",
  "pin_try_exceeded",
  // A service that the card does not have does not come with time.
  "service_not_allowed",
  // Stripe: "a genuine card must be used".
  "test_mode_live_card",
  "testmode_decline",
  // Stripe: the card "has been declined too many times" and may be tried after a day, which our schedule does not wait for.
  "card_decline_rate_limit_exceeded",
  // The customer said no: https://docs.stripe.com/error-codes#payment-method-customer-decline
  "payment_method_customer_decline",
  // Bank debits: the account, or the customer's word for it, must be new. After R02 to R04 Nacha
  // asks for another account first: https://docs.stripe.com/payments/ach-direct-debit/blocked-bank-accounts
  "account_closed",
  "account_frozen",
  "bank_account_closed",
  "bank_account_declined",
  "bank_account_frozen",
  "bank_account_invalid_details",
  "bank_account_restricted",
  "bank_account_unusable",
  "bank_account_unverified",
  "bank_ownership_changed",
  "billing_invalid_mandate",
  "branch_does_not_exist",
  "incorrect_account_holder_name",
  "india_recurring_payment_mandate_canceled",
  "invalid_account_number",
  "invalid_currency",
  "no_account",
  "payment_intent_mandate_invalid",
  "payment_method_bank_account_blocked",
  "refer_to_customer",
  "sepa_unsupported_account",
  // An outcome's type: Stripe found the request itself wrong: https://docs.stripe.com/declines/how-declines-work
  "invalid",
];

/** Another try is forbidden, or is what somebody wanted to stop. */
const NEVER = [
  "card_not_supported",
  "currency_not_supported",
  "do_not_try_again",
  // The same payment was made a moment ago: another try could be the second one to succeed.
  "duplicate_transaction",
  "fraudulent",
  "invalid_account",
  "lost_card",
  "merchant_blacklist",
  "new_account_information_available",
  "not_permitted",
  "pickup_card",
  "restricted_card",
  "revocation_of_all_authorizations",
  "revocation_of_authorization",
  "security_violation",
  "stolen_card",
  "stop_payment_order",
  "transaction_not_allowed",
  // Stripe blocked it, and did not ask the bank: https://docs.stripe.com/declines/how-declines-work#blocked-payments
  "blocked",
  "blocklist",
  "highest_risk_level",
  "low_probability_of_authorization",
  "previously_declined_do_not_retry",
  "requested_block_on_incorrect_cvc",
  "requested_block_on_incorrect_zip",
  "requested_block_on_incremental_authorization",
  "rule",
  // Nacha: no debit again after a return as unauthorised (R05, R07, R08, R10, R11, R29) without the customer's new word.
  "authorization_revoked",
  "bank_debit_not_authorized",
  "debit_disputed",
  "debit_not_authorized",
  "recipient_deceased",
];

/** The network's own codes can only make a decline stricter: Visa's category 1, and ACH returns as unauthorised. */
const NETWORK_NEVER = "04 07 12 14 15 41 43 46 57 R0 R1 R3 R05 R07 R08 R10 R11 R29 R31 R51".split(" ");
const networkWord = (code: unknown): string => `network_code_${String(code)}`;

/** Stripe's advice on a decline: https://docs.stripe.com/declines/card#retrying-issuer-declines */
const ADVICE: readonly [string, DeclineClass][] = [
  ["try_again_later", "soft"],
  ["confirm_card_data", "needs_customer"],
  ["do_not_try_again", "never"],
];

/**
 * Mastercard's merchant advice as Stripe's: 01 new account information, 02 and 24 to 30 later (after an hour, up to ten days),
 * 03 and 21 do not try again: https://developer.paypal.com/braintree/docs/reference/general/merchant-responses/merchant-advice-codes
 */
const NETWORK_ADVICE: ReadonlyMap<unknown, string> = new Map([
  ["01", "confirm_card_data"],
  ...["02", "24", "25", "26", "27", "28", "29", "30"].map((code) => [code, "try_again_later"] as const),
  ...["03", "21"].map((code) => [code, "do_not_try_again"] as const),
]);

/** What stands in the place of a reason, and is none: that it was declined, and by whom. */
const NO_REASON = new Set<unknown>([
  "card_declined",
  "payment_intent_payment_attempt_failed",
  "authorized",
  "issuer_declined",
  "manual_review",
]);

const ADVICE_CLASSES: ReadonlyMap<string, DeclineClass> = new Map(ADVICE);
const CLASSES: ReadonlyMap<string, DeclineClass> = new Map([
  ...SOFT.map((code) => [code, "soft"] as const),
  ...NEEDS_CUSTOMER.map((code) => [code, "needs_customer"] as const),
  ...[...NEVER, ...NETWORK_NEVER.map(networkWord)].map((code) => [code, "never"] as const),
]);

/** What an error of Stripe's says of a decline: of a call, or the last one of a payment intent. Unchecked, as received. */
type SaidByError = {
  decline_code?: unknown;
  code?: unknown;
  advice_code?: unknown;
  network_advice_code?: unknown;
  network_decline_code?: unknown;
};
/** What a failed charge says of it. */
type SaidByCharge = { failure_code?: unknown; outcome?: unknown };
type Outcome = SaidByError & { reason?: unknown; type?: unknown };

type Word = { word: string; class: DeclineClass; isKnown: boolean };

/** A decline in our terms: of all that the error and the charge say, the strictest counts. */
export function declineIn(error: SaidByError | null, charge: SaidByCharge | null): Decline {
  const outcome: Outcome = typeof charge?.outcome === "object" && charge.outcome !== null ? charge.outcome : {};
  const reasons = [error?.decline_code, outcome.reason, error?.code, charge?.failure_code, outcome.type];
  const network = [error?.network_decline_code, outcome.network_decline_code].map(networkWord);
  const code = strictestOf([
    ...reasons.filter((word) => !NO_REASON.has(word)).flatMap((word) => wordOf(word, CLASSES)),
    ...network.filter((word) => CLASSES.has(word)).flatMap((word) => wordOf(word, CLASSES)),
  ]);
  const advice = strictestOf([error, outcome].flatMap(adviceIn));
  const said = strictestOf([code, advice].flatMap((word) => word ?? []));
  return {
    code: code?.word ?? null,
    advice: advice?.word ?? null,
    class: said?.class ?? "needs_customer",
    isKnown: said?.isKnown ?? false,
  };
}

/** A decline in our terms, from Stripe's decline code and advice code. */
export const declineOf = (code: string | null, advice: string | null): Decline =>
  declineIn({ decline_code: code, advice_code: advice }, null);

/** Stripe's advice, and the network's beside it. A network's advice that we do not know counts where Stripe gives none. */
function adviceIn(said: SaidByError | null): Word[] {
  const theirs = said?.network_advice_code;
  const known = NETWORK_ADVICE.get(theirs);
  const words = wordOf(said?.advice_code, ADVICE_CLASSES);
  if (known !== undefined) return [...words, ...wordOf(known, ADVICE_CLASSES)];
  return words.length > 0 || !isText(theirs) ? words : wordOf(`network_advice_${theirs}`, ADVICE_CLASSES);
}

function wordOf(word: unknown, classes: ReadonlyMap<string, DeclineClass>): Word[] {
  if (!isText(word)) return [];
  return [{ word, class: classes.get(word) ?? "needs_customer", isKnown: classes.has(word) }];
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** Of equally strict words the first: Stripe's decline code, then the outcome's reason. */
function strictestOf(words: readonly Word[]): Word | undefined {
  const of = (wanted: DeclineClass) => words.find((word) => word.class === wanted);
  return of("never") ?? of("needs_customer") ?? of("soft");
}

/** https://docs.stripe.com/payments/bank-debits. `ach_debit` is the older name of debits of US accounts. */
const BANK_DEBITS = new Set<unknown>([
  "ach_debit",
  "acss_debit",
  "au_becs_debit",
  "bacs_debit",
  "nz_bank_account",
  "sepa_debit",
  "us_bank_account",
]);
const CARDS = new Set<unknown>(["card", "card_present", "interac_present"]);

/** What kind of method a payment method's `type` is: https://docs.stripe.com/api/payment_methods/object#payment_method_object-type */
export function methodOf(type: string | null | undefined): MethodKind | null {
  if (type === null || type === undefined) return null;
  if (CARDS.has(type)) return "card";
  return BANK_DEBITS.has(type) ? "bank_debit" : "other";
}
