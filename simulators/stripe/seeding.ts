/** Stores the given objects, fills in defaults, and adds the related objects that a real account would have. */

import type Stripe from "stripe";

import { newId } from "./ids.ts";
import { periodEndOf, periodSecondsOf } from "./objects/subscription-items.ts";
import { type AnyResource, idOf, isResourceName, type ResourceName, type Resources } from "./resources.ts";
import { customer, invoice, invoicePayment, price, product, subscription, subscriptionItem } from "./shapes/billing.ts";
import {
  type Birth,
  balanceTransaction,
  charge,
  chargeOf,
  dispute,
  earlyFraudWarning,
  type Given,
  paymentIntent,
  paymentMethod,
  refund,
  review,
} from "./shapes/payments.ts";
import { API_VERSION, createWorld, type World } from "./world.ts";

export type GivenObject = { object: ResourceName; livemode?: boolean } & Record<string, unknown>;

export interface Seeded {
  put: number;
  /** The ids of the added objects. */
  made: string[];
  objects: AnyResource[];
}

export function isGivenObject(value: unknown): value is GivenObject {
  return typeof value === "object" && value !== null && "object" in value && isResourceName(value.object);
}

export function seedObjects(world: World, given: readonly GivenObject[]): Seeded {
  const objects = given.map((item) => {
    const object = complete(world, item);
    world.store.put(object);
    return object;
  });
  const made = objects.flatMap((object) => neighboursOf(world, object));
  for (const object of made) world.store.put(object);
  for (const object of [...objects, ...made])
    if (object.object === "charge") made.push(...transactionFor(world, object));
  return { put: objects.length, made: made.map(({ id }) => id), objects };
}

type Factory<Name extends ResourceName> = (
  birth: Birth,
  given: Given<Resources[Name]>,
  world: World,
) => Resources[Name];

const FACTORIES: { [Name in ResourceName]: Factory<Name> } = {
  balance_transaction: (birth, given) => balanceTransaction(birth, { amount: 0, currency: "usd", ...given }),
  charge,
  customer,
  dispute: disputeOf,
  event: (birth, given) => ({
    id: newId("evt"),
    object: "event",
    api_version: API_VERSION,
    created: birth.nowSeconds,
    data: { object: {} },
    livemode: birth.livemode,
    pending_webhooks: 0,
    request: { id: null, idempotency_key: null },
    type: "",
    ...given,
  }),
  invoice,
  invoice_payment: invoicePayment,
  payment_intent: paymentIntent,
  payment_method: paymentMethod,
  price: (birth, given) => price(birth, { unit_amount: 1000, ...given }),
  product,
  "radar.early_fraud_warning": warningOf,
  refund: refundOf,
  review: reviewOf,
  subscription: subscriptionWithItems,
};

/** A default object of the type, which shows its fields. */
export function sampleOf(name: ResourceName): AnyResource {
  return complete(createWorld(), { object: name });
}

function complete(world: World, given: GivenObject): AnyResource {
  const nowSeconds = typeof given.created === "number" ? given.created : world.clock.nowSeconds();
  const birth: Birth = { nowSeconds, livemode: given.livemode ?? false };
  const factory = FACTORIES[given.object] as (birth: Birth, given: object, world: World) => AnyResource;
  return factory(birth, given, world);
}

function disputeOf(birth: Birth, given: Given<Stripe.Dispute>, world: World): Stripe.Dispute {
  const charged = chargeBehind(world, given);
  if (charged === undefined) return dispute(birth, given);
  return dispute(
    { ...birth, livemode: charged.livemode },
    {
      amount: charged.amount - charged.amount_refunded,
      currency: charged.currency,
      payment_intent: idOf(charged.payment_intent),
      ...given,
      charge: charged.id,
    },
  );
}

function warningOf(birth: Birth, given: Given<Stripe.Radar.EarlyFraudWarning>, world: World) {
  const charged = chargeBehind(world, given);
  const intentId = idOf(charged?.payment_intent);
  return earlyFraudWarning(
    { ...birth, livemode: charged?.livemode ?? birth.livemode },
    { ...(intentId === null ? {} : { payment_intent: intentId }), ...given, charge: charged?.id ?? given.charge ?? "" },
  );
}

function reviewOf(birth: Birth, given: Given<Stripe.Review>, world: World): Stripe.Review {
  const charged = chargeBehind(world, given);
  const intentId = idOf(charged?.payment_intent);
  return review(
    { ...birth, livemode: charged?.livemode ?? birth.livemode },
    { charge: charged?.id ?? null, ...(intentId === null ? {} : { payment_intent: intentId }), ...given },
  );
}

function refundOf(birth: Birth, given: Given<Stripe.Refund>, world: World): Stripe.Refund {
  const charged = chargeBehind(world, given);
  if (charged === undefined) return refund(birth, given);
  return refund(birth, {
    currency: charged.currency,
    payment_intent: idOf(charged.payment_intent),
    ...given,
    charge: charged.id,
  });
}

