/** The books: what was captured and refunded, so that a test can check that no money moved twice. */

import { idOf } from "./resources.ts";
import type { SubscriptionChange } from "./subscription-change.ts";
import type { World } from "./world.ts";

export interface Books {
  nowSeconds: number;
  counts: Record<string, number>;
  faults: Record<string, number>;
  refunds: BookedRefund[];
  captures: BookedCapture[];
  invoicePayments: { invoice: string | null; paymentIntent: string | null; amountMinor: number; currency: string }[];
  objects?: unknown[];
}

export interface SubscriptionBooks {
  subscriptions: BookedSubscription[];
  /** In the order made, replays left out. */
  subscriptionChanges: SubscriptionChange[];
}

export interface BookedRefund {
  id: string;
  charge: string | null;
  paymentIntent: string | null;
  amountMinor: number;
  currency: string;
  status: string | null;
  metadata: Record<string, string>;
  created: number;
  /** True for the uncaptured rest of an authorisation, which Stripe also shows as a refund: no money was sent. */
  released: boolean;
}

export interface BookedCapture {
  charge: string;
  paymentIntent: string | null;
  customer: string | null;
  amountMinor: number;
  amountCapturedMinor: number;
  amountRefundedMinor: number;
  currency: string;
  disputed: boolean;
}

export interface BookedSubscription {
  id: string;
  customer: string | null;
  status: string;
  /** Of `pause_collection`; the status says nothing of it. */
  pauseBehavior: string | null;
  cancelAtPeriodEnd: boolean;
  /** Of the first item. */
  price: string | null;
  prices: string[];
  currency: string;
}

export function booksOf(world: World, isFull: boolean): Books & SubscriptionBooks {
  const { store } = world;
  return {
    nowSeconds: world.clock.nowSeconds(),
    counts: store.countsByType(),
    faults: world.faults.countsByKind(),
    refunds: store.all("refund").map((refund) => ({
      id: refund.id,
      charge: idOf(refund.charge),
      paymentIntent: idOf(refund.payment_intent),
      amountMinor: refund.amount,
      currency: refund.currency,
      status: refund.status,
      metadata: refund.metadata ?? {},
      created: refund.created,
      released: refund.destination_details?.card?.type === "reversal",
    })),
    captures: store
      .all("charge")
      // A bank debit that is processing has taken nothing yet.
      .filter((charge) => charge.captured && charge.status === "succeeded")
      .map((charge) => ({
        charge: charge.id,
        paymentIntent: idOf(charge.payment_intent),
        customer: idOf(charge.customer),
        amountMinor: charge.amount,
        amountCapturedMinor: charge.amount_captured,
        amountRefundedMinor: charge.amount_refunded,
        currency: charge.currency,
        disputed: charge.disputed,
      })),
    invoicePayments: store
      .all("invoice_payment")
      .filter((link) => link.status === "paid")
      .map((link) => ({
        invoice: idOf(link.invoice),
        paymentIntent: idOf(link.payment.payment_intent),
        amountMinor: link.amount_paid ?? 0,
        currency: link.currency,
      })),
    subscriptions: store.all("subscription").map((subscription) => ({
      id: subscription.id,
      customer: idOf(subscription.customer),
      status: subscription.status,
      pauseBehavior: subscription.pause_collection?.behavior ?? null,
      cancelAtPeriodEnd: subscription.cancel_at_period_end,
      price: subscription.items.data[0]?.price.id ?? null,
      prices: subscription.items.data.map(({ price }) => price.id),
      currency: subscription.currency,
    })),
    subscriptionChanges: world.subscriptionChanges,
    ...(isFull ? { objects: [...store.everything()] } : {}),
  };
}
