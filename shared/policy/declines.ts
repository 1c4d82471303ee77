/**
 * What a bank's no means for another try of the same card.
 *
 * Codes: https://docs.stripe.com/declines/codes. Hard ones follow the networks' "do not reattempt" categories
 * (Visa category 1: pick up, lost, stolen, closed, not permitted, stop payment; Mastercard advice 03 and 21).
 */
const NEVER = new Set([
  "card_not_supported",
  "currency_not_supported",
  "do_not_try_again",
  "fraudulent",
  "highest_risk_level",
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
]);

/** The card or its data must change first: a machine's next try cannot succeed. */
const NEEDS_CUSTOMER = new Set([
  "authentication_required",
  "authentication_not_handled",
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
  "pin_try_exceeded",
]);

/** https://docs.stripe.com/declines/codes#retrying-issuer-declines: the provider's own advice on a decline. */
const NEVER_ADVICE = new Set(["do_not_try_again"]);
const NEEDS_CUSTOMER_ADVICE = new Set(["confirm_card_data"]);

export type DeclineClass = "soft" | "needs_customer" | "never";

/** Advice wins over the code; an unknown or missing code is soft: the retry schedule is capped anyway. */
export function classOfDecline(declineCode: string | null, adviceCode: string | null): DeclineClass {
  if (adviceCode !== null && NEVER_ADVICE.has(adviceCode)) return "never";
  if (declineCode !== null && NEVER.has(declineCode)) return "never";
  if (adviceCode !== null && NEEDS_CUSTOMER_ADVICE.has(adviceCode)) return "needs_customer";
  if (declineCode !== null && NEEDS_CUSTOMER.has(declineCode)) return "needs_customer";
  return "soft";
}

type Decline = { declineCode: string | null; adviceCode: string | null };

/** Of what the provider says now and what the event said, the stricter: an old no may have been replaced, a person can tell. */
export function strictest(now: Decline, then: Decline): { declineClass: DeclineClass; code: string | null } {
  const classes = [now, then].map(({ declineCode, adviceCode }) => classOfDecline(declineCode, adviceCode));
  const declineClass = SEVERITY.find((one) => classes.includes(one)) ?? "soft";
  const said = [now, then][classes.indexOf(declineClass)] ?? now;
  return { declineClass, code: said.declineCode ?? said.adviceCode ?? now.declineCode ?? then.declineCode };
}

const SEVERITY: readonly DeclineClass[] = ["never", "needs_customer", "soft"];
