/** The changes of subscriptions by API calls, in their order, so that a test can check that none was made twice. */

import type Stripe from "stripe";

import type { Context } from "./world.ts";

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
  /** `keep` takes back a cancellation; `pending_update` waits for its payment; the last two are Stripe's own endpoints. */
  change: ChangeKind;
  idempotencyKey: string | null;
  at: number;
  statusBefore: string;
  /** False when nothing changed: Stripe answers 200 and sends no event. */
  effective: boolean;
}

/** Changes without an API request (the end of a trial, a renewal) and replays are not in the log. */
export function noteChange(
  context: Context,
  before: Stripe.Subscription,
  change: ChangeKind,
  effective: boolean = true,
): void {
  if (context.requestId === null) return;
  const { world } = context;
  const noted: SubscriptionChange = {
    subscription: before.id,
    change,
    idempotencyKey: context.idempotencyKey,
    at: world.clock.nowSeconds(),
    statusBefore: before.status,
    effective,
  };
  world.subscriptionChanges.push(noted);
  world.journal.append({ kind: "subscription_change", change: noted });
}
