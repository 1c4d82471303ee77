/** What a case is about, in a word, for the queue of people. */
export const CASE_KINDS = [
  "refund",
  "failed_payment",
  "authorization",
  "subscription",
  "dispute",
  "fraud_warning",
  "unknown_outcome",
  "defective",
  "denied_before",
  "other",
  "information",
] as const;
export type CaseKind = (typeof CASE_KINDS)[number];
