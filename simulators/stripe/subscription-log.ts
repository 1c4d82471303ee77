/** The changes of subscriptions by API calls, in their order, so that a test can check that none was made twice. */

import type Stripe from "stripe";

import type { ChangeKind, SubscriptionChange } from "./subscription-change.ts";
import type { Context } from "./world.ts";

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
