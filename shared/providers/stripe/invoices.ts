import type Stripe from "stripe";
import type { Collection, InvoicePaymentView, InvoiceState, PaymentSnapshot } from "../../contracts/provider.ts";
import { idOf, toMs } from "./fields.ts";

export type InvoiceLink = { kind: "none" | "ambiguous" } | { kind: "intent" | "charge"; id: string };

/** A refund is of what was paid; a try is at what is still owed. */
export type Purpose = "refund" | "collect";

/**
 * The payment of an invoice (with `payments` expanded). Since API version 2025-03-31 an invoice may have several:
 * https://docs.stripe.com/changelog/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices
 * To refund: the one that was paid, if it is only one. To collect an open invoice: the one that Stripe keeps trying.
 * Otherwise the one that was paid last.
 */
export function paymentOfInvoice(invoice: Stripe.Invoice, purpose: Purpose): InvoiceLink {
  if (invoice.payments?.has_more === true) return { kind: "ambiguous" };
  const payments = invoice.payments?.data ?? [];
  const open = payments.filter(({ status }) => status === "open");
  const tried = open.find(({ is_default }) => is_default) ?? open[0];
  const paid = payments.filter(({ status }) => status === "paid").sort((a, b) => paidAtOf(b) - paidAtOf(a));
  if (purpose === "refund" && paid.length > 1) return { kind: "ambiguous" };
  const isOwed = purpose === "collect" && invoice.status === "open";
  const chosen = isOwed ? (tried ?? paid[0]) : (paid[0] ?? tried);
  return chosen === undefined ? { kind: "none" } : linkOf(chosen);
}

/** What the newest payment of an invoice paid; null where none is told, or not all are. */
export function paidLastMinor({ payments }: Stripe.Invoice): number | null {
  if (payments === undefined || payments.has_more) return null;
  const paid = payments.data.filter(({ status }) => status === "paid");
  const [newest] = paid.toSorted((a, b) => paidAtOf(b) - paidAtOf(a) || Number(b.is_default) - Number(a.is_default));
  return newest?.amount_paid ?? null;
}

const paidAtOf = ({ status_transitions }: Stripe.InvoicePayment): number => status_transitions?.paid_at ?? 0;

function linkOf({ payment }: Stripe.InvoicePayment): InvoiceLink {
  const intent = idOf(payment.payment_intent);
  if (intent !== null) return { kind: "intent", id: intent };
  const charge = idOf(payment.charge);
  return charge === null ? { kind: "none" } : { kind: "charge", id: charge };
}

/** The invoice of a payment, from its invoice payments (with `invoice` expanded): a paid one first, then open, then cancelled. */
export function invoiceAmong(payments: Stripe.InvoicePayment[]): Stripe.Invoice | null {
  for (const status of ["paid", "open", "canceled"]) {
    for (const payment of payments) {
      const { invoice } = payment;
      if (payment.status === status && isWhole(invoice)) return invoice;
    }
  }
  return null;
}

export const isWhole = (invoice: Stripe.InvoicePayment["invoice"]): invoice is Stripe.Invoice =>
  typeof invoice === "object" && invoice !== null && !("deleted" in invoice && invoice.deleted);

export function invoiceFields(invoice: Stripe.Invoice | null): Pick<PaymentSnapshot, "invoice" | "invoiceState"> {
  return { invoice: invoice?.id ?? null, invoiceState: invoice === null ? null : invoiceStateOf(invoice) };
}

function invoiceStateOf(invoice: Stripe.Invoice): InvoiceState {
  return {
    status: (invoice.status ?? "draft") as InvoiceState["status"],
    amountRemainingMinor: invoice.amount_remaining,
    amountPaidMinor: invoice.amount_paid,
    attemptCount: invoice.attempt_count,
    nextAttemptAt: invoice.next_payment_attempt === null ? null : toMs(invoice.next_payment_attempt),
    subscription: subscriptionOf(invoice),
    collection: collectionOf(invoice.collection_method),
    method: null,
    isAutomatic: invoice.auto_advance === true,
    isAttempted: invoice.attempted === true,
    payments: (invoice.payments?.data ?? []).map(paymentViewOf),
  };
}

export const subscriptionOf = (invoice: Stripe.Invoice): string | null =>
  idOf(invoice.parent?.subscription_details?.subscription);

function paymentViewOf(one: Stripe.InvoicePayment): InvoicePaymentView {
  const { status, is_default, amount_paid, payment, status_transitions: at } = one;
  return {
    payment: idOf(payment.payment_intent) ?? idOf(payment.charge),
    status: status === "open" || status === "paid" || status === "canceled" ? status : "other",
    isDefault: is_default === true,
    paidMinor: amount_paid ?? 0,
    paidAt: typeof at?.paid_at === "number" ? toMs(at.paid_at) : null,
  };
}

/** https://docs.stripe.com/api/invoices/object#invoice_object-collection_method */
export function collectionOf(method: string | null | undefined): Collection {
  if (method === "charge_automatically") return "charged";
  return method === "send_invoice" ? "sent_by_customer" : "other";
}
