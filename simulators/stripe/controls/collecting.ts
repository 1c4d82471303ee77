/** What customers, banks, people in the dashboard and Stripe itself do to what is collected, beside the API. */

import type Stripe from "stripe";

import { isRefusal } from "../errors.ts";
import { authorise, cancel, captureIntent } from "../objects/authorisations.ts";
import { amountChanged, attemptInvoice, openInvoicesOf, recordInvoiceAttempt } from "../objects/invoice-collection.ts";
import { close, methodFor, pay } from "../objects/invoices.ts";
import { confirm } from "../objects/payment-intents.ts";
import { endSubscription, type Renewed, renew } from "../objects/subscription-cycle.ts";
import { settleDebit } from "../payments.ts";
import { subscriptionOf } from "../resources.ts";
import { detachMethod } from "../usable-methods.ts";
import { type Context, emit, mergeMetadata, save, type World } from "../world.ts";
import {
  amountIn,
  type Body,
  byItself,
  type Control,
  flagIn,
  known,
  metadataIn,
  requireOnly,
  textIn,
  wordIn,
} from "./control.ts";

export const collectingControls: Readonly<Record<string, Control>> = {
  "POST invoices/:id": changeInvoice,
  "POST invoices/:id/attempt": attemptByStripe,
  "POST invoices/:id/pay": payByHand,
  "POST subscriptions/:id": changeSubscription,
  "POST subscriptions/:id/renew": endPeriod,
  "POST payment_intents/:id": changeIntent,
  "POST payment_intents/:id/confirm": confirmByCustomer,
  "POST payment_intents/:id/capture": captureByHand,
  "POST payment_intents/:id/cancel": cancelByHand,
  "POST payment_intents/:id/settle": bankAnswers,
  "POST payment_methods/:id/detach": detachByHand,
};

const METHODS = ["charge_automatically", "send_invoice"] as const;

/** An open invoice changes under way; its default payment follows what remains. */
function changeInvoice(world: World, body: Body, id: string): Stripe.Invoice {
  requireOnly(body, "amountRemaining", "collectionMethod", "autoAdvance", "status");
  const invoice = known(world, "invoice", id);
  const context = byItself(world, invoice);
  const autoAdvance = flagIn(body, "autoAdvance");
  if (autoAdvance !== undefined) invoice.auto_advance = autoAdvance;
  if (body.collectionMethod !== undefined) invoice.collection_method = wordIn(body, "collectionMethod", METHODS);
  const remaining = amountIn(body, "amountRemaining", 0);
  if (remaining !== undefined) {
    if (invoice.status !== "open") throw new Error(`Invoice ${id} is ${invoice.status}.`);
    const previous = { amount_due: invoice.amount_due, amount_remaining: invoice.amount_remaining };
    const difference = remaining - invoice.amount_remaining;
    invoice.amount_remaining = remaining;
    invoice.amount_due += difference;
    invoice.total += difference;
    amountChanged(context, invoice, previous);
  } else {
    save(context, invoice);
    emit(context, "invoice.updated", invoice, {});
  }
  if (body.status !== undefined) close(context, id, wordIn(body, "status", ["void", "uncollectible"]));
  return invoice;
}

/** An attempt of Stripe's own retry schedule, e.g. a renewal: `nextPaymentAttempt` says when the next one would be. */
function attemptByStripe(world: World, body: Body, id: string): unknown {
  const invoice = world.store.get("invoice", id);
  if (invoice === undefined || invoice.status !== "open") throw new Error(`There is no open invoice ${id}.`);
  const payer = world.store.get("subscription", subscriptionOf(invoice));
  if (payer?.status === "canceled" && !invoice.auto_advance) {
    throw new Error(`Subscription ${payer.id} has ended: Stripe tries its invoice ${id} no more.`);
  }
  invoice.next_payment_attempt = typeof body.nextPaymentAttempt === "number" ? body.nextPaymentAttempt : null;
  const context = byItself(world, invoice);
  return outcomeOf(
    () => {
      attemptInvoice(context, invoice, methodFor(context, invoice), "automatic");
      return { invoice };
    },
    { invoice },
  );
}

/** The customer pays on the hosted page, or somebody marks the invoice as paid. */
function payByHand(world: World, body: Body, id: string): unknown {
  requireOnly(body, "payment_method", "paidOutOfBand");
  const invoice = known(world, "invoice", id);
  const method = textIn(body, "payment_method");
  const params = {
    ...(flagIn(body, "paidOutOfBand") === true ? { paid_out_of_band: true } : {}),
    ...(method === undefined ? {} : { payment_method: method }),
  };
  return outcomeOf(() => ({ invoice: pay(byItself(world, invoice), params, id) }), { invoice });
}

const SUBSCRIPTION_STATUSES = [
  "active",
  "canceled",
  "incomplete",
  "incomplete_expired",
  "past_due",
  "paused",
  "trialing",
  "unpaid",
] as const;
/** https://docs.stripe.com/api/subscriptions/object#subscription_object-cancellation_details-reason */
const ENDINGS = ["cancellation_requested", "payment_disputed", "payment_failed"] as const;
const BEHAVIORS = ["keep_as_draft", "mark_uncollectible", "void"] as const;

