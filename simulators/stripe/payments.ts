/** One attempt to collect money, used to confirm an intent and to pay an invoice. */

import type Stripe from "stripe";

import { type Refusal, refusal } from "./errors.ts";
import { newId } from "./ids.ts";
import { type Decline, declineFields, declineOfTestMethod } from "./outcomes.ts";
import { idOf } from "./resources.ts";
import { authorized, balanceTransaction, chargeOf, paymentMethod } from "./shapes/payments.ts";
import { birthIn, type Context, emit, need, save, snapshot } from "./world.ts";

export type Attempt =
  | { kind: "succeeded"; charge: Stripe.Charge }
  | { kind: "held"; charge: Stripe.Charge }
  | { kind: "requires_action" }
  | { kind: "declined"; charge: Stripe.Charge; decline: Decline };

/** Tries `intent` with the payment method; changes the intent, makes the charge and emits the events of the outcome. */
export function attemptPayment(
  context: Context,
  intent: Stripe.PaymentIntent,
  methodId: string,
  invoiceId: string | null,
): Attempt {
  const outcome = context.world.outcomes.nextPayment([intent.id, invoiceId, methodId, idOf(intent.customer)]);
  switch (outcome.kind) {
    case "requires_action":
      intent.status = "requires_action";
      intent.payment_method = methodId;
      intent.next_action = { type: "use_stripe_sdk", use_stripe_sdk: {} } as Stripe.PaymentIntent.NextAction;
      save(context, intent);
      emit(context, "payment_intent.requires_action", intent);
      return { kind: "requires_action" };
    case "declined":
      return declined(context, intent, methodId, outcome.decline);
    case "succeeded":
      return intent.capture_method === "manual" ? held(context, intent, methodId) : paid(context, intent, methodId);
  }
}

function declined(context: Context, intent: Stripe.PaymentIntent, methodId: string, decline: Decline): Attempt {
  const charge = chargeOf(birthIn(context), intent, {
    status: "failed",
    payment_method: methodId,
    failure_code: decline.code,
    failure_message: decline.message,
    outcome: {
      ...authorized(),
      advice_code: decline.adviceCode,
      network_advice_code: decline.networkAdviceCode,
      network_decline_code: decline.networkDeclineCode,
      network_status: "declined_by_network",
      reason: decline.declineCode,
      seller_message: "The bank did not return any further details with this decline.",
      type: "issuer_declined",
    },
  });
  save(context, charge);
  const method = context.world.store.get("payment_method", methodId);
  intent.status = "requires_payment_method";
  intent.latest_charge = charge.id;
  intent.next_action = null;
  // A decline removes the method from the intent; the error still names it: https://docs.stripe.com/payments/paymentintents/lifecycle
  intent.payment_method = null;
  intent.last_payment_error = {
    ...declineFields(decline, charge.id),
    ...(method === undefined ? {} : { payment_method: snapshot(method) }),
  };
  save(context, intent);
  emit(context, "charge.failed", charge);
  emit(context, "payment_intent.payment_failed", intent);
  return { kind: "declined", charge, decline };
}

function paid(context: Context, intent: Stripe.PaymentIntent, methodId: string): Attempt {
  const charge = chargeOf(birthIn(context), intent, { payment_method: methodId });
  charge.balance_transaction = recordCharge(context, charge, charge.amount);
  save(context, charge);
  finish(intent, methodId, charge.id);
  intent.status = "succeeded";
  intent.amount_received = intent.amount;
  save(context, intent);
  emit(context, "charge.succeeded", charge);
  emit(context, "payment_intent.succeeded", intent);
  return { kind: "succeeded", charge };
}

function held(context: Context, intent: Stripe.PaymentIntent, methodId: string): Attempt {
  const charge = chargeOf(birthIn(context), intent, { payment_method: methodId, captured: false });
  save(context, charge);
  finish(intent, methodId, charge.id);
  intent.status = "requires_capture";
  intent.amount_capturable = intent.amount;
  save(context, intent);
  emit(context, "charge.succeeded", charge);
  emit(context, "payment_intent.amount_capturable_updated", intent);
  return { kind: "held", charge };
}

function finish(intent: Stripe.PaymentIntent, methodId: string, chargeId: string): void {
  intent.payment_method = methodId;
  intent.latest_charge = chargeId;
  intent.last_payment_error = null;
  intent.next_action = null;
}

/** The money of a captured charge arrives: 2.9% and 30 minor units of fee, Stripe's list price in the US. */
export function recordCharge(context: Context, charge: Stripe.Charge, amountMinor: number): string {
  const fee = Math.min(amountMinor, Math.round(amountMinor * 0.029) + 30);
  const transaction = balanceTransaction(birthIn(context), {
    amount: amountMinor,
    currency: charge.currency,
    description: charge.description,
    fee,
    fee_details: [
      {
        amount: fee,
        application: null,
        currency: charge.currency,
        description: "Stripe processing fees",
        type: "stripe_fee",
      },
    ],
    source: charge.id,
    type: "charge",
  });
  save(context, transaction);
  moveAvailable(context, charge.currency, transaction.net);
  return transaction.id;
}

/** Only limited currencies are counted. */
export function moveAvailable(context: Context, currency: string, amountMinor: number): void {
  const { availableMinorByCurrency, journal } = context.world;
  const availableMinor = availableMinorByCurrency.get(currency);
  if (availableMinor === undefined) return;
  availableMinorByCurrency.set(currency, availableMinor + amountMinor);
  journal.append({ kind: "balance", currency, availableMinor: availableMinor + amountMinor });
}

/** Stripe's 402, with the intent after the decline. */
export function cardError(intent: Stripe.PaymentIntent, charge: Stripe.Charge, decline: Decline): Refusal {
  return refusal(
    402,
    { ...declineFields(decline, charge.id), payment_intent: snapshot(intent) },
    { "stripe-should-retry": "false" },
  );
}

/** The id of the payment method that `token` names; a special test token makes a new one, as at Stripe. */
export function resolvePaymentMethod(context: Context, token: string, customerId: string | null): string {
  if (context.world.store.get("payment_method", token) !== undefined || !token.startsWith("pm_card_")) {
    return need(context, "payment_method", token, "payment_method").id;
  }
  const method = paymentMethod(birthIn(context), { id: newId("pm"), customer: customerId });
  save(context, method);
  const declineCode = declineOfTestMethod(token);
  if (declineCode !== null) {
    context.world.outcomes.set(method.id, { declines: [], refunds: [], alwaysDeclines: declineCode });
  }
  return method.id;
}
