import type Stripe from "stripe";
import type { Failure } from "../../contracts/failure.ts";
import type { Effect, RefundView } from "../../contracts/provider.ts";
import { isAmountMinor } from "../../core/money.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Methods } from "../port.ts";
import { createClients, type StripeOptions, type WithStripe } from "./client.ts";
import {
  effectOfCapture,
  effectOfConfirm,
  effectOfInvoice,
  effectOfRefund,
  effectOfRelease,
  type IntentEffect,
  paymentMethodOf,
} from "./effects.ts";
import { createStripeReader, isCharge, read } from "./reader.ts";
import { beforeSending, effect, orCurrentState, type Session } from "./session.ts";
import { refundViewOf } from "./snapshot.ts";
import { SUBSCRIPTION_METHODS } from "./subscriptions.ts";

export function openStripe(options: StripeOptions) {
  const withStripe = createClients(options);
  return {
    client: withStripe,
    reading: {
      ...createStripeReader(options),
      refundsOf: (payment: string, signal: AbortSignal) =>
        read(withStripe, signal, (stripe) => refundsOf(stripe, payment)),
    },
  };
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
      "invoice" in input ? payInvoice(session, input.invoice) : confirmPayment(session, input.payment),
    ),
  ...SUBSCRIPTION_METHODS,
};

/** All refunds of a payment. After an empty list an executor sends, so an unreadable answer must be a failure, not an empty list. */
async function refundsOf(stripe: Stripe, payment: string): Promise<Result<RefundView[], Failure>> {
  const refunds: RefundView[] = [];
  let last: string | undefined;
  do {
    const after = last === undefined ? {} : { starting_after: last };
    const page = await stripe.refunds.list({ ...subjectOf(payment), limit: 100, ...after });
    if (page.object !== "list" || !Array.isArray(page.data)) return unreadableRefunds(payment);
    refunds.push(...page.data.map(refundViewOf));
    last = page.has_more ? page.data.at(-1)?.id : undefined;
  } while (last !== undefined);
  return refunds.every((refund) => isAmountMinor(refund.amountMinor)) ? ok(refunds) : unreadableRefunds(payment);
}

function unreadableRefunds(payment: string): { ok: false; error: Failure } {
  return err({
    reason: "provider_unavailable",
    detail: `Stripe answered with no readable list of refunds of ${payment}`,
  });
}

async function refund(
  { stripe, call, keyed }: Session,
  { payment, amountMinor }: { payment: string; amountMinor: number },
): Promise<Effect> {
  const metadata = { action_id: call.actionId };
  return effectOfRefund(await stripe.refunds.create({ ...subjectOf(payment), amount: amountMinor, metadata }, keyed));
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

/** This call takes no metadata, so only the invoice's state shows the effect. A paid invoice is done, whoever paid it. */
async function payInvoice({ stripe, keyed }: Session, invoice: string): Promise<Effect> {
  return await orCurrentState(
    async () => effectOfInvoice(await stripe.invoices.pay(invoice, {}, keyed)),
    async () => effectOfInvoice(await stripe.invoices.retrieve(invoice)),
  );
}

/**
 * After a decline Stripe removes the payment method from the intent, so the call names one: the intent's own, the last
 * failed one, or the customer's default. https://docs.stripe.com/payments/paymentintents/lifecycle
 */
async function confirmPayment(session: Session, payment: string): Promise<Effect> {
  if (isCharge(payment)) return withoutIntent(payment);
  const { stripe, keyed } = session;
  const intent = await beforeSending(() => stripe.paymentIntents.retrieve(payment, { expand: ["customer"] }));
  if (!intent.ok) return intent.error;
  const already = effectOfConfirm(intent.value);
  if (already.kind === "done") return already;
  const method = paymentMethodOf(intent.value);
  if (method === null)
    return refusedUnsent("payment_method_missing", `${payment} and its customer have no payment method`);
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
  return await orCurrentState(send, async () => effectIn(await stripe.paymentIntents.retrieve(payment)));
}

function subjectOf(payment: string): { charge: string } | { payment_intent: string } {
  return isCharge(payment) ? { charge: payment } : { payment_intent: payment };
}

function withoutIntent(payment: string): Effect {
  return refusedUnsent("payment_intent_missing", `${payment} is a charge without a payment intent; use the dashboard`);
}

function refusedUnsent(code: string, note: string): Effect {
  return { kind: "refused", code, note, stored: false };
}
