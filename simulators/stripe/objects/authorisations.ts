/** Authorisations: raised, captured, released. https://docs.stripe.com/payments/place-a-hold-on-a-payment-method */

import type Stripe from "stripe";

import { announce, requireSplit, shareOut } from "../connect.ts";
import { invalidRequest, type Refusal } from "../errors.ts";
import { printMoney } from "../money.ts";
import { recordCharge } from "../payments.ts";
import { idOf } from "../resources.ts";
import { refund, transferDataOf } from "../shapes/payments.ts";
import { birthIn, type Context, emit, mergeMetadata, need, save, snapshot } from "../world.ts";
import { openInvoicesOf } from "./invoice-collection.ts";

export function capture(context: Context, params: Stripe.PaymentIntentCaptureParams, id: string): Stripe.PaymentIntent {
  const intent = need(context, "payment_intent", id, "intent");
  if (intent.status !== "requires_capture") {
    throw unexpectedState(
      intent,
      `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
    );
  }
  const amount = params.amount_to_capture ?? intent.amount_capturable;
  if (amount > intent.amount_capturable) {
    throw invalidRequest(
      `The amount to capture (${printMoney(amount, intent.currency)}) is greater than the amount that can be captured (${printMoney(intent.amount_capturable, intent.currency)}).`,
      { code: "amount_too_large", param: "amount_to_capture" },
    );
  }
  split(context, intent, params, amount);
  if (params.metadata !== undefined) intent.metadata = mergeMetadata(intent.metadata, params.metadata);
  captureIntent(context, intent, amount);
  return intent;
}

/** A capture may set the fee and the transfer anew, for what it takes. */
function split(
  context: Context,
  intent: Stripe.PaymentIntent,
  params: Stripe.PaymentIntentCaptureParams,
  amount: number,
): void {
  const fee = params.application_fee_amount ?? intent.application_fee_amount;
  const transfer = params.transfer_data ? params.transfer_data.amount : undefined;
  if (transfer !== undefined && !intent.transfer_data) {
    throw invalidRequest("You cannot set transfer_data on a PaymentIntent that was created without it.", {
      param: "transfer_data",
    });
  }
  const data = intent.transfer_data ?? null;
  const next = data && transfer !== undefined ? { ...data, amount: transfer } : data;
  requireSplit(context, { amount, application_fee_amount: fee, transfer_data: next });
  intent.application_fee_amount = fee;
  intent.transfer_data = next;
}

/** Captures and, for the rest of the authorisation, releases. */
export function captureIntent(context: Context, intent: Stripe.PaymentIntent, amount: number): void {
  const charge = context.world.store.get("charge", idOf(intent.latest_charge));
  intent.status = "succeeded";
  intent.amount_received = amount;
  intent.amount_capturable = 0;
  save(context, intent);
  if (charge !== undefined) {
    charge.captured = true;
    charge.amount_captured = amount;
    charge.balance_transaction = recordCharge(context, charge, amount);
    charge.application_fee_amount = intent.application_fee_amount;
    charge.transfer_data = transferDataOf(intent);
    shareOut(context, charge, amount);
    release(context, charge, charge.amount - amount);
    save(context, charge);
    emit(context, "charge.captured", charge, { captured: false });
    announce(context, charge);
  }
  emit(context, "payment_intent.succeeded", intent);
}

/**
 * What is authorised and not captured shows as refunded: Stripe makes a refund of it, which moves no money and so has no
 * balance transaction. `amount - amount_refunded` stays what can still be refunded.
 */
function release(context: Context, charge: Stripe.Charge, amount: number): void {
  if (amount <= 0) return;
  save(
    context,
    refund(birthIn(context), {
      amount,
      charge: charge.id,
      currency: charge.currency,
      payment_intent: idOf(charge.payment_intent),
      destination_details: { card: { type: "reversal" }, type: "card" },
    }),
  );
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded >= charge.amount;
}

export function cancel(context: Context, params: Stripe.PaymentIntentCancelParams, id: string): Stripe.PaymentIntent {
  const intent = need(context, "payment_intent", id, "intent");
  const cancelable = [
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
    "processing",
  ];
  if (!cancelable.includes(intent.status)) {
    throw unexpectedState(
      intent,
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: ${cancelable.join(", ")}.`,
    );
  }
  requireNoInvoice(context, intent);
  const charge =
    intent.status === "requires_capture" ? context.world.store.get("charge", idOf(intent.latest_charge)) : undefined;
  intent.status = "canceled";
  intent.amount_capturable = 0;
  intent.canceled_at = context.world.clock.nowSeconds();
  intent.cancellation_reason = params.cancellation_reason ?? null;
  save(context, intent);
  if (charge !== undefined) {
    release(context, charge, charge.amount);
    save(context, charge);
    emit(context, "charge.refunded", charge, { amount_refunded: 0, refunded: false });
  }
  emit(context, "payment_intent.canceled", intent);
  return intent;
}

