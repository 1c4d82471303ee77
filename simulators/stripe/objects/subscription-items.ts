/** The items of a subscription: what a call makes of them, checked as a whole before anything is changed. */

import type Stripe from "stripe";

import { invalidRequest } from "../errors.ts";
import { planOf, subscriptionItem } from "../shapes/billing.ts";
import { birthIn, type Context, mergeMetadata } from "../world.ts";

export type ItemChange = Stripe.SubscriptionUpdateParams.Item;

type Item = Stripe.SubscriptionItem;

const DAY_SECONDS = 86_400;
/** A month has thirty days here; the calendar is not modelled. */
const SECONDS_BY_INTERVAL: Record<string, number> = {
  day: DAY_SECONDS,
  week: 7 * DAY_SECONDS,
  month: 30 * DAY_SECONDS,
  year: 365 * DAY_SECONDS,
};

export function periodSecondsOf({ recurring }: Stripe.Price): number {
  return (SECONDS_BY_INTERVAL[recurring?.interval ?? "month"] ?? DAY_SECONDS) * (recurring?.interval_count ?? 1);
}

export function amountOf(items: readonly Item[]): number {
  return items.reduce((sum, { price, quantity }) => sum + (price.unit_amount ?? 0) * (quantity ?? 1), 0);
}

/** When the last of the current periods ends, or null without items. */
export function periodEndOf({ items }: Stripe.Subscription): number | null {
  return items.data.length === 0 ? null : Math.max(...items.data.map((item) => item.current_period_end));
}

/**
 * The items after the change; the subscription itself is not changed. An item with an id is changed or deleted, one without
 * is added: a caller that forgets the id sells both prices.
 */
export function itemsAfter(
  context: Context,
  subscription: Stripe.Subscription,
  changes: readonly ItemChange[],
): Item[] {
  const items = [...subscription.items.data];
  const currency = items.length === 0 ? null : subscription.currency;
  for (const [position, change] of changes.entries()) {
    const name = `items[${position}]`;
    const price = change.price === undefined ? undefined : priceFor(context, change.price, currency, `${name}[price]`);
    if (change.id === undefined) {
      items.push(addedItem(context, subscription, change, price, name));
      continue;
    }
    const index = items.findIndex(({ id }) => id === change.id);
    const known = items[index];
    if (known === undefined) throw missingReference("subscription_item", change.id, `${name}[id]`);
    if (change.deleted === true) items.splice(index, 1);
    else items[index] = changedItem(context, known, change, price);
  }
  requireSoundItems(subscription, items);
  return items;
}

/** An unknown id in the body is a 400; in the path it is a 404. */
function missingReference(what: string, id: string, param: string): Error {
  return invalidRequest(`No such ${what}: '${id}'`, { code: "resource_missing", param });
}

function priceFor(context: Context, id: string, currency: string | null, param: string): Stripe.Price {
  const price = context.world.store.get("price", id);
  if (price === undefined || price.livemode !== context.livemode) throw missingReference("price", id, param);
  if (!price.active) {
    throw invalidRequest("The price specified is inactive. This field only accepts active prices.", { param });
  }
  if (price.type === "one_time") {
    throw invalidRequest(
      "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
      { param },
    );
  }
  if (currency !== null && price.currency !== currency) {
    throw invalidRequest(
      `The price specified only supports \`${price.currency}\`. This doesn't match the expected currency: \`${currency}\`.`,
      { param },
    );
  }
  return price;
}

function addedItem(
  context: Context,
  subscription: Stripe.Subscription,
  change: ItemChange,
  price: Stripe.Price | undefined,
  name: string,
): Item {
  if (price === undefined) {
    const param = `${name}[price]`;
    throw invalidRequest(`Missing required param: ${param}.`, { code: "parameter_missing", param });
  }
  const sibling = subscription.items.data.find((item) => periodSecondsOf(item.price) === periodSecondsOf(price));
  const now = context.world.clock.nowSeconds();
  return subscriptionItem(birthIn(context), {
    current_period_start: sibling?.current_period_start ?? now,
    current_period_end: sibling?.current_period_end ?? now + periodSecondsOf(price),
    metadata: mergeMetadata(null, change.metadata),
    price,
    quantity: change.quantity ?? 1,
    subscription: subscription.id,
  });
}

/** A price that is changed without a quantity makes it 1, whatever it was. Another interval is another period, which begins now. */
function changedItem(context: Context, known: Item, change: ItemChange, price: Stripe.Price | undefined): Item {
  const isMoved = price !== undefined && price.id !== known.price.id;
  const item: Item = {
    ...known,
    metadata: mergeMetadata(known.metadata, change.metadata),
    quantity: change.quantity ?? (isMoved ? 1 : (known.quantity ?? 1)),
  };
  if (price === undefined) return item;
  const moved = { ...item, price, plan: planOf(price) };
  if (periodSecondsOf(price) === periodSecondsOf(known.price)) return moved;
  const now = context.world.clock.nowSeconds();
  return { ...moved, current_period_start: now, current_period_end: now + periodSecondsOf(price) };
}

function requireSoundItems(subscription: Stripe.Subscription, items: readonly Item[]): void {
  const [first] = items;
  if (first === undefined)
    throw invalidRequest("A subscription must have at least one active plan.", { param: "items" });
  const twice = items.find(({ price }, position) => items.findIndex((other) => other.price.id === price.id) < position);
  if (twice !== undefined) {
    throw invalidRequest(`Cannot add multiple subscription items with the same plan: ${twice.price.id}`, {
      param: "items",
    });
  }
  // Flexible billing, the default since 2025-09-30, allows intervals to differ.
  const isMixed = items.some(({ price }) => periodSecondsOf(price) !== periodSecondsOf(first.price));
  if (isMixed && subscription.billing_mode.type === "classic") {
    throw invalidRequest(
      "Currency and interval fields must match across all plans on this subscription. Found mismatch in interval field.",
    );
  }
  if (items.some(({ price }) => price.currency !== first.price.currency)) {
    throw invalidRequest(
      "Currency and interval fields must match across all plans on this subscription. Found mismatch in currency field.",
    );
  }
}
