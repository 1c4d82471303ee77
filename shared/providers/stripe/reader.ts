import type Stripe from "stripe";
import type { Failure } from "../../contracts/failure.ts";
import type { PaymentSnapshot, Reference, Snapshot, SnapshotOf } from "../../contracts/provider.ts";
import { err, ok, type Result, unreachable } from "../../core/result.ts";
import type { ProviderReader } from "../port.ts";
import { createClients, modeOfKey, type StripeOptions, type WithStripe } from "./client.ts";
import { failureOf, isMissing, problemOf } from "./errors.ts";
import {
  idOf,
  invoiceAmong,
  paymentOfInvoice,
  snapshotOfCharge,
  snapshotOfIntent,
  snapshotOfInvoice,
} from "./snapshot.ts";
import { priceViewOf, snapshotOfSubscription } from "./subscriptions.ts";

type Found<Seen = PaymentSnapshot> = Result<Seen | null, Failure>;

export function createStripeReader(options: StripeOptions): ProviderReader {
  const withStripe = createClients(options);
  return {
    name: "stripe",
    mode: options.mode ?? modeOfKey(options.apiKey),
    find: <R extends Reference>(reference: R, signal: AbortSignal) =>
      readOrNull(withStripe, signal, (stripe) => find(stripe, reference)) as Promise<Found<SnapshotOf<R>>>,
    price: (id, signal) =>
      readOrNull(withStripe, signal, async (stripe) =>
        ok(isId(id) ? priceViewOf(await stripe.prices.retrieve(id)) : null),
      ),
    invoiceOfPayment: (payment, signal) =>
      readOrNull(withStripe, signal, async (stripe) => ok((await invoiceOf(stripe, payment))?.id ?? null)),
  };
}

/** Reads from Stripe. What the SDK throws becomes a `Failure`. */
export async function read<T>(
  withStripe: WithStripe,
  signal: AbortSignal,
  work: (stripe: Stripe) => Promise<Result<T, Failure>>,
): Promise<Result<T, Failure>> {
  try {
    return await withStripe(signal, work);
  } catch (error) {
    return err(failureOf(problemOf(error, Date.now())));
  }
}

async function readOrNull<T>(
  withStripe: WithStripe,
  signal: AbortSignal,
  work: (stripe: Stripe) => Promise<Result<T | null, Failure>>,
): Promise<Result<T | null, Failure>> {
  return await read<T | null>(withStripe, signal, async (stripe) => {
    try {
      return await work(stripe);
    } catch (error) {
      if (isMissing(problemOf(error, Date.now()))) return ok(null);
      throw error;
    }
  });
}

/** Ids may come from people's texts: what cannot be a Stripe id is never put into a URL path. */
const isId = (id: string): boolean => /^[A-Za-z0-9_]{1,255}$/.test(id);

/** A charge without a payment intent is its own payment. `ch_` and `py_` are charges. */
export const isCharge = (payment: string): boolean => /^(?:ch|py)_/.test(payment);

async function find(stripe: Stripe, reference: Reference): Promise<Found<Snapshot>> {
  if (reference.kind === "invoiceNumber") return await findByNumber(stripe, reference.number);
  if (!isId(reference.id)) return ok(null);
  switch (reference.kind) {
    case "payment":
      return await (isCharge(reference.id) ? findCharge(stripe, reference.id) : findIntent(stripe, reference.id));
    case "charge":
      return await findCharge(stripe, reference.id);
    case "subscription":
      return snapshotOfSubscription(await stripe.subscriptions.retrieve(reference.id));
    case "invoice":
      return await findOfInvoice(stripe, await stripe.invoices.retrieve(reference.id, { expand: ["payments"] }));
    default:
      return unreachable(reference);
  }
}

/** One request, without the invoice: a caller that needs it names the invoice or asks `invoiceOfPayment`. */
const findIntent = async (stripe: Stripe, id: string): Promise<Found> =>
  snapshotOfIntent(await retrieveIntent(stripe, id), null);

async function findCharge(stripe: Stripe, id: string): Promise<Found> {
  const charge = await stripe.charges.retrieve(id, { expand: ["payment_intent"] });
  const intent = charge.payment_intent ?? null;
  if (intent === null) return snapshotOfCharge(charge, null);
  // The charge may be an earlier, failed try of its payment. The payment's latest charge counts.
  if (typeof intent === "string" || idOf(intent.latest_charge) !== charge.id) {
    return await findIntent(stripe, typeof intent === "string" ? intent : intent.id);
  }
  return snapshotOfIntent({ ...intent, latest_charge: charge }, null);
}

async function findOfInvoice(stripe: Stripe, invoice: Stripe.Invoice): Promise<Found> {
  const link = paymentOfInvoice(invoice);
  switch (link.kind) {
    case "none":
      return snapshotOfInvoice(invoice);
    case "ambiguous":
      return ambiguous(`invoice ${invoice.id} has several payments; name the payment`);
    case "intent":
      return snapshotOfIntent(await retrieveIntent(stripe, link.id), invoice);
    case "charge":
      return snapshotOfCharge(await stripe.charges.retrieve(link.id), invoice);
    default:
      return unreachable(link);
  }
}

/**
 * Search allows 20 reads a second and lags a minute behind: https://docs.stripe.com/search. The number comes from a
 * person's text, so it is quoted for the query language, and only an invoice with exactly this number counts.
 */
async function findByNumber(stripe: Stripe, number: string): Promise<Found> {
  const query = queryOfNumber(number);
  if (query === null) return ok(null);
  const { data } = await stripe.invoices.search({ query, expand: ["data.payments"], limit: 10 });
  const [invoice, ...others] = data.filter((found) => sameNumber(found.number, number));
  if (invoice === undefined) return ok(null);
  if (others.length > 0) return ambiguous(`several invoices have the number ${number}; name one by its id`);
  return await findOfInvoice(stripe, invoice);
}

/** Null for what cannot be an invoice number. How to quote a backslash is not documented, so none is sent. */
function queryOfNumber(number: string): string | null {
  const trimmed = number.trim();
  if (!/^[\x20-\x5b\x5d-\x7e]{1,100}$/.test(trimmed)) return null;
  return `number:'${trimmed.replaceAll("'", "\\'")}'`;
}

const sameNumber = (found: string | null, asked: string): boolean =>
  found !== null && found.toLowerCase() === asked.trim().toLowerCase();

const retrieveIntent = (stripe: Stripe, id: string): Promise<Stripe.PaymentIntent> =>
  stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] });

/** Since API version 2025-03-31 only the list of invoice payments names the invoice of a payment. */
async function invoiceOf(stripe: Stripe, payment: string): Promise<Stripe.Invoice | null> {
  if (isCharge(payment) || !isId(payment)) return null;
  const { data } = await stripe.invoicePayments.list({
    payment: { type: "payment_intent", payment_intent: payment },
    expand: ["data.invoice"],
    limit: 10,
  });
  return invoiceAmong(data);
}

function ambiguous(detail: string): { ok: false; error: Failure } {
  return err({ reason: "provider_refused", detail: `ambiguous: ${detail}` });
}
