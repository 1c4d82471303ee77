/** A change that a call of the API made in a subscription. */
export type ChangeKind =
  | "pause"
  | "resume"
  | "price"
  | "items"
  | "cancel_at_period_end"
  | "cancel_at"
  | "keep"
  | "cancel"
  | "trial_end"
  | "pending_update"
  | "pause_subscription"
  | "resume_subscription";

export interface SubscriptionChange {
  subscription: string;
  /** `keep` withdraws a cancellation; `pending_update` waits for its payment; the last two are Stripe's own endpoints. */
  change: ChangeKind;
  idempotencyKey: string | null;
  at: number;
  statusBefore: string;
  /** False when the subscription already was as asked: Stripe answers 200 and sends no event. */
  effective: boolean;
}
