import { field, first, isObject, type Untyped } from "../untyped.ts";
import { declineIn } from "./declines.ts";

/** The fields of a Stripe object that we use, unchecked: an id may be an expanded object, an amount may be anything. */
export type Found = {
  payment?: unknown;
  charge?: unknown;
  invoice?: unknown;
  customer?: unknown;
  subscription?: unknown;
  dispute?: unknown;
  refund?: unknown;
  refundStatus?: unknown;
  amount?: unknown;
  currency?: unknown;
  declineCode?: unknown;
  adviceCode?: unknown;
  riskLevel?: unknown;
  attempt?: unknown;
  nextAttempt?: unknown;
  object?: unknown;
  disputeStatus?: unknown;
  disputeReason?: unknown;
  evidenceDueBy?: unknown;
  circumstance?: unknown;
};

/** Reads the references that have the same name in all objects, then those of this kind of object. `request`: of the event. */
export function readObject(object: Untyped, eventType: string, request: unknown): Found {
  const kind = object.object;
  const reader = typeof kind === "string" && Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  return {
    payment: object.payment_intent,
    charge: object.charge,
    invoice: object.invoice,
    customer: object.customer,
    subscription: object.subscription,
    ...reader?.(object, eventType, request),
  };
}

const readers: Record<string, (object: Untyped, eventType: string, request: unknown) => Found> = {
  charge: readCharge,
  payment_intent: readPaymentIntent,
  invoice: readInvoice,
  invoice_payment: (o) => ({
    payment: field(o, "payment", "payment_intent"),
    charge: field(o, "payment", "charge"),
    amount: first(o.amount_paid, o.amount_requested),
    currency: o.currency,
  }),
  subscription: (o, eventType, request) => ({
    subscription: o.id,
    invoice: o.latest_invoice,
    ...(eventType === "customer.subscription.deleted" ? { circumstance: endingOf(o, request) } : {}),
  }),
  customer: (o) => ({ customer: o.id }),
  dispute: (o) => ({
    ...readAmount(o),
    dispute: o.id,
    disputeStatus: o.status,
    disputeReason: o.reason,
    evidenceDueBy: field(o, "evidence_details", "due_by"),
  }),
  // A warning and a review identify a fact about a payment, as a dispute does. They share its field.
  "radar.early_fraud_warning": (o) => ({
    dispute: o.id,
    circumstance: o.actionable === false ? "not_actionable" : undefined,
  }),
  review: (o) => ({ dispute: o.id }),
  refund: (o) => ({ ...readAmount(o), refund: o.id, refundStatus: o.status, circumstance: o.failure_reason }),
  credit_note: (o) => ({ ...readAmount(o), refund: o.refund }),
  "checkout.session": (o) => ({ amount: o.amount_total, currency: o.currency, object: o.id }),
  setup_intent: (o) => readDecline(o.last_setup_error, undefined),
  order: readAmount,
  payout: (o) => ({ ...readAmount(o), object: o.id, circumstance: o.failure_code }),
  transfer: (o, eventType) => ({
    ...readAmount(o),
    ...(eventType === "transfer.failed" ? { object: o.id, circumstance: o.failure_code } : {}),
  }),
  account: (o) => ({ object: o.id, circumstance: restrictionOf(o) }),
  mandate: (o) => ({ object: o.id, circumstance: o.status }),
};

/** https://docs.stripe.com/api/accounts/object#account_object-charges_enabled. Undefined: it says nothing of either. */
function restrictionOf({ charges_enabled: charges, payouts_enabled: payouts }: Untyped): string | undefined {
  if (charges === false && payouts === false) return "charges_and_payouts_disabled";
  if (charges === false) return "charges_disabled";
  if (payouts === false) return "payouts_disabled";
  return charges === true && payouts === true ? "enabled" : undefined;
}

const ENDED_ON_PURPOSE: readonly unknown[] = [
  "cancellation_requested",
  "payment_disputed",
  "canceled_by_retention_policy",
];

/** Why a subscription ended. Undefined: the event does not say. A reason that is not known may be that nobody paid. */
function endingOf(o: Untyped, request: unknown): string | undefined {
  const reason = field(o, "cancellation_details", "reason");
  if (reason === undefined || reason === null) return isEndedByItself(o, request) ? "ended_otherwise" : undefined;
  if (reason === "payment_failed") return "unpaid";
  return ENDED_ON_PURPOSE.includes(reason) ? "ended_on_purpose" : "ended_otherwise";
}

/** Events of before 2023 have no reason. What no call asked for and no date was set for, Stripe ended where payments failed. */
function isEndedByItself(o: Untyped, request: unknown): boolean {
  const isUnexplained = (o.cancellation_details ?? null) === null;
  const isScheduled = o.cancel_at_period_end !== false || (o.cancel_at ?? null) !== null;
  return isUnexplained && !isScheduled && field(request, "id") === null;
}

