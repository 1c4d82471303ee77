/** The types of stored objects, by Stripe's `object` name. Stored objects are unexpanded: they contain ids. */

import type Stripe from "stripe";

export interface Resources {
  /** With `created`, which lists need and the SDK has as optional. */
  account: Stripe.Account & { created: number };
  /** The platform itself, as its connected accounts see it. */
  application: Stripe.Application;
  application_fee: Stripe.ApplicationFee;
  balance_transaction: Stripe.BalanceTransaction;
  charge: Stripe.Charge;
  credit_note: Stripe.CreditNote;
  customer: Stripe.Customer;
  customer_balance_transaction: Stripe.CustomerBalanceTransaction;
  dispute: Stripe.Dispute;
  event: StoredEvent;
  fee_refund: Stripe.FeeRefund;
  invoice: Stripe.Invoice;
  invoice_payment: Stripe.InvoicePayment;
  mandate: Stripe.Mandate;
  payment_intent: Stripe.PaymentIntent;
  payment_method: Stripe.PaymentMethod;
  price: Stripe.Price;
  product: Stripe.Product;
  "radar.early_fraud_warning": Stripe.Radar.EarlyFraudWarning;
  refund: Stripe.Refund;
  review: Stripe.Review;
  subscription: Stripe.Subscription;
  transfer: Stripe.Transfer;
  transfer_reversal: Stripe.TransferReversal;
}

export type ResourceName = keyof Resources;
export type AnyResource = Resources[ResourceName];

/** Stripe's `Event` is a union of all its types; a store of any event needs the shape that they share. */
export interface StoredEvent {
  id: string;
  object: "event";
  /** Of a connected account's event only. */
  account?: string;
  api_version: string;
  created: number;
  data: { object: object; previous_attributes?: object };
  livemode: boolean;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
}

const ID_PREFIX: Record<ResourceName, string> = {
  account: "acct",
  application: "ca",
  application_fee: "fee",
  balance_transaction: "txn",
  charge: "ch",
  credit_note: "cn",
  customer: "cus",
  customer_balance_transaction: "cbtxn",
  dispute: "du",
  event: "evt",
  fee_refund: "fr",
  invoice: "in",
  invoice_payment: "inpay",
  mandate: "mandate",
  payment_intent: "pi",
  payment_method: "pm",
  price: "price",
  product: "prod",
  "radar.early_fraud_warning": "issfr",
  refund: "re",
  review: "prv",
  subscription: "sub",
  transfer: "tr",
  transfer_reversal: "trr",
};

/** The indexed fields, for lists and search. */
export const INDEXED: { [Name in ResourceName]?: Record<string, (object: Resources[Name]) => string | null> } = {
  balance_transaction: { source: (object) => idOf(object.source) },
  charge: {
    customer: (object) => idOf(object.customer),
    payment_intent: (object) => idOf(object.payment_intent),
    payment_method: (object) => object.payment_method,
  },
  credit_note: { invoice: (object) => idOf(object.invoice), customer: (object) => idOf(object.customer) },
  customer: { email: (object) => object.email },
  customer_balance_transaction: { customer: (object) => idOf(object.customer) },
  dispute: { charge: (object) => idOf(object.charge), payment_intent: (object) => idOf(object.payment_intent) },
  event: { type: (object) => object.type },
  fee_refund: { fee: (object) => idOf(object.fee) },
  invoice: {
    customer: (object) => idOf(object.customer),
    number: (object) => object.number,
    subscription: (object) => subscriptionOf(object),
  },
  invoice_payment: {
    invoice: (object) => idOf(object.invoice),
    payment_intent: (object) => idOf(object.payment.payment_intent),
  },
  payment_intent: { customer: (object) => idOf(object.customer) },
  payment_method: { customer: (object) => idOf(object.customer) },
  "radar.early_fraud_warning": {
    charge: (object) => idOf(object.charge),
    payment_intent: (object) => idOf(object.payment_intent),
  },
  refund: { charge: (object) => idOf(object.charge), payment_intent: (object) => idOf(object.payment_intent) },
  review: { charge: (object) => idOf(object.charge) },
  subscription: { customer: (object) => idOf(object.customer) },
  transfer: {
    destination: (object) => idOf(object.destination),
    source_transaction: (object) => idOf(object.source_transaction),
    transfer_group: (object) => object.transfer_group,
  },
  transfer_reversal: { transfer: (object) => idOf(object.transfer) },
};

/** The id in a field that is an id, an expanded object, or nothing. */
export function idOf(field: string | { id: string } | null | undefined): string | null {
  if (field === null || field === undefined) return null;
  return typeof field === "string" ? field : field.id;
}

/** Since 2025-03-31 an invoice names its subscription under `parent`. */
export function subscriptionOf(invoice: Stripe.Invoice): string | null {
  return idOf(invoice.parent?.subscription_details?.subscription);
}

/** Epoch seconds. A mandate and an application do not say when they were made. */
export function createdOf(object: AnyResource): number {
  return "created" in object ? object.created : 0;
}

export function isResourceName(name: unknown): name is ResourceName {
  return typeof name === "string" && Object.hasOwn(ID_PREFIX, name);
}
