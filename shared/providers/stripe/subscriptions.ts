import type Stripe from "stripe";
import type { KindsOn } from "../../contracts/actions.ts";
import type { Failure } from "../../contracts/failure.ts";
import type {
  Effect,
  InputOf,
  PriceView,
  SubscriptionItem,
  SubscriptionSnapshot,
  SubscriptionStatus,
} from "../../contracts/provider.ts";
import { isAmountMinor } from "../../core/money.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Methods } from "../port.ts";
import type { WithStripe } from "./client.ts";
import { idOf } from "./fields.ts";
import { collectionOf } from "./invoices.ts";
import { effect, orCurrentState, type Session } from "./session.ts";

/** https://docs.stripe.com/api/subscriptions/object */
export function snapshotOfSubscription(subscription: Stripe.Subscription): Result<SubscriptionSnapshot, Failure> {
  const { items, currency, pause_collection: pause } = subscription;
  const isReadable = Array.isArray(items?.data) && items.data.every(({ price }) => typeof price?.id === "string");
  if (subscription.object !== "subscription" || !isReadable || typeof currency !== "string") {
    const detail = `Stripe's answer about the subscription ${subscription.id} cannot be read; look at it in the dashboard`;
    return err({ reason: "provider_refused", detail });
  }
  return ok({
    subscription: subscription.id,
    account: null,
    customer: idOf(subscription.customer),
    mode: subscription.livemode ? "live" : "test",
    status: statusOf(subscription.status),
    collection: collectionOf(subscription.collection_method),
    currency,
    items: items.data.map(itemOf),
    pause: pause ? { behavior: pause.behavior, endsByItself: (pause.resumes_at ?? null) !== null } : null,
    ends: endsOf(subscription),
    isScheduled: (subscription.schedule ?? null) !== null,
    hasPendingUpdate: (subscription.pending_update ?? null) !== null,
    hasDiscount: [subscription, ...items.data].some(({ discounts }) => (discounts ?? []).length > 0),
    lowerPrice: null,
  });
}

function endsOf({ cancel_at_period_end, cancel_at }: Stripe.Subscription): SubscriptionSnapshot["ends"] {
  if (cancel_at_period_end) return "at_period_end";
  return (cancel_at ?? null) === null ? null : "at_date";
}

const itemOf = ({ id, price, quantity }: Stripe.SubscriptionItem): SubscriptionItem => ({
  id,
  price: priceViewOf(price),
  quantity: quantity ?? null,
});

/** A price by usage, in tiers, or for packs of units has no single amount: `amountMinor` is null. */
export function priceViewOf(price: Stripe.Price): PriceView {
  const { id, unit_amount, currency, recurring, active, transform_quantity, tax_behavior } = price;
  const isByUnit = recurring?.usage_type === "licensed" && (transform_quantity ?? null) === null;
  return {
    id,
    amountMinor: isByUnit && isAmountMinor(unit_amount) ? unit_amount : null,
    currency,
    interval: recurring ? `${recurring.interval_count} ${recurring.interval}` : null,
    taxes: tax_behavior ?? null,
    isActive: active === true,
  };
}

function statusOf(status: string): SubscriptionStatus {
  switch (status) {
    case "active":
    case "trialing":
    case "past_due":
    case "unpaid":
    case "paused":
    case "incomplete":
      return status;
    case "canceled":
    case "incomplete_expired":
      return "ended";
    default:
      return "other";
  }
}

const isEnded = (status: string): boolean => statusOf(status) === "ended";

/** https://docs.stripe.com/billing/subscriptions/pause-payment */
const pause = (session: Session, { subscription, behavior }: InputOf<"pause">): Promise<Effect> =>
  change(
    session,
    subscription,
    { pause_collection: { behavior } },
    ({ pause_collection, status }) => pause_collection?.behavior === behavior && !isEnded(status),
  );

/** An empty string unsets the pause. `subscriptions/{id}/resume` is for the status paused and may collect. */
const resume = (session: Session, { subscription }: InputOf<"resume">): Promise<Effect> =>
  change(
    session,
    subscription,
    { pause_collection: "" },
    ({ pause_collection, status }) => pause_collection === null && !isEnded(status),
  );

/**
 * The item is named: an item without an id would be added beside it. So is its quantity, which Stripe sets to 1 when a
 * price is changed without one. https://docs.stripe.com/api/subscriptions/update (items.price)
 */
const downgrade = (
  session: Session,
  { subscription, item, price, quantity, proration }: InputOf<"downgrade">,
): Promise<Effect> =>
  change(
    session,
    subscription,
    { items: [{ id: item, price, ...(quantity === null ? {} : { quantity }) }], proration_behavior: proration },
    ({ items, pending_update, status }) =>
      !isEnded(status) &&
      pending_update === null &&
      items.data.length === 1 &&
      items.data[0]?.price.id === price &&
      (quantity === null || items.data[0].quantity === quantity),
  );

/**
 * At period end it is a change like any other. At once it is a DELETE, for which Stripe takes no idempotency key; without
 * parameters it makes no invoice and no proration: https://docs.stripe.com/api/subscriptions/cancel
 */
const cancel = (session: Session, { subscription, when }: InputOf<"cancel">): Promise<Effect> => {
  const { stripe } = session;
  const hasEnded = ({ status }: Stripe.Subscription): boolean => isEnded(status);
  if (when === "at_period_end") {
    const ends = (seen: Stripe.Subscription): boolean => seen.cancel_at_period_end || hasEnded(seen);
    return change(session, subscription, { cancel_at_period_end: true }, ends);
  }
  return orCurrentState(
    async () => effectOfChange(await stripe.subscriptions.cancel(subscription), hasEnded),
    async () => effectOfChange(await stripe.subscriptions.retrieve(subscription), hasEnded),
  );
};

/** One change, found again by what the subscription shows afterwards. */
async function change(
  { stripe, keyed }: Session,
  id: string,
  params: Stripe.SubscriptionUpdateParams,
  isSo: (subscription: Stripe.Subscription) => boolean,
): Promise<Effect> {
  return await orCurrentState(
    async () => effectOfChange(await stripe.subscriptions.update(id, params, keyed), isSo),
    async () => effectOfChange(await stripe.subscriptions.retrieve(id), isSo),
  );
}

function effectOfChange(
  subscription: Stripe.Subscription,
  isSo: (subscription: Stripe.Subscription) => boolean,
): Effect {
  if (subscription?.object !== "subscription" || typeof subscription.id !== "string") {
    return { kind: "unclear", note: "Stripe answered with something else than a subscription", storedError: false };
  }
  const note = `subscription ${subscription.id} is ${subscription.status}`;
  if (isSo(subscription)) {
    return { kind: "done", providerObject: subscription.id, amountMinor: null, pending: false, note };
  }
  return { kind: "unclear", note: `${note} after the call; not what was asked for`, storedError: false };
}

/** The Stripe call of each change of a subscription. */
export const SUBSCRIPTION_METHODS: Pick<Methods<WithStripe>, KindsOn<"subscription">> = {
  pause: (client, input, call) => effect(client, call, (session) => pause(session, input)),
  resume: (client, input, call) => effect(client, call, (session) => resume(session, input)),
  downgrade: (client, input, call) => effect(client, call, (session) => downgrade(session, input)),
  cancel: (client, input, call) => effect(client, call, (session) => cancel(session, input)),
};
