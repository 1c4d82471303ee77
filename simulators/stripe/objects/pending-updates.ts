/**
 * What an update with `payment_behavior=pending_if_incomplete` leaves when its payment fails: applied once the invoice is
 * paid, dropped once it is void. https://docs.stripe.com/billing/subscriptions/pending-updates
 */

import type Stripe from "stripe";

import { idOf, subscriptionOf } from "../resources.ts";
import { type Context, emit, mergeMetadata, save, snapshot } from "../world.ts";
import { periodEndOf, periodSecondsOf } from "./subscription-items.ts";

const KEPT_SECONDS = 23 * 3600;

/** What the update would have changed, with the fields that it did not name null. */
export function pendingUpdate(
  context: Context,
  subscription: Stripe.Subscription,
  given: Partial<Stripe.Subscription.PendingUpdate>,
): Stripe.Subscription.PendingUpdate {
  const kept = context.world.clock.nowSeconds() + KEPT_SECONDS;
  const ends = [kept, subscription.trial_end, periodEndOf(subscription)].filter((end) => end !== null);
  return {
    billing_cycle_anchor: null,
    cancel_at_period_end: null,
    discount: null,
    discounts: null,
    expires_at: Math.min(...ends.filter((end) => end > context.world.clock.nowSeconds())),
    metadata: null,
    subscription_items: null,
    trial_end: null,
    trial_from_plan: null,
    ...given,
  };
}

/** The subscription whose pending update waits for this invoice. */
export function subscriptionAwaiting(context: Context, invoice: Stripe.Invoice): Stripe.Subscription | undefined {
  const subscription = context.world.store.get("subscription", subscriptionOf(invoice));
  if (subscription === undefined || subscription.pending_update === null) return undefined;
  return idOf(subscription.latest_invoice) === invoice.id ? subscription : undefined;
}

export function applyPendingUpdate(context: Context, invoice: Stripe.Invoice): void {
  const subscription = subscriptionAwaiting(context, invoice);
  const pending = subscription?.pending_update;
  if (subscription === undefined || pending === null || pending === undefined) return;
  const previous = { items: snapshot(subscription.items), pending_update: pending };
  if (pending.subscription_items !== null) subscription.items.data = pending.subscription_items;
  const anchor = pending.billing_cycle_anchor;
  if (anchor !== null) {
    subscription.billing_cycle_anchor = anchor;
    subscription.items.data = subscription.items.data.map((item) => ({
      ...item,
      current_period_start: anchor,
      current_period_end: anchor + periodSecondsOf(item.price),
    }));
  }
  if (pending.trial_end !== null) subscription.trial_end = pending.trial_end;
  const isOver = (subscription.trial_end ?? 0) <= context.world.clock.nowSeconds();
  if (subscription.status === "trialing" && isOver) subscription.status = "active";
  if (pending.metadata !== null) subscription.metadata = mergeMetadata(subscription.metadata, pending.metadata);
  subscription.pending_update = null;
  save(context, subscription);
  emit(context, "customer.subscription.pending_update_applied", subscription);
  emit(context, "customer.subscription.updated", subscription, previous);
}

/** Somebody took the update back, or its time was over. */
export function dropPendingUpdate(context: Context, subscription: Stripe.Subscription, isExpired: boolean): void {
  const previous = { pending_update: subscription.pending_update };
  if (previous.pending_update === null) return;
  subscription.pending_update = null;
  save(context, subscription);
  if (isExpired) emit(context, "customer.subscription.pending_update_expired", subscription);
  emit(context, "customer.subscription.updated", subscription, previous);
}
