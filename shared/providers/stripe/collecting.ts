/** What a retry is judged by, besides its payment: which method is charged, and the customer's agreement. */
import type Stripe from "stripe";
import type { Failure } from "../../contracts/failure.ts";
import type { Agreement } from "../../contracts/provider.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { SECOND_MS } from "../../core/time.ts";
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

/**
 * `setup_future_usage`: https://docs.stripe.com/payments/payment-intents#future-usage. What the options of a kind of method
 * say overrides it for that kind, also with "none".
 */
export async function agreementOf(
  stripe: Stripe,
  intent: Stripe.PaymentIntent,
  besideMs: number,
): Promise<Result<Agreement, Failure>> {
  const customer = idOf(intent.customer);
  const method = idOf(intent.last_payment_error?.payment_method) ?? idOf(intent.payment_method);
  const usages = [intent.setup_future_usage, ...Object.values(usageByType(intent))];
  const isPerhaps = usages.includes(OFF_SESSION);
  if (!isPerhaps || method === null || customer === null)
    return ok({ isOffSession: isPerhaps, method, isAttached: false, paidOtherwise: null });
  // The error's own copy of the method is as old as the error.
  const { customer: owner, type } = await stripe.paymentMethods.retrieve(method);
  const isAttached = idOf(owner) === customer;
  const isOffSession = (usageByType(intent)[type] ?? intent.setup_future_usage) === OFF_SESSION;
  if (!isOffSession) return ok({ isOffSession, method, isAttached, paidOtherwise: null });
  const otherwise = await paidOtherwise(stripe, intent, customer, besideMs);
  return otherwise.ok ? ok({ isOffSession, method, isAttached, paidOtherwise: otherwise.value }) : otherwise;
}

const OFF_SESSION = "off_session";

/** What the options of each kind of method say for themselves. */
function usageByType({ payment_method_options: options }: Stripe.PaymentIntent): Record<string, string | undefined> {
  const entries = Object.entries((options ?? {}) as Record<string, { setup_future_usage?: string } | null>);
  return Object.fromEntries(entries.map(([type, own]) => [type, own?.setup_future_usage]));
}

/**
 * Another payment of the same customer and sum that came in since this one was made has perhaps paid the same order. It may
 * have been made earlier, and abandoned until then.
 */
async function paidOtherwise(
  stripe: Stripe,
  { id, amount, currency, created }: Stripe.PaymentIntent,
  customer: string,
  besideMs: number,
): Promise<Result<string | null, Failure>> {
  const gte = created - Math.ceil(besideMs / SECOND_MS);
  const page = await stripe.paymentIntents.list({
    customer,
    created: { gte },
    expand: ["data.latest_charge"],
    limit: PAGE,
  });
  if (page.object !== "list" || !Array.isArray(page.data)) {
    const detail = `Stripe answered with no readable list of payments of ${customer}`;
    return err({ reason: "provider_unavailable", detail });
  }
  const other = page.data.find(
    (one) => one.id !== id && one.amount === amount && one.currency === currency && isCollectedSince(one, created),
  );
  if (other === undefined && page.has_more) {
    const detail = `${customer} has more payments around ${id} than can be compared with it`;
    return err({ reason: "provider_refused", detail });
  }
  return ok(other?.id ?? null);
}

/** What is on its way or held comes in from now on. A charge that was not read counts: nobody can say that it is older. */
function isCollectedSince({ status, latest_charge: charge }: Stripe.PaymentIntent, since: number): boolean {
  if (status === "processing" || status === "requires_capture") return true;
  if (status !== "succeeded") return false;
  return typeof charge !== "object" || charge === null || !(charge.created < since);
}
