import { API_VERSION, type Scene, stripeEvent } from "../../simulators/day/day.ts";
import { makePayment, type Payment, type PaymentSpec } from "../../simulators/day/payments.ts";
import { createRandom } from "../../simulators/day/random.ts";
import type { AnyResource } from "../../simulators/stripe/resources.ts";
import { dispute } from "../../simulators/stripe/shapes/risk.ts";

/** A complete payment as Stripe has it, and the events that tell of it. Its ids follow from its name. */
export type Told = Payment & {
  /** The text of one event about an object of this payment, as Stripe would send it; each call is another event. */
  event(type: string, object: AnyResource, changes?: Record<string, unknown>): { id: string; body: string };
  id: { payment: string; charge: string; invoice: string; customer: string };
};

let payments = 0;

export function tell(spec: Partial<PaymentSpec> = {}): Told {
  payments += 1;
  const scene: Scene = {
    random: createRandom(Number(process.hrtime.bigint() % 4_000_000_000n) + payments),
    atSeconds: Math.floor(Date.now() / 1000) - 3600,
    version: API_VERSION,
    nextInvoiceNumber: () => numberOf(payments),
  };
  const payment = makePayment(scene, {
    price: { amountMinor: 4250, currency: "usd" },
    outcome: { kind: "paid" },
    invoiceNumber: numberOf(payments),
    ...spec,
  });
  return {
    ...payment,
    id: {
      payment: payment.intent.id,
      charge: payment.charge.id,
      invoice: payment.invoice?.id ?? "none",
      customer: payment.customer.id,
    },
    event(type, object, changes = {}) {
      const event = { ...(JSON.parse(stripeEvent(scene, type, object, payment.links).body) as object), ...changes };
      return { id: `stripe:${(event as unknown as { id: string }).id}`, body: JSON.stringify(event) };
    },
  };
}

const numberOf = (n: number): string => `INV-${70_000 + n}`;

/** A dispute of its charge; the stand-in marks the charge when it is given this. */
export function disputeOf({ charge, intent }: Payment): AnyResource {
  return dispute(
    { nowSeconds: charge.created, livemode: false },
    { amount: charge.amount, charge: charge.id, currency: charge.currency, payment_intent: intent.id },
  );
}

/** Every event by which Stripe tells of one failed renewal. */
export function eventsOfFailedRenewal(told: Told): { id: string; body: string }[] {
  const { invoice, intent, charge, event } = told;
  if (invoice === null) throw new Error("a renewal has an invoice");
  return [
    event("invoice.payment_failed", invoice),
    event("payment_intent.payment_failed", intent),
    event("charge.failed", charge),
    event("invoice.updated", invoice),
    event("invoice.finalized", invoice),
    event("payment_intent.created", intent),
  ];
}
