import type Stripe from "stripe";
import type { Decline, Effect } from "../../contracts/provider.ts";
import { isAmountMinor } from "../../core/money.ts";
import { declineIn, declineOf } from "./declines.ts";
import { paidLastMinor } from "./invoices.ts";
import { refundStatusOf } from "./refunding.ts";

/** The effect of a call, read from the payment intent after it; or before it, where the effect may exist already. */
export type IntentEffect = (intent: Stripe.PaymentIntent) => Effect;

export function effectOfRefund(refund: Stripe.Refund): Effect {
  if (!isObject(refund, "refund") || !isAmountMinor(refund.amount)) return unreadable("a refund");
  const status = refundStatusOf(refund.status);
  const note = `refund ${refund.id} is ${refund.status}`;
  if (status === "failed") {
    return {
      kind: "refused",
      code: "refund_failed",
      note: `${note}: ${refund.failure_reason ?? "unknown"}`,
      stored: true,
    };
  }
  if (status === "canceled") return { kind: "refused", code: "refund_canceled", note, stored: true };
  return done(refund.id, refund.amount, status !== "succeeded", note);
}

export const effectOfCapture: IntentEffect = (intent) => {
  if (!isObject(intent, "payment_intent")) return unreadable("a payment intent");
  const note = `payment intent ${intent.id} is ${intent.status}`;
  if (intent.status === "succeeded") return done(intent.id, intent.amount_received, false, note);
  if (intent.status === "processing") return done(intent.id, null, true, note);
  return unexpected(note);
};

export const effectOfRelease: IntentEffect = (intent) => {
  if (!isObject(intent, "payment_intent")) return unreadable("a payment intent");
  const note = `payment intent ${intent.id} is ${intent.status}`;
  return intent.status === "canceled" ? done(intent.id, null, false, note) : unexpected(note);
};

export const effectOfConfirm: IntentEffect = (intent) => {
  if (!isObject(intent, "payment_intent")) return unreadable("a payment intent");
  const note = `payment intent ${intent.id} is ${intent.status}`;
  switch (intent.status) {
    case "succeeded":
      return done(intent.id, intent.amount_received, false, note);
    case "requires_capture":
      return done(intent.id, intent.amount_capturable, false, `${note}: the money is held, not captured`);
    case "processing":
      return done(intent.id, null, true, note);
    case "requires_action":
      return { kind: "declined", decline: declineOf("authentication_required", null), note };
    case "requires_payment_method":
      return { kind: "declined", decline: declineOfIntent(intent), note };
    default:
      return unexpected(note);
  }
};

/**
 * An invoice that is still open after an accepted call has a pending payment (bank debits take days). What was taken is what
 * its newest payment paid: others may have paid a part meanwhile. `paidMinor`: what was paid of it before, for an answer
 * without its payments.
 */
export function effectOfInvoice(invoice: Stripe.Invoice, paidMinor: number): Effect {
  if (!isObject(invoice, "invoice")) return unreadable("an invoice");
  const note = `invoice ${invoice.id} is ${invoice.status}`;
  switch (invoice.status) {
    case "paid":
      return done(invoice.id, paidLastMinor(invoice) ?? invoice.amount_paid - paidMinor, false, note);
    case "open":
    case "uncollectible":
      return done(invoice.id, null, true, note);
    default:
      return unexpected(note);
  }
}

function declineOfIntent({ last_payment_error: error, latest_charge: charge }: Stripe.PaymentIntent): Decline {
  return declineIn(error, typeof charge === "object" && charge?.status === "failed" ? charge : null);
}

/** What was taken is compared with what was granted, so an amount that cannot be read is no amount. */
function done(providerObject: string, amountMinor: number | null, pending: boolean, note: string): Effect {
  if (amountMinor !== null && !isAmountMinor(amountMinor)) return unreadable("an amount");
  return { kind: "done", providerObject, amountMinor, pending, note };
}

/** The answer is not the expected object: the provider must be read. */
function unreadable(what: string): Effect {
  return { kind: "unclear", note: `Stripe answered with something else than ${what}`, storedError: false };
}

function unexpected(note: string): Effect {
  return { kind: "unclear", note: `${note} after the call; not what was asked for`, storedError: false };
}

function isObject(answer: { object?: unknown; id?: unknown } | null, name: string): boolean {
  return answer?.object === name && typeof answer.id === "string";
}
