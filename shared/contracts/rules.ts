/** The name of every rule that can refuse or change a proposal. Code branches on these, never on the text of a reason. */
export const RULE_NAMES = [
  "executor",
  "payment_known",
  "subscription_known",
  "one_subscription",
  "one_payment",
  "fits_fact",
  "ref_known",
  "text_read",
  "asked",
  "mode",
  "currency",
  "requester",
  "customer",
  "dispute",
  "amount_known",
  "captured",
  "connect",
  "window",
  "confidence",
  "four_eyes",
  "variant",
  "capturable",
  "risk",
  "still_owed",
  "collection",
  "agreement",
  "amount_owed",
  "network_rules",
  "method_tried",
  "provider_retries",
  "retries_left",
  "already",
  "status",
  "schedule",
  "pending_update",
  "one_item",
  "lower_price",
  "taken_back",
  "amount_taken",
  "envelope",
  "grant",
  "duplicate",
] as const;
export type RuleName = (typeof RULE_NAMES)[number];

/**
 * What a case is about, for code: the rule that requires a person, and the refund at the provider. `denied`: the action whose
 * denial still stands.
 */
export type CaseAbout = { rule: RuleName | null; refund: string | null; denied?: string };
export const ABOUT_NOTHING: CaseAbout = { rule: null, refund: null };