/**
 * Nobody captured it in time: the bank gets its money back, and Stripe cancels the payment.
 * https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
 */
export function expireHold(context: Context, intent: Stripe.PaymentIntent): Stripe.PaymentIntent {
  const charge = need(context, "charge", idOf(intent.latest_charge) ?? "", "charge");
  const previous = { amount_refunded: charge.amount_refunded, refunded: charge.refunded };
  intent.status = "canceled";
  intent.amount_capturable = 0;
  intent.canceled_at = context.world.clock.nowSeconds();
  intent.cancellation_reason = "automatic";
  save(context, intent);
  release(context, charge, charge.amount - charge.amount_refunded);
  save(context, charge);
  emit(context, "charge.expired", charge, previous);
  emit(context, "payment_intent.canceled", intent);
  return intent;
}

/** "The PaymentIntent associated with the default payment can't be edited or canceled directly" (the SDK on `is_default`). */
function requireNoInvoice(context: Context, intent: Stripe.PaymentIntent): void {
  const links = context.world.store.where("invoice_payment", "payment_intent", intent.id);
  const defaults = links.filter((link) => link.is_default).map((link) => idOf(link.invoice));
  const invoice = openInvoicesOf(context, intent).find(({ id }) => defaults.includes(id));
  if (invoice === undefined) return;
  throw unexpectedState(
    intent,
    `You cannot cancel this PaymentIntent because it pays invoice ${invoice.id}. Void the invoice instead.`,
  );
}

/** The bank holds more than before; https://docs.stripe.com/payments/incremental-authorization */
export function increment(
  context: Context,
  params: Stripe.PaymentIntentIncrementAuthorizationParams,
  id: string,
): Stripe.PaymentIntent {
  const intent = need(context, "payment_intent", id, "intent");
  if (intent.status !== "requires_capture") {
    throw unexpectedState(
      intent,
      `This PaymentIntent's authorization could not be incremented because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be incremented: requires_capture.`,
    );
  }
  if (params.amount <= intent.amount) {
    throw invalidRequest(
      `The amount (${printMoney(params.amount, intent.currency)}) must be greater than the currently authorized amount (${printMoney(intent.amount, intent.currency)}).`,
      { param: "amount" },
    );
  }
  if (params.description !== undefined) intent.description = params.description;
  if (params.metadata !== undefined) intent.metadata = mergeMetadata(intent.metadata, params.metadata);
  authorise(context, intent, params.amount);
  return intent;
}

/** Sets what is held, and so what can be captured. */
export function authorise(context: Context, intent: Stripe.PaymentIntent, amount: number): void {
  const previous = { amount: intent.amount, amount_capturable: intent.amount_capturable };
  intent.amount = amount;
  intent.amount_capturable = amount;
  save(context, intent);
  const charge = context.world.store.get("charge", idOf(intent.latest_charge));
  if (charge !== undefined) {
    const before = { amount: charge.amount };
    charge.amount = amount;
    if (charge.payment_method_details?.card) charge.payment_method_details.card.amount_authorized = amount;
    save(context, charge);
    emit(context, "charge.updated", charge, before);
  }
  emit(context, "payment_intent.amount_capturable_updated", intent, previous);
}

export function unexpectedState(intent: Stripe.PaymentIntent, message: string): Refusal {
  return invalidRequest(message, { code: "payment_intent_unexpected_state", payment_intent: snapshot(intent) });
}
