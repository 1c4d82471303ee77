/** What a retry is judged by, besides its payment: which method is charged, and the customer's agreement. */
import type Stripe from "stripe";
import type { Failure } from "../../contracts/failure.ts";
import type { Agreement } from "../../contracts/provider.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { idOf } from "./fields.ts";

const PAGE = 100;

/**
 * What Stripe charges for an invoice, in its order. `invoice.customer` must be expanded.
 * https://docs.stripe.com/billing/subscriptions/payment-methods-setting#payment-method-priority
 */
export function chargedMethodOf(invoice: Stripe.Invoice, subscription: Stripe.Subscription | null): string | null {
  const { customer } = invoice;
  const isThere = typeof customer === "object" && customer !== null && !customer.deleted;
  return (
    defaultOf(invoice) ??
    defaultOf(subscription) ??
    (isThere ? (idOf(customer.invoice_settings?.default_payment_method) ?? idOf(customer.default_source)) : null)
  );
}

type Payer = Pick<Stripe.Invoice, "default_payment_method" | "default_source">;
const defaultOf = (payer: Payer | null): string | null =>
  idOf(payer?.default_payment_method) ?? idOf(payer?.default_source);

/** `setup_future_usage`: https://docs.stripe.com/payments/payment-intents#future-usage */
export async function agreementOf(stripe: Stripe, intent: Stripe.PaymentIntent): Promise<Result<Agreement, Failure>> {
  const customer = idOf(intent.customer);
  const isOffSession = intent.setup_future_usage === "off_session";
  const method = idOf(intent.last_payment_error?.payment_method) ?? idOf(intent.payment_method);
  if (!isOffSession || method === null || customer === null)
    return ok({ isOffSession, method, isAttached: false, paidOtherwise: null });
  // The error's own copy of the method is as old as the error.
  const { customer: owner } = await stripe.paymentMethods.retrieve(method);
  const otherwise = await paidOtherwise(stripe, intent, customer);
  if (!otherwise.ok) return otherwise;
  return ok({ isOffSession, method, isAttached: idOf(owner) === customer, paidOtherwise: otherwise.value });
}

/** Another payment of the same customer and sum since then has perhaps paid the same order. */
async function paidOtherwise(
  stripe: Stripe,
  { id, amount, currency, created }: Stripe.PaymentIntent,
  customer: string,
): Promise<Result<string | null, Failure>> {
  const page = await stripe.paymentIntents.list({ customer, created: { gte: created }, limit: PAGE });
  if (page.object !== "list" || !Array.isArray(page.data)) {
    const detail = `Stripe answered with no readable list of payments of ${customer}`;
    return err({ reason: "provider_unavailable", detail });
  }
  const other = page.data.find(
    (one) => one.id !== id && one.amount === amount && one.currency === currency && isCollected(one),
  );
  if (other === undefined && page.has_more) {
    const detail = `${customer} has more payments since ${id} than can be compared with it`;
    return err({ reason: "provider_refused", detail });
  }
  return ok(other?.id ?? null);
}

const isCollected = ({ status }: Stripe.PaymentIntent): boolean =>
  status === "succeeded" || status === "processing" || status === "requires_capture";
