/** One attempt to collect money, used to confirm an intent and to pay an invoice. */

import type Stripe from "stripe";

import { announce, shareOut } from "./connect.ts";
import { bankFailureOf, type Decline, declineFields, declineOf, failedFields } from "./declines.ts";
import { type Refusal, refusal } from "./errors.ts";
import { newId } from "./ids.ts";
import { idOf } from "./resources.ts";
import { type BankDebit, bankChargeDetails, isBankDebit } from "./shapes/bank-debits.ts";
import { balanceTransaction, chargeOf, pendingDebit } from "./shapes/payments.ts";
import { attachMethod, requireUsable } from "./usable-methods.ts";
import { birthIn, type Context, emit, save, snapshot } from "./world.ts";

export type Attempt =
  | { kind: "succeeded"; charge: Stripe.Charge }
  | { kind: "held"; charge: Stripe.Charge }
  | { kind: "processing"; charge: Stripe.Charge }
  | { kind: "requires_action" }
  | { kind: "declined"; charge: Stripe.Charge; decline: Decline };

export interface Manner {
  invoice: string | null;
  /** The customer is not there: the method must be attached, and an authentication cannot be asked for. */
  offSession: boolean;
}

/** Tries `intent` with the payment method; changes the intent, makes the charge and emits the events of the outcome. */
export function attemptPayment(
  context: Context,
  intent: Stripe.PaymentIntent,
  methodId: string,
  { invoice, offSession }: Manner,
): Attempt {
  const customer = idOf(intent.customer);
  requireUsable(context, methodId, { customer, mustBeAttached: offSession || invoice !== null });
  const outcome = context.world.outcomes.nextPayment([intent.id, invoice, methodId, customer]);
  switch (outcome.kind) {
    case "requires_action":
      // https://docs.stripe.com/error-codes#authentication-required
      if (offSession) return declined(context, intent, methodId, declineOf("authentication_required"));
      intent.status = "requires_action";
      intent.payment_method = methodId;
      intent.next_action = { type: "use_stripe_sdk", use_stripe_sdk: {} } as Stripe.PaymentIntent.NextAction;
      save(context, intent);
      emit(context, "payment_intent.requires_action", intent);
      return { kind: "requires_action" };
    case "declined":
      return declined(context, intent, methodId, outcome.decline);
    case "succeeded":
      return taken(context, intent, methodId);
  }
}

function taken(context: Context, intent: Stripe.PaymentIntent, methodId: string): Attempt {
  const method = context.world.store.get("payment_method", methodId);
  if (isBankDebit(method?.type)) return processing(context, intent, methodId, method.type);
  return intent.capture_method === "manual" ? held(context, intent, methodId) : paid(context, intent, methodId);
}

function declined(context: Context, intent: Stripe.PaymentIntent, methodId: string, decline: Decline): Attempt {
  const type = context.world.store.get("payment_method", methodId)?.type;
  const reason = isBankDebit(type) ? bankFailureOf(decline.declineCode ?? decline.code) : decline;
  const charge = chargeOf(birthIn(context), intent, {
    payment_method: methodId,
    ...(isBankDebit(type) ? { id: newId("py"), payment_method_details: bankChargeDetails(type) } : {}),
    ...failedFields(reason),
  });
  return fail(context, intent, charge, reason);
}

function fail(context: Context, intent: Stripe.PaymentIntent, charge: Stripe.Charge, decline: Decline): Attempt {
  save(context, charge);
  const method = context.world.store.get("payment_method", charge.payment_method);
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

/** A bank answers a debit after days: https://docs.stripe.com/payments/bank-debits */
function processing(context: Context, intent: Stripe.PaymentIntent, methodId: string, type: BankDebit): Attempt {
  const charge = chargeOf(birthIn(context), intent, {
    ...pendingDebit(type),
    id: newId("py"),
    payment_method: methodId,
  });
  save(context, charge);
  finish(context, intent, methodId, charge.id);
  intent.status = "processing";
  save(context, intent);
  emit(context, "payment_intent.processing", intent);
  emit(context, "charge.pending", charge);
  return { kind: "processing", charge };
}

/** The bank's answer to a debit: without a failure code, the money arrives. */
export function settleDebit(context: Context, intent: Stripe.PaymentIntent, failureCode: string | null): Attempt {
  const charge = context.world.store.get("charge", idOf(intent.latest_charge));
  if (charge === undefined) throw new Error(`Payment intent ${intent.id} has no charge.`);
  if (failureCode !== null) {
    const decline = bankFailureOf(failureCode);
    Object.assign(charge, failedFields(decline));
    return fail(context, intent, charge, decline);
  }
  Object.assign(charge, { status: "succeeded", paid: true, amount_captured: charge.amount });
  return succeed(context, intent, charge);
}

function paid(context: Context, intent: Stripe.PaymentIntent, methodId: string): Attempt {
  const charge = chargeOf(birthIn(context), intent, { payment_method: methodId });
  finish(context, intent, methodId, charge.id);
  return succeed(context, intent, charge);
}

function succeed(context: Context, intent: Stripe.PaymentIntent, charge: Stripe.Charge): Attempt {
  charge.balance_transaction = recordCharge(context, charge, charge.amount);
  shareOut(context, charge, charge.amount);
  save(context, charge);
  intent.status = "succeeded";
  intent.amount_received = intent.amount;
  save(context, intent);
  emit(context, "charge.succeeded", charge);
  emit(context, "payment_intent.succeeded", intent);
  announce(context, charge);
  return { kind: "succeeded", charge };
}

function held(context: Context, intent: Stripe.PaymentIntent, methodId: string): Attempt {
  const charge = chargeOf(birthIn(context), intent, { payment_method: methodId, captured: false });
  save(context, charge);
  finish(context, intent, methodId, charge.id);
  intent.status = "requires_capture";
  intent.amount_capturable = intent.amount;
  save(context, intent);
  emit(context, "charge.succeeded", charge);
  emit(context, "payment_intent.amount_capturable_updated", intent);
  return { kind: "held", charge };
}

/** `setup_future_usage` attaches the method once the payment went through (the SDK on it). */
function finish(context: Context, intent: Stripe.PaymentIntent, methodId: string, chargeId: string): void {
  intent.payment_method = methodId;
  intent.latest_charge = chargeId;
  intent.last_payment_error = null;
  intent.next_action = null;
  const customer = idOf(intent.customer);
  const method = context.world.store.get("payment_method", methodId);
  if (intent.setup_future_usage === null || customer === null || method === undefined) return;
  attachMethod(context, method, customer);
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
