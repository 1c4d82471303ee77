import type Stripe from "stripe";
import type { Failure } from "../../contracts/failure.ts";
import type { Decline, InvoiceState, PaymentSnapshot, PaymentStatus, RefundView } from "../../contracts/provider.ts";
import { isAmountMinor } from "../../core/money.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { declineOf } from "./declines.ts";
import { adviceOf } from "./errors.ts";

type Snapshot = Result<PaymentSnapshot, Failure>;

/** `intent.latest_charge` must be expanded. */
export function snapshotOfIntent(intent: Stripe.PaymentIntent, invoice: Stripe.Invoice | null): Snapshot {
  const charge = typeof intent.latest_charge === "object" ? intent.latest_charge : null;
  return checked({
    payment: intent.id,
    charge: charge?.id ?? null,
    customer: idOf(intent.customer) ?? idOf(invoice?.customer),
    ...invoiceFields(invoice),
    mode: intent.livemode ? "live" : "test",
    currency: intent.currency,
    status: statusOfIntent(intent.status),
    amountMinor: intent.amount,
    capturedMinor: charge === null ? intent.amount_received : charge.amount_captured,
    capturableMinor: intent.amount_capturable,
    refundedMinor: charge === null ? 0 : refundedMinorOf(charge),
    disputed: charge?.disputed ?? false,
    riskLevel: charge?.outcome?.risk_level ?? null,
    createdAt: toMs(intent.created),
    capturedAt: capturedAtOf(charge),
    decline: declineIn(intent.last_payment_error ?? null, charge),
    declinedAt: declinedAtOf(charge),
  });
}

/** A charge without a payment intent: it is its own payment, and its refunds are listed and made by charge. */
export function snapshotOfCharge(charge: Stripe.Charge, invoice: Stripe.Invoice | null): Snapshot {
  const held = charge.status === "succeeded" && !charge.captured;
  return checked({
    payment: charge.id,
    charge: charge.id,
    customer: idOf(charge.customer) ?? idOf(invoice?.customer),
    ...invoiceFields(invoice),
    mode: charge.livemode ? "live" : "test",
    currency: charge.currency,
    status: held ? "held" : statusOfCharge(charge.status),
    amountMinor: charge.amount,
    capturedMinor: charge.amount_captured,
    capturableMinor: held ? charge.amount : 0,
    refundedMinor: refundedMinorOf(charge),
    disputed: charge.disputed,
    riskLevel: charge.outcome?.risk_level ?? null,
    createdAt: toMs(charge.created),
    capturedAt: capturedAtOf(charge),
    decline: declineIn(null, charge),
    declinedAt: declinedAtOf(charge),
  });
}

/** An invoice without a payment: nothing was captured, and nothing can be refunded through us. */
export function snapshotOfInvoice(invoice: Stripe.Invoice): Snapshot {
  return checked({
    payment: null,
    charge: null,
    customer: idOf(invoice.customer),
    ...invoiceFields(invoice),
    mode: invoice.livemode ? "live" : "test",
    currency: invoice.currency,
    status: invoice.status === "open" ? "unpaid" : "other",
    amountMinor: invoice.amount_due,
    capturedMinor: 0,
    capturableMinor: 0,
    refundedMinor: 0,
    disputed: false,
    riskLevel: null,
    createdAt: toMs(invoice.created),
    capturedAt: null,
    decline: null,
    declinedAt: null,
  });
}

export function refundViewOf(refund: Stripe.Refund): RefundView {
  return {
    id: refund.id,
    amountMinor: refund.amount,
    currency: refund.currency,
    status: refundStatusOf(refund.status),
    actionId: refund.metadata?.action_id ?? null,
    failureReason: refund.failure_reason ?? null,
    createdAt: toMs(refund.created),
  };
}

/** A refund with an unknown status may still pay out, so it counts as pending, never as failed. */
export function refundStatusOf(status: string | null): RefundView["status"] {
  switch (status) {
    case "succeeded":
    case "failed":
    case "canceled":
    case "requires_action":
      return status;
    default:
      return "pending";
  }
}

export type InvoiceLink = { kind: "none" | "ambiguous" } | { kind: "intent" | "charge"; id: string };

/**
 * The payment of an invoice (with `payments` expanded). Since API version 2025-03-31 an invoice may have several:
 * https://docs.stripe.com/changelog/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices
 * The paid one; if several are paid, `ambiguous`; if none is, the one that Stripe keeps trying.
 */
