import type { Decline, DeclineClass } from "../../contracts/provider.ts";

/**
 * Whether the same card may be tried again after a decline.
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

/** The customer must change the card or its data first; another try cannot succeed before. */
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

/** Advice wins over the code; an unknown or missing code is soft: the retry schedule is capped anyway. */
function classOf(code: string | null, advice: string | null): DeclineClass {
  if (advice !== null && NEVER_ADVICE.has(advice)) return "never";
  if (code !== null && NEVER.has(code)) return "never";
  if (advice !== null && NEEDS_CUSTOMER_ADVICE.has(advice)) return "needs_customer";
  if (code !== null && NEEDS_CUSTOMER.has(code)) return "needs_customer";
  return "soft";
}

/** A decline in our terms, from Stripe's decline code and advice code. */
export const declineOf = (code: string | null, advice: string | null): Decline => ({
  code,
  advice,
  class: classOf(code, advice),
});
