/** What happened in the business, as far as something may follow from it. Which is which is told by a provider's registration. */
export const FACT_KINDS = [
  "failed_renewal",
  "failed_payment",
  "dispute",
  "early_fraud_warning",
  "review",
  "held_authorization",
  "failed_refund",
  "request",
  "outside_decision",
] as const;
export type FactKind = (typeof FACT_KINDS)[number];

/** What an event says of an action that it names. */
export type ActionNews = "failed" | "done" | "pending";

/**
 * What an event tells, in our words. Read by the provider's registration from the provider's own names, never given by a
 * sender. Nothing in it: the event asks for no decision.
 */
export type Tells = {
  /** It triggers a decision about this fact. */
  fact?: FactKind;
  /** It always comes with another event, which is the one that triggers: that event, for people. */
  accompanies?: string;
  /** What it says of the action that it names, where it says anything of one. */
  ofAction?: ActionNews;
};
