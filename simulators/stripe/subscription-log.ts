/** What calls of the API changed in subscriptions, in the order made: the books of whoever checks that none was made twice. */

import type Stripe from "stripe";

import type { ChangeKind, SubscriptionChange } from "./subscription-change.ts";
import type { Context } from "./world.ts";

/** Nothing is noted for what nobody asked for by API: a trial that ends, a renewal. Replays never come here. */
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
