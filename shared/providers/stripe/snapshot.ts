import type Stripe from "stripe";
import type { Failure } from "../../contracts/failure.ts";
import type { Decline, PaymentSnapshot, PaymentStatus } from "../../contracts/provider.ts";
import { isAmountMinor } from "../../core/money.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { declineIn, methodOf } from "./declines.ts";
import { actionIdIn, idOf, toMs } from "./fields.ts";
import { invoiceFields } from "./invoices.ts";

type Snapshot = Result<PaymentSnapshot, Failure>;

/** What further reads fill in. The account is that of the read. */
const NOT_READ = {
  account: null,
  refunds: null,
  invoiceParts: null,
  connect: null,
  disputes: null,
  subscription: null,
  agreement: null,
} as const satisfies Partial<PaymentSnapshot>;

/** `intent.latest_charge` must be expanded. */
export function snapshotOfIntent(intent: Stripe.PaymentIntent, invoice: Stripe.Invoice | null): Snapshot {
  const charge = typeof intent.latest_charge === "object" ? intent.latest_charge : null;
  return checked({
    ...NOT_READ,
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
    method: methodOf(charge?.payment_method_details?.type ?? intent.last_payment_error?.payment_method?.type),
    destination: idOf(intent.transfer_data?.destination) ?? idOf(charge?.transfer_data?.destination),
    triedMethod: triedMethodOf(intent.last_payment_error ?? null, charge),
    actionId: actionIdIn(intent.metadata),
    riskLevel: charge?.outcome?.risk_level ?? null,
    createdAt: toMs(intent.created),
    capturedAt: capturedAtOf(charge),
    decline: declineOfTry(intent.last_payment_error ?? null, charge),
    declinedAt: declinedAtOf(charge),
  });
}

/** A charge without a payment intent: it is its own payment, and its refunds are listed and made by charge. */
export function snapshotOfCharge(charge: Stripe.Charge, invoice: Stripe.Invoice | null): Snapshot {
  const held = charge.status === "succeeded" && !charge.captured;
  return checked({
    ...NOT_READ,
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
    method: methodOf(charge.payment_method_details?.type),
    destination: idOf(charge.transfer_data?.destination),
    triedMethod: triedMethodOf(null, charge),
    actionId: actionIdIn(charge.metadata),
    riskLevel: charge.outcome?.risk_level ?? null,
    createdAt: toMs(charge.created),
    capturedAt: capturedAtOf(charge),
    decline: declineOfTry(null, charge),
    declinedAt: declinedAtOf(charge),
  });
}

/** An invoice without a payment: nothing was captured, and nothing can be refunded through us. */
export function snapshotOfInvoice(invoice: Stripe.Invoice): Snapshot {
  return checked({
    ...NOT_READ,
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
    method: null,
    destination: null,
    triedMethod: null,
    actionId: null,
    riskLevel: null,
    createdAt: toMs(invoice.created),
    capturedAt: null,
    decline: null,
    declinedAt: null,
  });
}

/** https://docs.stripe.com/payments/paymentintents/lifecycle */
export function statusOfIntent(status: string): PaymentStatus {
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
const refundedMinorOf = (charge: Stripe.Charge): number =>
  Math.max(0, charge.amount_refunded - releasedMinorOf(charge));

/** More may be captured than was authorised (https://docs.stripe.com/payments/overcapture): then nothing was released. */
export const releasedMinorOf = ({ captured, amount, amount_captured }: Stripe.Charge): number =>
  captured ? Math.max(0, amount - amount_captured) : 0;

/** Stripe states when a charge was made, not when it was captured, which may be some days later. */
function capturedAtOf(charge: Stripe.Charge | null): number | null {
  return charge?.captured === true && charge.amount_captured > 0 ? toMs(charge.created) : null;
}

/** The intent's last error and the newest charge, if that failed, are of one try: the stricter counts. */
function declineOfTry(
  error: Stripe.PaymentIntent.LastPaymentError | null,
  charge: Stripe.Charge | null,
): Decline | null {
  const failed = charge?.status === "failed" ? charge : null;
  return error === null && failed === null ? null : declineIn(error, failed);
}

/** The intent's last error and the newest charge are of one try: where they name two methods, neither is known. */
function triedMethodOf(
  error: Stripe.PaymentIntent.LastPaymentError | null,
  charge: Stripe.Charge | null,
): string | null {
  const named = [charge?.payment_method ?? null, idOf(error?.payment_method)].filter((id) => id !== null);
  return new Set(named).size === 1 ? (named[0] ?? null) : null;
}

/** Each try is a charge of its own: https://docs.stripe.com/api/payment_intents/object#payment_intent_object-latest_charge */
const declinedAtOf = (charge: Stripe.Charge | null): number | null =>
  charge?.status === "failed" ? toMs(charge.created) : null;

/** A missing amount must not count as zero in a sum that limits money, so such an answer is a failure. */
function checked(snapshot: PaymentSnapshot): Snapshot {
  const { invoiceState } = snapshot;
  const amounts = [
    snapshot.amountMinor,
    snapshot.capturedMinor,
    snapshot.capturableMinor,
    snapshot.refundedMinor,
    ...(invoiceState === null ? [] : [invoiceState.amountRemainingMinor, invoiceState.amountPaidMinor]),
    ...(invoiceState?.payments ?? []).map(({ paidMinor }) => paidMinor),
  ];
  if (amounts.every(isAmountMinor) && typeof snapshot.currency === "string") return ok(snapshot);
  const what = snapshot.payment ?? snapshot.invoice;
  return err({
    reason: "provider_refused",
    detail: `Stripe's answer about ${what} has an amount or a currency that we cannot read; look at it in the dashboard`,
  });
}
