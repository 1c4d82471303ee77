/** The books: what was captured and refunded, so that a test can check that no money moved twice. */

import { idOf } from "./resources.ts";
import type { SubscriptionChange } from "./subscription-change.ts";
import type { WholeWorld } from "./world.ts";

export interface Books {
  nowSeconds: number;
  counts: Record<string, number>;
  faults: Record<string, number>;
  refunds: BookedRefund[];
  captures: BookedCapture[];
  invoicePayments: BookedInvoicePayment[];
  objects?: unknown[];
}

/** What moved between the platform and its connected accounts. */
export interface ConnectBooks {
  transfers: BookedTransfer[];
  applicationFees: BookedFee[];
}

export interface SubscriptionBooks {
  subscriptions: BookedSubscription[];
  /** In the order made, replays left out. */
  subscriptionChanges: SubscriptionChange[];
}

/** An answer of the stand-in names every account; books that a test writes by hand may leave it out. */
interface Located {
  /** Null is the platform's own. */
  account?: string | null;
}

export interface BookedInvoicePayment extends Located {
  invoice: string | null;
  paymentIntent: string | null;
  amountMinor: number;
  currency: string;
}

export interface BookedTransfer {
  id: string;
  destination: string | null;
  charge: string | null;
  transferGroup: string | null;
  amountMinor: number;
  amountReversedMinor: number;
  currency: string;
}

export interface BookedFee {
  id: string;
  /** Whose charge it is of; the fee itself is the platform's. */
  account: string | null;
  charge: string | null;
  amountMinor: number;
  amountRefundedMinor: number;
  currency: string;
}

export interface BookedRefund extends Located {
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
  transferReversal?: string | null;
}

export interface BookedCapture extends Located {
  charge: string;
  paymentIntent: string | null;
  customer: string | null;
  amountMinor: number;
  amountCapturedMinor: number;
  amountRefundedMinor: number;
  currency: string;
  disputed: boolean;
  transfer?: string | null;
  applicationFee?: string | null;
}

export interface BookedSubscription extends Located {
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

export function booksOf(world: WholeWorld, isFull: boolean): Books & SubscriptionBooks & ConnectBooks {
  const { store } = world;
  return {
    nowSeconds: world.clock.nowSeconds(),
    counts: store.countsByType(),
    faults: world.faults.countsByKind(),
    refunds: store.all("refund").map((refund) => ({
      id: refund.id,
      account: store.accountOf(refund),
      charge: idOf(refund.charge),
      paymentIntent: idOf(refund.payment_intent),
      amountMinor: refund.amount,
      currency: refund.currency,
      status: refund.status,
      metadata: refund.metadata ?? {},
      created: refund.created,
      released: refund.destination_details?.card?.type === "reversal",
      transferReversal: idOf(refund.transfer_reversal),
    })),
    captures: store
      .all("charge")
      // A bank debit that is processing has taken nothing yet.
      .filter((charge) => charge.captured && charge.status === "succeeded")
      .map((charge) => ({
        account: store.accountOf(charge),
        charge: charge.id,
        paymentIntent: idOf(charge.payment_intent),
        customer: idOf(charge.customer),
        amountMinor: charge.amount,
        amountCapturedMinor: charge.amount_captured,
        amountRefundedMinor: charge.amount_refunded,
        currency: charge.currency,
        disputed: charge.disputed,
        transfer: idOf(charge.transfer),
        applicationFee: idOf(charge.application_fee),
      })),
    invoicePayments: store
      .all("invoice_payment")
      .filter((link) => link.status === "paid")
      .map((link) => ({
        account: store.accountOf(link),
        invoice: idOf(link.invoice),
        paymentIntent: idOf(link.payment.payment_intent),
        amountMinor: link.amount_paid ?? 0,
        currency: link.currency,
      })),
    transfers: store.all("transfer").map((transfer) => ({
      id: transfer.id,
      destination: idOf(transfer.destination),
      charge: idOf(transfer.source_transaction),
      transferGroup: transfer.transfer_group,
      amountMinor: transfer.amount,
      amountReversedMinor: transfer.amount_reversed,
      currency: transfer.currency,
    })),
    applicationFees: store.all("application_fee").map((fee) => ({
      id: fee.id,
      account: idOf(fee.account),
      charge: idOf(fee.originating_transaction) ?? idOf(fee.charge),
      amountMinor: fee.amount,
      amountRefundedMinor: fee.amount_refunded,
      currency: fee.currency,
    })),
    subscriptions: store.all("subscription").map((subscription) => ({
      account: store.accountOf(subscription),
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
