/** A seeded subscription, completed with the items, prices and dates that a real one would have. */

import type Stripe from "stripe";

import { periodEndOf, periodSecondsOf } from "./objects/subscription-items.ts";
import { price, subscription, subscriptionItem } from "./shapes/billing.ts";
import type { Birth, Given } from "./shapes/payments.ts";
import type { World } from "./world.ts";

type GivenSubscription = Given<Stripe.Subscription> & { price?: string | Given<Stripe.Price> };

/**
 * Items may be given shortly, `items: [{ price: "price_x", quantity: 1 }]`, or as one `price`; without either it is an
 * unnamed price of 10.00. A trial, a cancellation and a pause are completed as Stripe would show them.
 */
export function subscriptionWithItems(birth: Birth, given: GivenSubscription, world: World): Stripe.Subscription {
  const { items, price: only, ...rest } = given;
  const short = items ?? [{ price: only ?? {} } as Given<Stripe.SubscriptionItem>];
  const made = subscription(birth, { ...(rest.status === "trialing" ? trialFrom(birth) : {}), ...rest });
  const shortItems = (Array.isArray(short) ? short : (short.data ?? [])) as Given<Stripe.SubscriptionItem>[];
  made.items.data = shortItems.map((item) => itemOf(birth, made, item, world));
  const [first] = made.items.data;
  if (rest.currency === undefined && first !== undefined) made.currency = first.price.currency;
  if (made.cancel_at_period_end && made.cancel_at === null) made.cancel_at = periodEndOf(made);
  const isCancelled = made.cancel_at !== null || made.status === "canceled";
  if (isCancelled) made.canceled_at ??= birth.nowSeconds;
  if (made.status === "canceled") made.ended_at ??= birth.nowSeconds;
  if (isCancelled && rest.cancellation_details === undefined) {
    made.cancellation_details = {
      comment: null,
      feedback: null,
      feedback_option: null,
      reason: "cancellation_requested",
    };
  }
  if (made.pause_collection !== null) {
    const { behavior, resumes_at: resumesAt } = made.pause_collection;
    made.pause_collection = { behavior, resumes_at: resumesAt ?? null };
  }
  if (made.pending_update !== null) made.pending_update = completePending(birth, made, made.pending_update, world);
  return made;
}

function itemOf(
  birth: Birth,
  made: Stripe.Subscription,
  item: Given<Stripe.SubscriptionItem>,
  world: World,
): Stripe.SubscriptionItem {
  const known = priceOf(birth, item.price, world);
  const start = item.current_period_start ?? birth.nowSeconds;
  return subscriptionItem(birth, {
    current_period_start: start,
    current_period_end: (made.status === "trialing" ? made.trial_end : null) ?? start + periodSecondsOf(known),
    ...item,
    price: known,
    subscription: made.id,
  });
}

function priceOf(birth: Birth, given: string | Given<Stripe.Price> | undefined, world: World): Stripe.Price {
  const id = typeof given === "string" ? given : given?.id;
  const found = world.store.get("price", id);
  if (found !== undefined) return found;
  return price(birth, { unit_amount: 1000, ...(typeof given === "string" ? { id: given } : given) });
}

function trialFrom({ nowSeconds }: Birth): Given<Stripe.Subscription> {
  return { trial_start: nowSeconds, trial_end: nowSeconds + 14 * 86_400 };
}

function completePending(
  birth: Birth,
  made: Stripe.Subscription,
  given: Partial<Stripe.Subscription.PendingUpdate>,
  world: World,
): Stripe.Subscription.PendingUpdate {
  const items = given.subscription_items ?? null;
  return {
    billing_cycle_anchor: null,
    cancel_at_period_end: null,
    discount: null,
    discounts: null,
    expires_at: birth.nowSeconds + 23 * 3600,
    metadata: null,
    trial_end: null,
    trial_from_plan: null,
    ...given,
    subscription_items: items === null ? null : items.map((item) => itemOf(birth, made, item, world)),
  };
}
