/** Collecting an invoice: the attempt at its payment intent, and what its outcome does to invoice and subscription. */

import type Stripe from "stripe";

import { invalidRequest, refusal } from "../errors.ts";
import { type Attempt, attemptPayment, cardError } from "../payments.ts";
import { idOf, subscriptionOf } from "../resources.ts";
import { invoicePayment } from "../shapes/billing.ts";
import { paymentIntent } from "../shapes/payments.ts";
import { birthIn, type Context, emit, save, snapshot } from "../world.ts";
import { applyPendingUpdate, subscriptionAwaiting } from "./pending-updates.ts";

/**
 * Whose attempt it was: Stripe's own retry schedule (`automatic`), an API caller's (`manual`), or one that decides
 * whether a subscription changes at all, and so leaves it as it is when it fails (`tentative`).
 */
type AttemptBy = "manual" | "automatic" | "tentative";

/** Tries to collect an open invoice. Throws the 402 of a decline, after its effects. */
export function attemptInvoice(context: Context, invoice: Stripe.Invoice, methodId: string, by: AttemptBy): void {
  const intent = intentOf(context, invoice);
  if (intent.status === "processing") {
    throw invalidRequest(`Invoice ${invoice.id} has a payment that is processing.`, {
      code: "payment_intent_unexpected_state",
    });
  }
  const attempt = attemptPayment(context, intent, methodId, { invoice: invoice.id, offSession: false });
  recordInvoiceAttempt(context, invoice, intent, attempt, by);
  if (attempt.kind === "declined") throw cardError(intent, attempt.charge, attempt.decline);
  if (attempt.kind !== "requires_action") return;
  throw refusal(402, {
    type: "card_error",
    code: "invoice_payment_intent_requires_action",
    message:
      "Payment for this invoice requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with the invoice.",
    payment_intent: snapshot(intent),
  });
}

/**
 * What an attempt at its payment intent does to an invoice, also when the intent was confirmed directly. Only the first
 * attempt and automatic ones count (the SDK on `Invoice.attempt_count`).
 */
export function recordInvoiceAttempt(
  context: Context,
  invoice: Stripe.Invoice,
  intent: Stripe.PaymentIntent,
  attempt: Attempt,
  by: AttemptBy,
): void {
  if (by === "automatic" || invoice.attempt_count === 0) invoice.attempt_count += 1;
  const previous = { attempted: invoice.attempted };
  invoice.attempted = true;
  save(context, invoice);
  switch (attempt.kind) {
    case "succeeded":
      recordPayment(context, invoice, intent);
      return;
    case "held":
    case "processing":
      return;
    case "requires_action":
      emit(context, "invoice.payment_action_required", invoice);
      return;
    case "declined":
      emit(context, "invoice.payment_failed", invoice);
      emit(context, "invoice.updated", invoice, previous);
      if (by !== "tentative") markPastDue(context, invoice);
      return;
  }
}

/** The invoices that `intent` pays and that may still be paid; one payment may pay several. */
export function openInvoicesOf(context: Context, intent: Stripe.PaymentIntent): Stripe.Invoice[] {
  const { store } = context.world;
  return store
    .where("invoice_payment", "payment_intent", intent.id)
    .filter(({ status }) => status === "open")
    .map((link) => store.get("invoice", idOf(link.invoice)))
    .filter((invoice) => invoice?.status === "open" || invoice?.status === "uncollectible")
    .filter((invoice) => invoice !== undefined);
}

export function markPaid(context: Context, invoice: Stripe.Invoice, amount: number): void {
  invoice.status = "paid";
  invoice.amount_paid += amount;
  invoice.amount_remaining = 0;
  invoice.next_payment_attempt = null;
  invoice.status_transitions.paid_at = context.world.clock.nowSeconds();
  save(context, invoice);
  emit(context, "invoice.updated", invoice, { status: "open" });
  emit(context, "invoice.paid", invoice);
  emit(context, "invoice.payment_succeeded", invoice);
  applyPendingUpdate(context, invoice);
  const subscription = context.world.store.get("subscription", subscriptionOf(invoice));
  if (subscription === undefined || !["past_due", "unpaid", "incomplete"].includes(subscription.status)) return;
  const previous = { status: subscription.status };
  subscription.status = "active";
  save(context, subscription);
  emit(context, "customer.subscription.updated", subscription, previous);
}

export function markPastDue(context: Context, invoice: Stripe.Invoice): void {
  const subscription = context.world.store.get("subscription", subscriptionOf(invoice));
  if (subscription === undefined || subscription.status !== "active") return;
  if (subscriptionAwaiting(context, invoice) !== undefined) return;
  subscription.status = "past_due";
  save(context, subscription);
  emit(context, "customer.subscription.updated", subscription, { status: "active" });
}

