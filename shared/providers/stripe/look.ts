/** Finds what a reference names, as Stripe's own objects. */
import type Stripe from "stripe";
import type { Failure } from "../../contracts/failure.ts";
import type { PaymentReference } from "../../contracts/provider.ts";
import { err, ok, type Result, unreachable } from "../../core/result.ts";
import { idOf, isCharge } from "./fields.ts";
import { invoiceAmong, type Purpose, paymentOfInvoice } from "./invoices.ts";

/** A payment: an intent with its latest charge, a charge alone, or an invoice that nothing paid yet. */
export type Looked = { invoice: Stripe.Invoice | null } & (
  | { kind: "intent"; intent: Stripe.PaymentIntent; charge: Stripe.Charge | null }
  | { kind: "charge"; charge: Stripe.Charge }
  | { kind: "invoice"; invoice: Stripe.Invoice }
);
type Looking = Promise<Result<Looked | null, Failure>>;

/** Ids may come from people's texts: what cannot be a Stripe id is never put into a URL path. */
export const isId = (id: string): boolean => /^[A-Za-z0-9_]{1,255}$/.test(id);

export async function look(stripe: Stripe, reference: PaymentReference, purpose: Purpose): Looking {
  if (reference.kind === "invoiceNumber") return await lookByNumber(stripe, reference.number, purpose);
  if (!isId(reference.id)) return ok(null);
  switch (reference.kind) {
    case "payment":
      return await (isCharge(reference.id) ? lookByCharge(stripe, reference.id) : lookAtIntent(stripe, reference.id));
    case "charge":
      return await lookByCharge(stripe, reference.id);
    case "invoice":
      return await lookByInvoice(stripe, await invoiceById(stripe, reference.id, purpose), purpose);
    default:
      return unreachable(reference);
  }
}

/** A try charges the customer's method, so the customer is read with the invoice. */
const EXPANDED: Record<Purpose, string[]> = { refund: ["payments"], collect: ["payments", "customer"] };

export const invoiceById = (stripe: Stripe, id: string, purpose: Purpose): Promise<Stripe.Invoice> =>
  stripe.invoices.retrieve(id, { expand: EXPANDED[purpose] });

/** One request, without the invoice: a caller that needs it names the invoice or asks for it. */
async function lookAtIntent(stripe: Stripe, id: string, invoice: Stripe.Invoice | null = null): Looking {
  const intent = await stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] });
  const charge = typeof intent.latest_charge === "object" ? intent.latest_charge : null;
  return ok({ kind: "intent", intent, charge, invoice });
}

async function lookByCharge(stripe: Stripe, id: string): Looking {
  const charge = await stripe.charges.retrieve(id, { expand: ["payment_intent"] });
  const intent = charge.payment_intent ?? null;
  if (intent === null) return ok({ kind: "charge", charge, invoice: null });
  // The charge may be an earlier, failed try of its payment. The payment's latest charge counts.
  if (typeof intent === "string" || idOf(intent.latest_charge) !== charge.id) {
    return await lookAtIntent(stripe, typeof intent === "string" ? intent : intent.id);
  }
  return ok({ kind: "intent", intent: { ...intent, latest_charge: charge }, charge, invoice: null });
}

export async function lookByInvoice(stripe: Stripe, invoice: Stripe.Invoice, purpose: Purpose): Looking {
  const link = paymentOfInvoice(invoice, purpose);
  switch (link.kind) {
    case "none":
      return ok({ kind: "invoice", invoice });
    case "ambiguous":
      return ambiguous(`invoice ${invoice.id} has several payments; name the payment`);
    case "intent":
      return await lookAtIntent(stripe, link.id, invoice);
    case "charge":
      return ok({ kind: "charge", charge: await stripe.charges.retrieve(link.id), invoice });
    default:
      return unreachable(link);
  }
}

/**
 * Search allows 20 reads a second and lags a minute behind: https://docs.stripe.com/search. The number comes from a
 * person's text, so it is quoted for the query language, and only an invoice with exactly this number counts.
 */
async function lookByNumber(stripe: Stripe, number: string, purpose: Purpose): Looking {
  const query = queryOfNumber(number);
  if (query === null) return ok(null);
  const { data } = await stripe.invoices.search({
    query,
    expand: EXPANDED[purpose].map((field) => `data.${field}`),
    limit: 10,
  });
  const [invoice, ...others] = data.filter((found) => sameNumber(found.number, number));
  if (invoice === undefined) return ok(null);
  if (others.length > 0) return ambiguous(`several invoices have the number ${number}; name one by its id`);
  return await lookByInvoice(stripe, invoice, purpose);
}

/** Null for what cannot be an invoice number. How to quote a backslash is not documented, so none is sent. */
function queryOfNumber(number: string): string | null {
  const trimmed = number.trim();
  if (!/^[\x20-\x5b\x5d-\x7e]{1,100}$/.test(trimmed)) return null;
  return `number:'${trimmed.replaceAll("'", "\\'")}'`;
}

const sameNumber = (found: string | null, asked: string): boolean =>
  found !== null && found.toLowerCase() === asked.trim().toLowerCase();

/**
 * Since API version 2025-03-31 only the list of invoice payments names the invoice of a payment. Null only where the list is
 * empty: a payment of an invoice that cannot be read, or was deleted, is not one without an invoice.
 */
export async function invoiceOf(stripe: Stripe, payment: string): Promise<Result<Stripe.Invoice | null, Failure>> {
  if (isCharge(payment) || !isId(payment)) return ok(null);
  const page = await stripe.invoicePayments.list({
    payment: { type: "payment_intent", payment_intent: payment },
    expand: ["data.invoice"],
    limit: 10,
  });
  if (page.object !== "list" || !Array.isArray(page.data)) return unreadableInvoice(payment);
  const invoice = invoiceAmong(page.data);
  return invoice === null && page.data.length > 0 ? unreadableInvoice(payment) : ok(invoice);
}

function unreadableInvoice(payment: string): { ok: false; error: Failure } {
  return err({
    reason: "provider_refused",
    detail: `Stripe's answer about the invoice of ${payment} cannot be read; look at it in the dashboard`,
  });
}

function ambiguous(detail: string): { ok: false; error: Failure } {
  return err({ reason: "provider_refused", detail: `ambiguous: ${detail}` });
}
