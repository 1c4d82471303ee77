/** Makes the invoices of a subscription and collects them according to its status and `pause_collection`. */

import type Stripe from "stripe";

import { type ErrorBody, isRefusal } from "../errors.ts";
import { idOf } from "../resources.ts";
import { invoice as invoiceShape } from "../shapes/billing.ts";
import { birthIn, type Context, emit, save } from "../world.ts";
import { attemptInvoice, markPastDue } from "./invoice-collection.ts";
import { close, finalize, methodFor } from "./invoices.ts";

export type Reason = "subscription_create" | "subscription_cycle" | "subscription_update";

/** Makes a draft over the whole amount, without lines. It becomes `latest_invoice`. */
export function draftFor(
  context: Context,
  subscription: Stripe.Subscription,
  amount: number,
  reason: Reason,
): Stripe.Invoice {
  const customer = context.world.store.get("customer", idOf(subscription.customer));
  const period = subscription.items.data[0];
  const invoice = invoiceShape(
    { ...birthIn(context), livemode: subscription.livemode },
    {
      status: "draft",
      auto_advance: true,
      billing_reason: reason,
      collection_method: subscription.collection_method,
      currency: subscription.currency,
      customer: idOf(subscription.customer),
      customer_email: customer?.email ?? null,
      customer_name: customer?.name ?? null,
      parent: {
        quote_details: null,
        subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
        type: "subscription_details",
      },
      ...(period === undefined
        ? {}
        : { period_start: period.current_period_start, period_end: period.current_period_end }),
      total: amount,
    },
  );
  save(context, invoice);
  emit(context, "invoice.created", invoice);
  subscription.latest_invoice = invoice.id;
  return invoice;
}

/** A failed attempt is an answer here, not an error, because the change that caused the invoice remains. */
export function settle(
  context: Context,
  subscription: Stripe.Subscription,
  invoice: Stripe.Invoice,
  by: "manual" | "automatic",
): ErrorBody | null {
  const behavior = subscription.pause_collection?.behavior;
  // "Invoices will be created, but then immediately automatically closed" (the SDK on `status`).
  if (subscription.status === "unpaid" || behavior === "keep_as_draft") {
    invoice.auto_advance = false;
    save(context, invoice);
    return null;
  }
  finalize(context, invoice);
  if (invoice.status !== "open") return null;
  if (behavior !== undefined) {
    close(context, invoice.id, behavior === "void" ? "void" : "uncollectible");
    return null;
  }
  return invoice.collection_method === "send_invoice" ? null : attempt(context, invoice, by);
}

function attempt(context: Context, invoice: Stripe.Invoice, by: "manual" | "automatic"): ErrorBody | null {
  try {
    attemptInvoice(context, invoice, methodFor(context, invoice), by);
    return null;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (error.status !== 402) failWithoutMethod(context, invoice);
    return error.body;
  }
}

/** Without a payment method the attempt fails too, without a payment. */
function failWithoutMethod(context: Context, invoice: Stripe.Invoice): void {
  invoice.attempted = true;
  invoice.attempt_count += 1;
  save(context, invoice);
  emit(context, "invoice.payment_failed", invoice);
  markPastDue(context, invoice);
}

/** An ended subscription's open invoices stay open, and Stripe tries them no more (the SDK on `subscriptions.cancel`). */
export function stopCollecting(context: Context, subscription: Stripe.Subscription): void {
  for (const invoice of context.world.store.where("invoice", "subscription", subscription.id)) {
    if (!["draft", "open"].includes(invoice.status ?? "") || !invoice.auto_advance) continue;
    invoice.auto_advance = false;
    invoice.next_payment_attempt = null;
    save(context, invoice);
    emit(context, "invoice.updated", invoice, { auto_advance: true });
  }
}