/** The charge that is named, or the latest of the payment intent that is. */
function chargeBehind(
  world: World,
  given: { charge?: string | { id: string } | null; payment_intent?: string | { id: string } | null },
): Stripe.Charge | undefined {
  const intent = world.store.get("payment_intent", idOf(given.payment_intent));
  return world.store.get("charge", idOf(given.charge) ?? idOf(intent?.latest_charge));
}

type GivenSubscription = Given<Stripe.Subscription> & { price?: string | Given<Stripe.Price> };

/**
 * Items may be given shortly, `items: [{ price: "price_x", quantity: 1 }]`, or as one `price`; without either it is an
 * unnamed price of 10.00. A trial, a cancellation and a pause are completed as Stripe would show them.
 */
function subscriptionWithItems(birth: Birth, given: GivenSubscription, world: World): Stripe.Subscription {
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

/** Adds the related objects that the caller left out, so that a short list of objects is a working account. */
function neighboursOf(world: World, object: AnyResource): AnyResource[] {
  switch (object.object) {
    case "payment_intent":
      return chargeFor(world, object);
    case "charge":
      linkIntent(world, object);
      return [];
    case "customer":
      return methodFor(world, object);
    case "dispute":
      markDisputed(world, object);
      return [];
    case "subscription":
      return subscribed(world, object);
    default:
      return [];
  }
}

/** A subscription has a customer, and what it sells has a price that can be read. */
function subscribed(world: World, made: Stripe.Subscription): AnyResource[] {
  const { store } = world;
  const birth: Birth = { nowSeconds: made.created, livemode: made.livemode };
  const objects: AnyResource[] = [];
  for (const { price: sold } of made.items.data) {
    if (store.get("price", sold.id) === undefined) objects.push(sold);
    if (store.get("product", idOf(sold.product)) === undefined) {
      objects.push(product(birth, { id: idOf(sold.product) ?? newId("prod", 14), default_price: sold.id }));
    }
    for (const object of objects) store.put(object);
  }
  if (store.get("customer", idOf(made.customer)) !== undefined) return objects;
  const named = idOf(made.customer);
  const buyer = customer(birth, named === null || named === "" ? {} : { id: named });
  store.put(buyer);
  made.customer = buyer.id;
  store.put(made);
  return [...objects, buyer, ...methodFor(world, buyer)];
}

/** A paid or held intent has a charge. */
function chargeFor(world: World, intent: Stripe.PaymentIntent): Stripe.Charge[] {
  const { store } = world;
  if (intent.latest_charge !== null || !["succeeded", "requires_capture"].includes(intent.status)) return [];
  const known = store.where("charge", "payment_intent", intent.id).find((candidate) => candidate.paid);
  const birth: Birth = { nowSeconds: intent.created, livemode: intent.livemode };
  const isHeld = intent.status === "requires_capture";
  const charged =
    known ??
    chargeOf(birth, intent, {
      id: `ch_${intent.id.replace(/^pi_/, "")}`,
      captured: !isHeld,
      amount_captured: isHeld ? 0 : intent.amount_received,
      amount_refunded: isHeld ? 0 : intent.amount - intent.amount_received,
      payment_method: idOf(intent.payment_method),
    });
  intent.latest_charge = charged.id;
  store.put(intent);
  return known === undefined ? [charged] : [];
}

/** A captured charge has moved the balance. */
function transactionFor(world: World, charged: Stripe.Charge): Stripe.BalanceTransaction[] {
  if (!charged.captured || charged.balance_transaction !== null) return [];
  const birth: Birth = { nowSeconds: charged.created, livemode: charged.livemode };
  const { currency, amount_captured: amount } = charged;
  const fee = Math.min(amount, Math.round(amount * 0.029) + 30);
  const source = charged.id;
  const transaction = balanceTransaction(birth, {
    id: `txn_${source.replace(/^ch_/, "")}`,
    amount,
    currency,
    fee,
    source,
  });
  world.store.put(transaction);
  charged.balance_transaction = transaction.id;
  world.store.put(charged);
  return [transaction];
}

function linkIntent(world: World, charged: Stripe.Charge): void {
  const intent = world.store.get("payment_intent", idOf(charged.payment_intent));
  if (intent === undefined || intent.latest_charge !== null) return;
  intent.latest_charge = charged.id;
  world.store.put(intent);
}

/** A customer has a card, so that an invoice can be paid; give `invoice_settings` to say otherwise. */
function methodFor(world: World, buyer: Stripe.Customer): Stripe.PaymentMethod[] {
  if (buyer.invoice_settings.default_payment_method !== null) return [];
  const method = paymentMethod(
    { nowSeconds: buyer.created, livemode: buyer.livemode },
    { id: `pm_${buyer.id.replace(/^cus_/, "")}`, customer: buyer.id },
  );
  buyer.invoice_settings.default_payment_method = method.id;
  world.store.put(buyer);
  return [method];
}

function markDisputed(world: World, opened: Stripe.Dispute): void {
  const charged = world.store.get("charge", idOf(opened.charge));
  if (charged === undefined || charged.disputed) return;
  charged.disputed = true;
  world.store.put(charged);
}
