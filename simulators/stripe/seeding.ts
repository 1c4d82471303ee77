/** Stores the given objects, fills in defaults, and adds the related objects that a real account would have. */

import type Stripe from "stripe";

import { shareOut } from "./connect.ts";
import { newId } from "./ids.ts";
import { mandateOf } from "./objects/mandates.ts";
import { type AnyResource, idOf, isResourceName, type ResourceName, type Resources } from "./resources.ts";
import {
  creditNoteOf,
  disputeOf,
  paymentIntentOf,
  refundOf,
  reviewOf,
  showOnInvoice,
  warningOf,
} from "./seeding-payments.ts";
import { subscriptionWithItems } from "./seeding-subscriptions.ts";
import { isBankDebit } from "./shapes/bank-debits.ts";
import { customer, invoice, invoicePayment, price, product } from "./shapes/billing.ts";
import { account, application, applicationFee, feeRefund, transfer, transferReversal } from "./shapes/connect.ts";
import { customerBalanceTransaction } from "./shapes/credit-notes.ts";
import {
  type Birth,
  balanceTransaction,
  charge,
  chargeOf,
  type Given,
  paymentMethod,
  pendingDebit,
} from "./shapes/payments.ts";
import { API_VERSION, createWorld, isConnected, type World, worldOf } from "./world.ts";

/** `stripe_account` is the connected account that the object lives in, as the header of a request names it. */
export type GivenObject = { object: ResourceName; livemode?: boolean; stripe_account?: string } & Record<
  string,
  unknown
>;

export interface Seeded {
  put: number;
  /** The ids of the added objects. */
  made: string[];
  objects: AnyResource[];
}

export function isGivenObject(value: unknown): value is GivenObject {
  return typeof value === "object" && value !== null && "object" in value && isResourceName(value.object);
}

/** What others are completed from comes first, and what is completed from others last, whatever the order given. */
const FIRST: readonly ResourceName[] = ["customer", "payment_method", "price", "product"];
const LAST: readonly ResourceName[] = ["credit_note", "dispute", "radar.early_fraud_warning", "refund", "review"];

export function seedObjects(world: World, given: readonly GivenObject[]): Seeded {
  const phases: GivenObject[][] = [[], [], [], []];
  for (const item of given) phases[phaseOf(item.object)]?.push(item);
  const seeded = phases.flatMap((items) =>
    [...Map.groupBy(items, (item) => item.stripe_account ?? null)].map(([account, theirs]) =>
      seedTogether(viewFor(world, theirs, account), theirs),
    ),
  );
  const objects = seeded.flatMap((each) => each.objects);
  return { put: objects.length, made: seeded.flatMap(({ made }) => made.map(({ id }) => id)), objects };
}

function phaseOf(name: ResourceName): number {
  if (name === "account") return 0;
  if (FIRST.includes(name)) return 1;
  return LAST.includes(name) ? 3 : 2;
}

/** Objects that are stored already stay in their account. */
function viewFor(world: World, given: readonly GivenObject[], account: string | null): World {
  if (account === null) return worldOf(world, null);
  if (!isConnected(world, account)) throw new Error(`There is no connected account ${account}.`);
  const strange = given.find(({ object }) => object === "account" || object.startsWith("application_fee"));
  if (strange !== undefined) throw new Error(`An object "${strange.object}" is the platform's.`);
  return worldOf(world, account);
}

function seedTogether(world: World, given: readonly GivenObject[]): { objects: AnyResource[]; made: AnyResource[] } {
  const objects = given.map((item) => {
    const object = complete(world, item);
    world.store.put(object);
    return object;
  });
  const made = objects.flatMap((object) => neighboursOf(world, object));
  for (const object of made) world.store.put(object);
  for (const object of [...objects, ...made])
    if (object.object === "charge") made.push(...transactionFor(world, object));
  return { objects, made };
}

type Factory<Name extends ResourceName> = (
  birth: Birth,
  given: Given<Resources[Name]>,
  world: World,
) => Resources[Name];

const FACTORIES: { [Name in ResourceName]: Factory<Name> } = {
  account,
  application,
  application_fee: applicationFee,
  balance_transaction: (birth, given) => balanceTransaction(birth, { amount: 0, currency: "usd", ...given }),
  charge,
  credit_note: creditNoteOf,
  customer,
  customer_balance_transaction: customerBalanceTransaction,
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
  fee_refund: feeRefund,
  invoice,
  invoice_payment: invoicePayment,
  mandate: mandateOf,
  payment_intent: paymentIntentOf,
  payment_method: paymentMethod,
  price: (birth, given) => price(birth, { unit_amount: 1000, ...given }),
  product,
  "radar.early_fraud_warning": warningOf,
  refund: refundOf,
  review: reviewOf,
  subscription: subscriptionWithItems,
  transfer,
  transfer_reversal: transferReversal,
};

/** A default object of the type, which shows its fields. */
export function sampleOf(name: ResourceName): AnyResource {
  return complete(createWorld(), { object: name });
}

function complete(world: World, given: GivenObject): AnyResource {
  const nowSeconds = typeof given.created === "number" ? given.created : world.clock.nowSeconds();
  const birth: Birth = { nowSeconds, livemode: given.livemode ?? false };
  const factory = FACTORIES[given.object] as (birth: Birth, given: object, world: World) => AnyResource;
  const { stripe_account: _, ...fields } = given;
  return factory(birth, fields, world);
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
    case "credit_note":
      showOnInvoice(world, object);
      return [];
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

/** An intent that is paid, held, or a debit under way has a charge. */
function chargeFor(world: World, intent: Stripe.PaymentIntent): Stripe.Charge[] {
  const { store } = world;
  if (intent.latest_charge === null && intent.status === "processing") return [debitFor(world, intent)];
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

function debitFor(world: World, intent: Stripe.PaymentIntent): Stripe.Charge {
  const methodId = idOf(intent.payment_method);
  const type = world.store.get("payment_method", methodId)?.type;
  const made = chargeOf({ nowSeconds: intent.created, livemode: intent.livemode }, intent, {
    ...pendingDebit(isBankDebit(type) ? type : "us_bank_account"),
    id: `py_${intent.id.replace(/^pi_/, "")}`,
    payment_method: methodId,
  });
  intent.latest_charge = made.id;
  world.store.put(intent);
  return made;
}

/** A captured charge has moved the balance. */
function transactionFor(world: World, charged: Stripe.Charge): Stripe.BalanceTransaction[] {
  if (!charged.captured || charged.status !== "succeeded" || charged.balance_transaction !== null) return [];
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
  const context = { world, livemode: charged.livemode, requestId: null, idempotencyKey: null };
  shareOut(context, charged, amount);
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
  const id = `pm_${buyer.id.replace(/^cus_/, "")}`;
  const isKnown = world.store.get("payment_method", id) !== undefined;
  const birth: Birth = { nowSeconds: buyer.created, livemode: buyer.livemode };
  buyer.invoice_settings.default_payment_method = id;
  world.store.put(buyer);
  return isKnown ? [] : [paymentMethod(birth, { id, customer: buyer.id })];
}

function markDisputed(world: World, opened: Stripe.Dispute): void {
  const charged = world.store.get("charge", idOf(opened.charge));
  if (charged === undefined || charged.disputed) return;
  charged.disputed = true;
  world.store.put(charged);
}