function readAmount(o: Untyped): Found {
  return { amount: o.amount, currency: o.currency };
}

function readCharge(o: Untyped, eventType: string): Found {
  const failed = eventType === "charge.failed" || o.status === "failed";
  return {
    ...readRisk(o),
    ...(failed ? readDecline(undefined, o) : {}),
    charge: o.id,
    dispute: o.dispute,
    refund: field(o, "refunds", "data", 0),
    invoice: first(o.invoice, orderInvoice(o)),
    amount: chargeAmount(o, eventType),
    currency: o.currency,
  };
}

function chargeAmount(o: Untyped, eventType: string): unknown {
  if (eventType === "charge.refunded") return first(o.amount_refunded, o.amount);
  if (eventType === "charge.captured") return first(o.amount_captured, o.amount);
  return o.amount;
}

/** The strictest of what the error and the failed charge say; where they give no reason, that it was declined. */
function readDecline(error: unknown, charge: unknown): Found {
  const { code, advice } = declineIn(isObject(error) ? error : null, isObject(charge) ? charge : null);
  return {
    declineCode: first(code, field(error, "code"), field(charge, "failure_code")),
    adviceCode: advice,
  };
}

const readRisk = (charge: unknown): Found => ({ riskLevel: field(charge, "outcome", "risk_level") });

function readPaymentIntent(o: Untyped, eventType: string): Found {
  const error = o.last_payment_error;
  // API versions before 2022-11-15 have a list of charges, newest first, instead of `latest_charge`.
  const latest = first(o.latest_charge, field(o, "charges", "data", 0));
  const failed = eventType === "payment_intent.payment_failed";
  return {
    ...readDecline(error, failed ? latest : undefined),
    ...readRisk(latest),
    payment: o.id,
    charge: failed ? first(field(error, "charge"), latest) : latest,
    invoice: first(o.invoice, orderInvoice(o)),
    amount: intentAmount(o, eventType),
    currency: o.currency,
  };
}

function intentAmount(o: Untyped, eventType: string): unknown {
  if (eventType === "payment_intent.amount_capturable_updated") return o.amount_capturable;
  if (eventType === "payment_intent.succeeded") return first(o.amount_received, o.amount);
  return o.amount;
}

/** Since API version 2025-03-31 a payment names its invoice only here, as the order reference. */
function orderInvoice(o: Untyped): string | undefined {
  const reference = field(o, "payment_details", "order_reference");
  return typeof reference === "string" && /^in_/.test(reference) ? reference : undefined;
}

/**
 * Since 2025-03-31 an invoice carries a list of payments instead of a payment intent and a charge, and its
 * subscription under `parent`: https://docs.stripe.com/changelog/basil#2025-03-31.basil
 */
function readInvoice(o: Untyped, eventType: string): Found {
  const payment = invoicePayment(o);
  const intent = first(o.payment_intent, field(payment, "payment_intent"));
  const charge = first(o.charge, field(payment, "charge"), field(intent, "latest_charge"));
  const failed = eventType === "invoice.payment_failed";
  return {
    ...(failed ? { ...readRisk(charge), ...readDecline(field(intent, "last_payment_error"), charge) } : {}),
    payment: intent,
    charge,
    invoice: o.id,
    subscription: first(
      o.subscription,
      field(o, "parent", "subscription_details", "subscription"),
      field(o, "lines", "data", 0, "parent", "subscription_item_details", "subscription"),
      field(o, "lines", "data", 0, "subscription"),
    ),
    amount: invoiceAmount(o, eventType),
    currency: o.currency,
    attempt: o.attempt_count,
    nextAttempt: o.next_payment_attempt,
    ...(eventType === "invoice.finalization_failed"
      ? { circumstance: field(o, "last_finalization_error", "code") }
      : {}),
  };
}

/** The default payment of the invoice, or the newest. */
function invoicePayment(o: Untyped): unknown {
  const listed = field(o, "payments", "data");
  const payments = Array.isArray(listed) ? listed.filter(isObject) : [];
  return (payments.find((payment) => payment.is_default === true) ?? payments[0])?.payment;
}

/** The amount remaining after a failure, the amount paid after a payment, otherwise the amount due. */
function invoiceAmount(o: Untyped, eventType: string): unknown {
  switch (eventType) {
    case "invoice.payment_failed":
    case "invoice.payment_action_required":
      return first(o.amount_remaining, o.amount_due, o.total);
    case "invoice.paid":
    case "invoice.payment_succeeded":
      return first(o.amount_paid, o.total);
    default:
      return first(o.amount_due, o.total);
  }
}
