import type Stripe from "stripe";
import { declineFields, declineOf } from "../stripe/outcomes.ts";
import type { AnyResource } from "../stripe/resources.ts";
import { customer, invoice, invoicePayment, subscription } from "../stripe/shapes/billing.ts";
import { authorized, chargeOf, paymentIntent, paymentMethod } from "../stripe/shapes/payments.ts";
import type { Links, Scene } from "./day.ts";

/** One customer's payment with all its Stripe objects. */
export type Payment = {
  customer: Stripe.Customer;
  intent: Stripe.PaymentIntent;
  charge: Stripe.Charge;
  invoice: Stripe.Invoice | null;
  objects: AnyResource[];
  links: Links;
};

export type Price = { amountMinor: number; currency: string };

export type PaymentSpec = {
  price: Price;
  outcome: { kind: "paid" } | { kind: "held"; riskLevel: string } | { kind: "declined"; code: string };
  /** A renewal has an invoice, a one-off payment has none. */
  invoiceNumber: string | null;
  /** When Stripe will try again by itself. */
  nextAttemptSeconds?: number | null;
  description?: string;
  customer?: Stripe.Customer;
  /** Whether the customer agreed to be charged later (`setup_future_usage`), by the payment's id; else nobody did. */
  agreed?: (intent: string) => boolean;
};

/** Builds a payment in its state at the beginning of the stream. Every id comes from the seed. */
export function makePayment(scene: Scene, spec: PaymentSpec): Payment {
  const birth = { nowSeconds: scene.atSeconds, livemode: false };
  const buyer = spec.customer ?? makeCustomer(scene);
  const method = paymentMethod(birth, { id: buyer.id.replace(/^cus_/, "pm_"), customer: buyer.id });
  const intent = makeIntent(scene, spec, buyer, method);
  const charge = makeCharge(scene, spec, intent, method);
  intent.latest_charge = charge.id;
  if (spec.outcome.kind === "declined") {
    intent.last_payment_error = { ...declineFields(declineOf(spec.outcome.code), charge.id), payment_method: method };
  }
  const buyerObjects: AnyResource[] = spec.customer === undefined ? [method, buyer] : [];
  const base = { customer: buyer, intent, charge };
  const links = { payment: intent.id, charge: charge.id };
  if (spec.invoiceNumber === null) return { ...base, invoice: null, links, objects: [...buyerObjects, intent, charge] };
  const bill = makeBill(scene, spec, spec.invoiceNumber, base);
  const objects = [...buyerObjects, intent, charge, bill.subscription, bill.invoice, bill.link];
  return {
    ...base,
    invoice: bill.invoice,
    objects,
    links: { ...links, invoice: bill.invoice.id, subscription: bill.subscription.id },
  };
}

export function makeCustomer({ random, atSeconds }: Scene): Stripe.Customer {
  const id = random.id("cus", 14);
  return customer(
    { nowSeconds: atSeconds - 40 * 86_400, livemode: false },
    {
      id,
      email: `${id.toLowerCase()}@example.com`,
      invoice_prefix: random.id("x", 8).slice(2).toUpperCase(),
      invoice_settings: { ...NO_SETTINGS, default_payment_method: id.replace(/^cus_/, "pm_") },
    },
  );
}

const NO_SETTINGS = { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null };

function makeIntent(
  scene: Scene,
  spec: PaymentSpec,
  buyer: Stripe.Customer,
  method: Stripe.PaymentMethod,
): Stripe.PaymentIntent {
  const id = scene.random.id("pi");
  const status = { paid: "succeeded", held: "requires_capture", declined: "requires_payment_method" } as const;
  return paymentIntent(
    { nowSeconds: scene.atSeconds, livemode: false },
    {
      id,
      amount: spec.price.amountMinor,
      client_secret: scene.random.id(`${id}_secret`),
      currency: spec.price.currency,
      customer: buyer.id,
      description: spec.description ?? (spec.invoiceNumber === null ? "One-off purchase" : "Subscription renewal"),
      // A decline removes the payment method from the intent.
      payment_method: spec.outcome.kind === "declined" ? null : method.id,
      setup_future_usage: spec.agreed?.(id) === true ? "off_session" : null,
      status: status[spec.outcome.kind],
    },
  );
}

function makeCharge(
  scene: Scene,
  { outcome }: PaymentSpec,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): Stripe.Charge {
  const birth = { nowSeconds: scene.atSeconds, livemode: false };
  const given = { id: intent.id.replace(/^pi_/, "ch_"), payment_method: method.id };
  switch (outcome.kind) {
    case "paid":
      return chargeOf(birth, intent, given);
    case "held":
      return chargeOf(birth, intent, {
        ...given,
        captured: false,
        outcome: { ...authorized(), ...riskOf(outcome.riskLevel) },
      });
    case "declined":
      return chargeOf(birth, intent, { ...given, ...failureOf(outcome.code) });
  }
}

function riskOf(level: string): Pick<Stripe.Charge.Outcome, "risk_level" | "risk_score"> {
  return { risk_level: level, risk_score: level === "normal" ? 12 : 68 };
}

function failureOf(declineCode: string): Partial<Stripe.Charge> {
  const decline = declineOf(declineCode);
  return {
    status: "failed",
    failure_code: decline.code,
    failure_message: decline.message,
    outcome: {
      ...authorized(),
      advice_code: decline.adviceCode as Stripe.Charge.Outcome.AdviceCode,
      network_advice_code: decline.networkAdviceCode,
      network_decline_code: decline.networkDeclineCode,
      network_status: "declined_by_network",
      reason: declineCode,
      seller_message: "The bank did not return any further details with this decline.",
      type: "issuer_declined",
    },
  };
}

function makeBill(
  scene: Scene,
  spec: PaymentSpec,
  number: string,
  { customer: buyer, intent }: Pick<Payment, "customer" | "intent">,
) {
  const birth = { nowSeconds: scene.atSeconds, livemode: false };
  const isPaid = spec.outcome.kind === "paid";
  const plan = subscription(birth, {
    id: scene.random.id("sub"),
    currency: spec.price.currency,
    customer: buyer.id,
    status: isPaid ? "active" : "past_due",
  });
  const bill = invoice(birth, {
    id: scene.random.id("in"),
    attempt_count: 1,
    attempted: true,
    currency: spec.price.currency,
    customer: buyer.id,
    customer_email: buyer.email,
    next_payment_attempt: spec.nextAttemptSeconds ?? null,
    number,
    parent: {
      quote_details: null,
      subscription_details: { metadata: {}, subscription: plan.id },
      type: "subscription_details",
    },
    status: isPaid ? "paid" : "open",
    total: spec.price.amountMinor,
  });
  const link = invoicePayment(birth, {
    id: scene.random.id("inpay"),
    amount_requested: spec.price.amountMinor,
    currency: spec.price.currency,
    invoice: bill.id,
    payment: { type: "payment_intent", payment_intent: intent.id },
    status: isPaid ? "paid" : "open",
  });
  plan.latest_invoice = bill.id;
  return { invoice: bill, subscription: plan, link };
}
