/** What is seeded about a payment or an invoice, completed from it: refunds, disputes, warnings, reviews, credit notes. */

import type Stripe from "stripe";

import { bankFailureOf, declineFields, declineFrom, failedFields, type GivenDecline } from "./declines.ts";
import { idOf } from "./resources.ts";
import { bankChargeDetails, isBankDebit } from "./shapes/bank-debits.ts";
import { creditNote } from "./shapes/credit-notes.ts";
import { type Birth, chargeOf, type Given, paymentIntent, refund } from "./shapes/payments.ts";
import { dispute, earlyFraudWarning, review } from "./shapes/risk.ts";
import type { World } from "./world.ts";

type GivenIntent = Given<Stripe.PaymentIntent> & { declined?: string | GivenDecline };

/**
 * `declined` makes of it an intent whose last attempt, with its `payment_method`, failed so. A method that the error names
 * by id is shown whole, as Stripe shows it.
 */
export function paymentIntentOf(birth: Birth, given: GivenIntent, world: World): Stripe.PaymentIntent {
  const { declined, ...rest } = given;
  const intent = paymentIntent(birth, rest);
  const tried = idOf(intent.payment_method ?? intent.last_payment_error?.payment_method);
  const method = world.store.get("payment_method", tried);
  const whole = method === undefined ? {} : { payment_method: structuredClone(method) };
  if (declined === undefined) {
    if (intent.last_payment_error !== null) intent.last_payment_error = { ...intent.last_payment_error, ...whole };
    return intent;
  }
  const isDebit = isBankDebit(method?.type);
  const decline = isDebit && typeof declined === "string" ? bankFailureOf(declined) : declineFrom(declined);
  const charged = chargeOf({ ...birth, livemode: intent.livemode }, intent, {
    id: `${isDebit ? "py" : "ch"}_${intent.id.replace(/^pi_/, "")}`,
    payment_method: tried,
    ...(isBankDebit(method?.type) ? { payment_method_details: bankChargeDetails(method.type) } : {}),
    ...failedFields(decline),
  });
  world.store.put(charged);
  return {
    ...intent,
    status: "requires_payment_method",
    payment_method: null,
    latest_charge: charged.id,
    last_payment_error: { ...declineFields(decline, charged.id), ...whole },
  };
}

export function disputeOf(birth: Birth, given: Given<Stripe.Dispute>, world: World): Stripe.Dispute {
  const charged = chargeBehind(world, given);
  if (charged === undefined) return dispute(birth, given);
  return dispute(
    { ...birth, livemode: charged.livemode },
    {
      amount: charged.amount - charged.amount_refunded,
      currency: charged.currency,
      payment_intent: idOf(charged.payment_intent),
      ...given,
      charge: charged.id,
    },
  );
}

export function warningOf(birth: Birth, given: Given<Stripe.Radar.EarlyFraudWarning>, world: World) {
  const charged = chargeBehind(world, given);
  const intentId = idOf(charged?.payment_intent);
  return earlyFraudWarning(
    { ...birth, livemode: charged?.livemode ?? birth.livemode },
    { ...(intentId === null ? {} : { payment_intent: intentId }), ...given, charge: charged?.id ?? given.charge ?? "" },
  );
}

export function reviewOf(birth: Birth, given: Given<Stripe.Review>, world: World): Stripe.Review {
  const charged = chargeBehind(world, given);
  const intentId = idOf(charged?.payment_intent);
  return review(
    { ...birth, livemode: charged?.livemode ?? birth.livemode },
    { charge: charged?.id ?? null, ...(intentId === null ? {} : { payment_intent: intentId }), ...given },
  );
}

export function refundOf(birth: Birth, given: Given<Stripe.Refund>, world: World): Stripe.Refund {
  const charged = chargeBehind(world, given);
  if (charged === undefined) return refund(birth, given);
  return refund(birth, {
    currency: charged.currency,
    payment_intent: idOf(charged.payment_intent),
    ...given,
    charge: charged.id,
  });
}

/** The charge that is named, or the latest of the payment intent that is. */
function chargeBehind(
  world: World,
  given: { charge?: string | { id: string } | null; payment_intent?: string | { id: string } | null },
): Stripe.Charge | undefined {
  const intent = world.store.get("payment_intent", idOf(given.payment_intent));
  return world.store.get("charge", idOf(given.charge) ?? idOf(intent?.latest_charge));
}

/** Of a paid invoice it is post-payment; of an open one pre-payment, unless it says otherwise. */
export function creditNoteOf(birth: Birth, given: Given<Stripe.CreditNote>, world: World): Stripe.CreditNote {
  const invoice = world.store.get("invoice", idOf(given.invoice));
  const { post_payment_amount: post, pre_payment_amount: pre, refunds = [], ...rest } = given;
  const amount = given.amount ?? (post ?? 0) + (pre ?? 0);
  const isPaid = invoice?.status !== "open";
  return creditNote(
    { ...birth, livemode: invoice?.livemode ?? birth.livemode },
    {
      amount,
      currency: invoice?.currency ?? "usd",
      customer: idOf(invoice?.customer) ?? "",
      post_payment_amount: post ?? (isPaid ? amount - (pre ?? 0) : 0),
      pre_payment_amount: pre ?? (isPaid ? 0 : amount - (post ?? 0)),
      refunds: refunds.map((link) => ({
        ...link,
        payment_record_refund: link.payment_record_refund ?? null,
        type: link.type ?? "refund",
      })),
      ...rest,
    },
  );
}

/** The invoice shows at least what its issued credit notes come to. */
export function showOnInvoice(world: World, note: Stripe.CreditNote): void {
  const { store } = world;
  const invoice = store.get("invoice", idOf(note.invoice));
  if (invoice === undefined) return;
  const issued = store.where("credit_note", "invoice", invoice.id).filter(({ status }) => status === "issued");
  const sum = (amounts: number[]): number => amounts.reduce((total, amount) => total + amount, 0);
  const post = sum(issued.map((each) => each.post_payment_amount));
  const pre = sum(issued.map((each) => each.pre_payment_amount));
  invoice.post_payment_credit_notes_amount = Math.max(invoice.post_payment_credit_notes_amount, post);
  invoice.pre_payment_credit_notes_amount = Math.max(invoice.pre_payment_credit_notes_amount, pre);
  store.put(invoice);
}