/** Somebody changes a subscription in the dashboard, or Stripe does; not in `subscriptionChanges`. */
function changeSubscription(world: World, body: Body, id: string): Stripe.Subscription {
  requireOnly(body, "status", "collectionMethod", "pauseBehavior", "reason");
  const subscription = known(world, "subscription", id);
  const context = byItself(world, subscription);
  const { status, collection_method, pause_collection } = subscription;
  if (body.collectionMethod !== undefined) subscription.collection_method = wordIn(body, "collectionMethod", METHODS);
  if (body.pauseBehavior === null) subscription.pause_collection = null;
  else if (body.pauseBehavior !== undefined) {
    subscription.pause_collection = { behavior: wordIn(body, "pauseBehavior", BEHAVIORS), resumes_at: null };
  }
  const wanted = body.status === undefined ? status : wordIn(body, "status", SUBSCRIPTION_STATUSES);
  if (wanted === "canceled") {
    endSubscription(context, subscription, body.reason === undefined ? undefined : wordIn(body, "reason", ENDINGS));
    return subscription;
  }
  subscription.status = wanted;
  save(context, subscription);
  emit(context, "customer.subscription.updated", subscription, { status, collection_method, pause_collection });
  return subscription;
}

/** A period ends, whatever the clock says. `nextPaymentAttempt` is for the invoice that this makes and does not collect. */
function endPeriod(world: World, body: Body, id: string): Renewed {
  const subscription = known(world, "subscription", id);
  const next = typeof body.nextPaymentAttempt === "number" ? body.nextPaymentAttempt : null;
  return renew(byItself(world, subscription), subscription, next);
}

/** `amount` of an intent that is not confirmed yet, `amountCapturable` of one that is held, `metadata` of any. */
function changeIntent(world: World, body: Body, id: string): Stripe.PaymentIntent {
  requireOnly(body, "amount", "amountCapturable", "metadata");
  const intent = known(world, "payment_intent", id);
  const context = byItself(world, intent);
  const metadata = metadataIn(body);
  if (metadata !== undefined) intent.metadata = mergeMetadata(intent.metadata, metadata);
  const amount = amountIn(body, "amount");
  if (amount !== undefined) {
    if (!OPEN.includes(intent.status)) throw new Error(`Payment intent ${id} is ${intent.status}.`);
    intent.amount = amount;
  }
  const capturable = amountIn(body, "amountCapturable");
  if (capturable !== undefined) {
    if (intent.status !== "requires_capture") throw new Error(`Payment intent ${id} is ${intent.status}.`);
    authorise(context, intent, capturable);
  }
  save(context, intent);
  return intent;
}

const OPEN = ["requires_payment_method", "requires_confirmation", "requires_action"];

/** The customer comes back and pays, on session. */
function confirmByCustomer(world: World, body: Body, id: string): unknown {
  requireOnly(body, "payment_method");
  const intent = known(world, "payment_intent", id);
  const method = textIn(body, "payment_method");
  const params = method === undefined ? {} : { payment_method: method };
  return outcomeOf(() => ({ intent: confirm(byItself(world, intent), params, id) }), { intent });
}

/** A capture in the dashboard. With `overcapture`, more than was authorised, as some cards allow. */
function captureByHand(world: World, body: Body, id: string): Stripe.PaymentIntent {
  requireOnly(body, "amount", "metadata", "overcapture");
  const intent = known(world, "payment_intent", id);
  if (intent.status !== "requires_capture") throw new Error(`Payment intent ${id} is ${intent.status}.`);
  const amount = amountIn(body, "amount") ?? intent.amount_capturable;
  if (amount > intent.amount_capturable && flagIn(body, "overcapture") !== true) {
    throw new Error(`Only ${intent.amount_capturable} can be captured; say overcapture: true for more.`);
  }
  intent.metadata = mergeMetadata(intent.metadata, metadataIn(body));
  captureIntent(byItself(world, intent), intent, amount);
  return intent;
}

function cancelByHand(world: World, body: Body, id: string): Stripe.PaymentIntent {
  requireOnly(body);
  return cancel(byItself(world, known(world, "payment_intent", id)), {}, id);
}

/** A debit that is processing arrives, or fails with the bank's code. */
function bankAnswers(world: World, body: Body, id: string): Stripe.PaymentIntent {
  requireOnly(body, "failureCode");
  const intent = known(world, "payment_intent", id);
  if (intent.status !== "processing") throw new Error(`Payment intent ${id} is ${intent.status}.`);
  const context: Context = byItself(world, intent);
  const invoices = openInvoicesOf(context, intent);
  const result = settleDebit(context, intent, textIn(body, "failureCode") ?? null);
  for (const invoice of invoices) recordInvoiceAttempt(context, invoice, intent, result, "manual");
  return intent;
}

function detachByHand(world: World, body: Body, id: string): Stripe.PaymentMethod {
  requireOnly(body);
  const method = known(world, "payment_method", id);
  return detachMethod(byItself(world, method), method);
}

/** A decline is an answer of the control, with what it left. */
function outcomeOf(run: () => object, left: object): object {
  try {
    return run();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { ...left, error: error.body };
  }
}