export function paymentOfInvoice(invoice: Stripe.Invoice): InvoiceLink {
  const payments = (invoice.payments?.data ?? []).map((payment) => ({ payment, link: linkOf(payment) }));
  const paid = payments.filter(({ payment, link }) => payment.status === "paid" && link.kind !== "none");
  if (paid.length > 1 || invoice.payments?.has_more === true) return { kind: "ambiguous" };
  const open = payments.filter(({ payment }) => payment.status === "open");
  const chosen = paid[0] ?? open.find(({ payment }) => payment.is_default) ?? open[0];
  return chosen?.link ?? { kind: "none" };
}

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
      if (payment.status === status && typeof invoice === "object" && !("deleted" in invoice && invoice.deleted)) {
        return invoice as Stripe.Invoice;
      }
    }
  }
  return null;
}

export function idOf(field: string | { id: string } | null | undefined): string | null {
  return typeof field === "string" ? field : (field?.id ?? null);
}

function invoiceFields(invoice: Stripe.Invoice | null): Pick<PaymentSnapshot, "invoice" | "invoiceState"> {
  return { invoice: invoice?.id ?? null, invoiceState: invoice === null ? null : invoiceStateOf(invoice) };
}

function invoiceStateOf(invoice: Stripe.Invoice): InvoiceState {
  return {
    status: (invoice.status ?? "draft") as InvoiceState["status"],
    amountRemainingMinor: invoice.amount_remaining,
    attemptCount: invoice.attempt_count,
    nextAttemptAt: invoice.next_payment_attempt === null ? null : toMs(invoice.next_payment_attempt),
  };
}

/** https://docs.stripe.com/payments/paymentintents/lifecycle */
function statusOfIntent(status: string): PaymentStatus {
  switch (status) {
    case "succeeded":
      return "paid";
    case "requires_capture":
      return "held";
    case "requires_payment_method":
      return "unpaid";
    case "requires_action":
      return "needs_action";
    case "processing":
    case "canceled":
      return status;
    default:
      return "other";
  }
}

function statusOfCharge(status: string): PaymentStatus {
  if (status === "succeeded") return "paid";
  if (status === "pending") return "processing";
  return status === "failed" ? "unpaid" : "other";
}

/**
 * Stripe's `amount_refunded` includes pending refunds, and also what was authorised and not captured: "any additional amount
 * will be automatically refunded" (https://docs.stripe.com/api/charges/capture). The latter is subtracted.
 */
function refundedMinorOf(charge: Stripe.Charge): number {
  const releasedMinor = charge.amount - charge.amount_captured;
  return Math.max(0, charge.amount_refunded - releasedMinor);
}

/** Stripe states when a charge was made, not when it was captured, which may be some days later. */
function capturedAtOf(charge: Stripe.Charge | null): number | null {
  return charge?.captured === true && charge.amount_captured > 0 ? toMs(charge.created) : null;
}

function declineIn(error: Stripe.PaymentIntent.LastPaymentError | null, charge: Stripe.Charge | null): Decline | null {
  if (error !== null) {
    return declineOf(error.decline_code ?? error.code ?? null, adviceOf(error.advice_code, error.network_advice_code));
  }
  if (charge?.status !== "failed") return null;
  return declineOf(
    charge.outcome?.reason ?? charge.failure_code,
    adviceOf(charge.outcome?.advice_code, charge.outcome?.network_advice_code),
  );
}

/** Each try is a charge of its own: https://docs.stripe.com/api/payment_intents/object#payment_intent_object-latest_charge */
const declinedAtOf = (charge: Stripe.Charge | null): number | null =>
  charge?.status === "failed" ? toMs(charge.created) : null;

const toMs = (seconds: number): number => seconds * 1_000;

/** A missing amount must not count as zero in a sum that limits money, so such an answer is a failure. */
function checked(snapshot: PaymentSnapshot): Snapshot {
  const amounts = [
    snapshot.amountMinor,
    snapshot.capturedMinor,
    snapshot.capturableMinor,
    snapshot.refundedMinor,
    snapshot.invoiceState?.amountRemainingMinor ?? 0,
  ];
  if (amounts.every(isAmountMinor) && typeof snapshot.currency === "string") return ok(snapshot);
  const what = snapshot.payment ?? snapshot.invoice;
  return err({
    reason: "provider_refused",
    detail: `Stripe's answer about ${what} has an amount or a currency that we cannot read; look at it in the dashboard`,
  });
}
