import type { Effect, InputOf } from "../../contracts/provider.ts";
import type { Methods } from "../port.ts";
import { createClients, type StripeOptions, type WithStripe } from "./client.ts";
import {
  effectOfCapture,
  effectOfConfirm,
  effectOfInvoice,
  effectOfRefund,
  effectOfRelease,
  type IntentEffect,
} from "./effects.ts";
import { actionIdIn, isCharge, subjectOf } from "./fields.ts";
import { invoiceById } from "./look.ts";
import { createStripeReader } from "./reader.ts";
import { effect, orCurrentState, type Session } from "./session.ts";
import { SUBSCRIPTION_METHODS } from "./subscriptions.ts";

export function openStripe(options: StripeOptions) {
  return { client: createClients(options), reading: createStripeReader(options) };
}

/** The Stripe call of each kind of action. */
export const METHODS: Methods<WithStripe> = {
  authorize: (client, input, call) =>
    effect(client, call, (session) =>
      input.variant === "capture" ? capture(session, input) : release(session, input.payment),
    ),
  refund: (client, input, call) => effect(client, call, (session) => refund(session, input)),
  retryPayment: (client, input, call) =>
    effect(client, call, (session) =>
      "invoice" in input ? payInvoice(session, input) : confirmPayment(session, input),
    ),
  ...SUBSCRIPTION_METHODS,
};

async function refund(
  { stripe, call, keyed }: Session,
  { payment, amountMinor, reverseTransfer, refundFee }: InputOf<"refund">,
): Promise<Effect> {
  const params = {
    ...subjectOf(payment),
    amount: amountMinor,
    metadata: { action_id: call.actionId },
    ...(reverseTransfer ? { reverse_transfer: true } : {}),
    ...(refundFee ? { refund_application_fee: true } : {}),
  };
  return effectOfRefund(await stripe.refunds.create(params, keyed));
}

async function capture(
  session: Session,
  { payment, amountMinor }: { payment: string; amountMinor: number },
): Promise<Effect> {
  const { stripe, call, keyed } = session;
  if (isCharge(payment)) return withoutIntent(payment);
  const params = { amount_to_capture: amountMinor, metadata: { action_id: call.actionId } };
  return await unlessAlready(
    session,
    payment,
    async () => effectOfCapture(await stripe.paymentIntents.capture(payment, params, keyed)),
    effectOfCapture,
  );
}

async function release(session: Session, payment: string): Promise<Effect> {
  if (isCharge(payment)) return withoutIntent(payment);
  const { stripe, keyed } = session;
  return await unlessAlready(
    session,
    payment,
    async () => effectOfRelease(await stripe.paymentIntents.cancel(payment, {}, keyed)),
    effectOfRelease,
  );
}

/**
 * This call takes no metadata, so only the invoice's state shows the effect. It names the method that was judged: the
 * customer may change the default one at any moment.
 */
async function payInvoice(
  { stripe, keyed }: Session,
  { invoice, paidMinor, method }: { invoice: string; paidMinor: number; method: string },
): Promise<Effect> {
  const params = { payment_method: method, expand: ["payments"] };
  return await orCurrentState(
    async () => effectOfInvoice(await stripe.invoices.pay(invoice, params, keyed), paidMinor),
    async () => effectOfInvoice(await invoiceById(stripe, invoice, "refund"), paidMinor),
  );
}

/**
 * After a decline Stripe removes the payment method from the intent, so the call names the one that was tried.
 * https://docs.stripe.com/payments/paymentintents/lifecycle
 */
async function confirmPayment(
  session: Session,
  { payment, method }: { payment: string; method: string },
): Promise<Effect> {
  if (isCharge(payment)) return withoutIntent(payment);
  const { stripe, keyed } = session;
  const params = { payment_method: method, off_session: true };
  return await unlessAlready(
    session,
    payment,
    async () => effectOfConfirm(await stripe.paymentIntents.confirm(payment, params, keyed)),
    effectOfConfirm,
  );
}

async function unlessAlready(
  { stripe }: Session,
  payment: string,
  send: () => Promise<Effect>,
  effectIn: IntentEffect,
): Promise<Effect> {
  let actionId: string | null = null;
  const effect = await orCurrentState(send, async () => {
    const intent = await stripe.paymentIntents.retrieve(payment);
    actionId = actionIdIn(intent.metadata);
    return effectIn(intent);
  });
  return effect.kind === "found" ? { ...effect, actionId } : effect;
}

function withoutIntent(payment: string): Effect {
  return refusedUnsent("payment_intent_missing", `${payment} is a charge without a payment intent; use the dashboard`);
}

function refusedUnsent(code: string, note: string): Effect {
  return { kind: "refused", code, note, stored: false };
}