/** A payment of an invoice succeeded: of all that remains, or of a part, which leaves the invoice open. */
export function recordPayment(context: Context, invoice: Stripe.Invoice, intent: Stripe.PaymentIntent): void {
  const link = openLinks(context, invoice).find((each) => idOf(each.payment.payment_intent) === intent.id);
  const amount = link?.amount_requested || intent.amount_received;
  if (link !== undefined) {
    link.status = "paid";
    link.amount_requested = amount;
    link.amount_paid = amount;
    link.status_transitions.paid_at = context.world.clock.nowSeconds();
    save(context, link);
    emit(context, "invoice_payment.paid", link);
  }
  const applied = Math.min(amount, invoice.amount_remaining);
  invoice.amount_overpaid += amount - applied;
  if (applied === invoice.amount_remaining) {
    markPaid(context, invoice, applied);
    cancelOpenPayments(context, invoice);
    return;
  }
  const previous = { amount_paid: invoice.amount_paid, amount_remaining: invoice.amount_remaining };
  invoice.amount_paid += applied;
  invoice.amount_remaining -= applied;
  amountChanged(context, invoice, previous);
}

/** An open invoice asks for another amount: nothing more is due, or its default payment follows. */
export function amountChanged(context: Context, invoice: Stripe.Invoice, previous: object): void {
  if (invoice.status === "open" && invoice.amount_remaining === 0) {
    markPaid(context, invoice, 0);
    cancelOpenPayments(context, invoice);
    return;
  }
  const link = openLinks(context, invoice).find((each) => each.is_default);
  if (link !== undefined && invoice.status === "open") followInvoice(context, invoice, link);
  save(context, invoice);
  emit(context, "invoice.updated", invoice, previous);
}

function openLinks(context: Context, invoice: Stripe.Invoice): Stripe.InvoicePayment[] {
  return context.world.store.where("invoice_payment", "invoice", invoice.id).filter(({ status }) => status === "open");
}

/** Stripe keeps the default payment at the invoice's `amount_remaining` (the SDK on `InvoicePayment.is_default`). */
function followInvoice(context: Context, invoice: Stripe.Invoice, link: Stripe.InvoicePayment): void {
  const intent = context.world.store.get("payment_intent", idOf(link.payment.payment_intent));
  if (intent !== undefined && ["succeeded", "requires_capture", "processing"].includes(intent.status)) return;
  link.amount_requested = invoice.amount_remaining;
  save(context, link);
  if (intent === undefined || intent.amount === invoice.amount_remaining) return;
  intent.amount = invoice.amount_remaining;
  save(context, intent);
}

/** What is still asked for of a paid or void invoice is asked for no more. */
export function cancelOpenPayments(context: Context, invoice: Stripe.Invoice): void {
  const { store, clock } = context.world;
  for (const link of openLinks(context, invoice)) {
    link.status = "canceled";
    link.status_transitions.canceled_at = clock.nowSeconds();
    save(context, link);
    const intent = store.get("payment_intent", idOf(link.payment.payment_intent));
    if (intent === undefined || !link.is_default || !CANCELABLE.includes(intent.status)) continue;
    intent.status = "canceled";
    intent.canceled_at = clock.nowSeconds();
    intent.cancellation_reason = invoice.status === "void" ? "void_invoice" : "automatic";
    save(context, intent);
    emit(context, "payment_intent.canceled", intent);
  }
}

const CANCELABLE = ["requires_payment_method", "requires_confirmation", "requires_action"];

/** The intent of the invoice's open default payment, made at finalisation at Stripe and on demand here. */
export function intentOf(context: Context, invoice: Stripe.Invoice): Stripe.PaymentIntent {
  const link = openLinks(context, invoice).find((candidate) => candidate.is_default);
  const known = context.world.store.get("payment_intent", idOf(link?.payment.payment_intent));
  if (known?.status === "succeeded") {
    throw invalidRequest(`The payment ${known.id} of this invoice has already succeeded.`, {
      code: "payment_intent_unexpected_state",
    });
  }
  if (link !== undefined && known !== undefined && known.status !== "canceled") {
    followInvoice(context, invoice, link);
    return known;
  }
  const birth = { ...birthIn(context), livemode: invoice.livemode };
  const intent = paymentIntent(birth, {
    amount: invoice.amount_remaining,
    currency: invoice.currency,
    customer: idOf(invoice.customer),
    description: invoice.parent === null ? "Payment for Invoice" : "Subscription update",
    setup_future_usage: "off_session",
  });
  save(context, intent);
  emit(context, "payment_intent.created", intent);
  const made = invoicePayment(birth, {
    amount_requested: invoice.amount_remaining,
    currency: invoice.currency,
    invoice: invoice.id,
    payment: { payment_intent: intent.id, type: "payment_intent" },
  });
  save(context, made);
  return intent;
}
