/** The business facts that can require an action. A provider's registration maps its events to them. */
export const FACT_KINDS = [
  "failed_renewal",
  "failed_payment",
  "dispute",
  "early_fraud_warning",
  "review",
  "held_authorization",
  "failed_refund",
  "failed_charge",
  "failed_capture",
  "expired_hold",
  "failed_checkout",
  "failed_finalization",
  "failed_payout",
  "subscription_ended",
  "mandate_ended",
  "account_restricted",
  "account_disconnected",
  "conflict",
  "request",
  "outside_decision",
] as const;
export type FactKind = (typeof FACT_KINDS)[number];

const COLLECTING: readonly (FactKind | undefined)[] = ["failed_renewal", "failed_payment", "held_authorization"];
/** Whether a provider reports a payment, with its sum. Where people or agents ask, the sum is what they ask for. */
export const saysSum = (fact: FactKind | undefined): boolean => COLLECTING.includes(fact);

/** What an event says about the action that it names. */
export type ActionNews = "failed" | "done" | "pending";

/**
 * What an event means, in our terms. The provider's registration derives it from the provider's names; a sender cannot
 * set it. Without any field, the event asks for no decision.
 */
export type Tells = {
  /** The fact about which the event asks for a decision. */
  fact?: FactKind;
  /** The fact whose case it follows, where another event told of it. Alone it asks for no decision. */
  follows?: FactKind;
  /** The type of the event that always comes with this one and asks for the decision; for people. */
  accompanies?: string;
  /** Why it is only recorded, although its type sounds as if somebody had to act; for people. */
  recorded?: string;
  /** What the event says about the action that it names. */
  ofAction?: ActionNews;
};
