import { customer } from "../stripe/shapes/billing.ts";
import { dispute, earlyFraudWarning } from "../stripe/shapes/risk.ts";
import { type Incident, line, request, type Scene, type StreamItem, stripeEvent } from "./day.ts";
import { makePayment, type Payment, type Price } from "./payments.ts";

/** What happens on a day at a subscription business, one function each. */

const PLANS: [Price, ...Price[]] = [
  { amountMinor: 900, currency: "usd" },
  { amountMinor: 1900, currency: "usd" },
  { amountMinor: 4900, currency: "usd" },
  { amountMinor: 9900, currency: "usd" },
  { amountMinor: 1500, currency: "eur" },
  { amountMinor: 3900, currency: "eur" },
  { amountMinor: 2500, currency: "gbp" },
  { amountMinor: 4300, currency: "jpy" },
  { amountMinor: 12_500, currency: "kwd" },
];

const SOFT: [string, ...string[]] = [
  "insufficient_funds",
  "generic_decline",
  "do_not_honor",
  "processing_error",
  "try_again_later",
  "issuer_not_available",
];
const HARD: [string, ...string[]] = ["lost_card", "stolen_card", "pickup_card", "fraudulent", "do_not_try_again"];

const incidentOf = (kind: string, name: string, { objects }: Payment, items: StreamItem[]): Incident => ({
  kind,
  name,
  objects,
  scripts: [],
  items,
});

/** The four events that Stripe sends of one paid invoice. */
export function paidEvents(scene: Scene, { intent, charge, invoice, links }: Payment): StreamItem[] {
  const items = [
    stripeEvent(scene, "payment_intent.succeeded", intent, links),
    stripeEvent(scene, "charge.succeeded", charge, links),
  ];
  if (invoice === null) return items;
  return [
    ...items,
    stripeEvent(scene, "invoice.paid", invoice, links),
    stripeEvent(scene, "invoice.payment_succeeded", invoice, links),
  ];
}

/** A successful renewal: four events, nothing to do. */
export function paidRenewal(scene: Scene): Incident {
  const number = scene.nextInvoiceNumber();
  const payment = makePayment(scene, {
    price: scene.random.pick(PLANS),
    outcome: { kind: "paid" },
    invoiceNumber: number,
  });
  return incidentOf("paid renewal", number, payment, paidEvents(scene, payment));
}

/** One event that needs no decision, of a kind that providers send all day. */
export function quiet(scene: Scene): Incident {
  if (scene.random.chance(0.3)) return notice(scene);
  const payment = makePayment(scene, {
    price: scene.random.pick(PLANS),
    outcome: { kind: "paid" },
    invoiceNumber: null,
  });
  return incidentOf("one-off payment", payment.intent.id, payment, paidEvents(scene, payment).slice(0, 1));
}

function notice(scene: Scene): Incident {
  const buyer = customer(
    { nowSeconds: scene.atSeconds, livemode: false },
    { id: scene.random.id("cus", 14), invoice_prefix: "NOTICE" },
  );
  const type = scene.random.pick(["customer.updated", "customer.created", "customer.tax_location.checked"]);
  return { kind: "notice", name: buyer.id, objects: [], scripts: [], items: [stripeEvent(scene, type, buyer)] };
}

/** A failed renewal with all its events: three or four reports of one fact (the fourth is from our own billing system). */
function failedRenewal(scene: Scene, kind: string, code: string, nextAttemptSeconds: number | null): Incident {
  const number = scene.nextInvoiceNumber();
  const payment = makePayment(scene, {
    price: scene.random.pick(PLANS),
    outcome: { kind: "declined", code },
    invoiceNumber: number,
    nextAttemptSeconds,
  });
  const { invoice, intent, charge, links } = payment;
  const items = [
    ...(invoice === null ? [] : [stripeEvent(scene, "invoice.payment_failed", invoice, links)]),
    stripeEvent(scene, "payment_intent.payment_failed", intent, links),
    stripeEvent(scene, "charge.failed", charge, links),
  ];
  if (nextAttemptSeconds === null && scene.random.chance(0.25)) items.push(reportedByBilling(scene, payment, code));
  return incidentOf(kind, number, payment, items);
}

/** Our own billing system's report of the same failed renewal, in our own shape. */
function reportedByBilling(
  scene: Scene,
  { invoice, intent, charge, customer: buyer }: Payment,
  code: string,
): StreamItem {
  const event = {
    id: scene.random.id("billing", 16),
    type: "invoice.payment_failed",
    occurredAt: new Date(scene.atSeconds * 1000).toISOString(),
    mode: "test",
    payment: intent.id,
    charge: charge.id,
    invoice: invoice?.id,
    customer: buyer.id,
    amountMinor: intent.amount,
    currency: intent.currency,
    declineCode: code,
    attempt: 1,
  };
  return line("billing: invoice.payment_failed", JSON.stringify(event));
}

/** Renewals that we retry: most succeed at the next try, some at the one after. */
export function softDecline(scene: Scene): Incident {
  const code = scene.random.pick(SOFT);
  const incident = failedRenewal(scene, "soft decline", code, null);
  const intent = incident.objects.find(({ object }) => object === "payment_intent");
  if (intent !== undefined && scene.random.chance(0.3)) incident.scripts.push({ target: intent.id, declines: [code] });
  return incident;
}

/** Stripe will try again by itself, so we must not. */
export function declineThatStripeRetries(scene: Scene): Incident {
  return failedRenewal(scene, "soft decline, left to Stripe", scene.random.pick(SOFT), scene.atSeconds + 3 * 86_400);
}

/** Declines that must never be tried again. */
export function hardDecline(scene: Scene): Incident {
  return failedRenewal(scene, "hard decline", scene.random.pick(HARD), null);
}

export function failedOneOff(scene: Scene): Incident {
  const code = scene.random.chance(0.7) ? scene.random.pick(SOFT) : scene.random.pick(HARD);
  const payment = makePayment(scene, {
    price: scene.random.pick(PLANS),
    outcome: { kind: "declined", code },
    invoiceNumber: null,
  });
  return incidentOf("failed one-off payment", payment.intent.id, payment, [
    stripeEvent(scene, "payment_intent.payment_failed", payment.intent, payment.links),
    stripeEvent(scene, "charge.failed", payment.charge, payment.links),
  ]);
}

export function openedDispute(scene: Scene): Incident {
  const incident = paidRenewal(scene);
  const [intent, charge] = paidObjects(incident);
  const opened = dispute(
    { nowSeconds: scene.atSeconds, livemode: false },
    {
      id: scene.random.id("du"),
      amount: charge.amount,
      charge: charge.id,
      currency: charge.currency,
      payment_intent: intent.id,
    },
  );
  return {
    ...incident,
    kind: "dispute",
    objects: [...incident.objects, opened],
    items: [
      stripeEvent(scene, "charge.dispute.created", opened),
      stripeEvent(scene, "charge.dispute.funds_withdrawn", opened),
    ],
  };
}

export function fraudWarning(scene: Scene): Incident {
  const incident = paidRenewal(scene);
  const [intent, charge] = paidObjects(incident);
  const warning = earlyFraudWarning(
    { nowSeconds: scene.atSeconds, livemode: false },
    { id: scene.random.id("issfr"), charge: charge.id, payment_intent: intent.id },
  );
  return {
    ...incident,
    kind: "early fraud warning",
    objects: [...incident.objects, warning],
    items: [stripeEvent(scene, "radar.early_fraud_warning.created", warning)],
  };
}

function paidObjects({ objects, name }: Incident) {
  const intent = objects.find((object) => object.object === "payment_intent");
  const charge = objects.find((object) => object.object === "charge");
  if (intent === undefined || charge === undefined) throw new Error(`${name} has no payment`);
  return [intent, charge] as const;
}

/** A payment that waits for its capture. Most have a normal risk level, some a high one. */
export function heldAuthorisation(scene: Scene): Incident {
  const riskLevel = scene.random.chance(0.3) ? scene.random.pick(["elevated", "highest"]) : "normal";
  const payment = makePayment(scene, {
    price: scene.random.pick(PLANS),
    outcome: { kind: "held", riskLevel },
    invoiceNumber: null,
  });
  return incidentOf(`held authorisation, ${riskLevel} risk`, payment.intent.id, payment, [
    stripeEvent(scene, "payment_intent.amount_capturable_updated", payment.intent, payment.links),
    stripeEvent(scene, "charge.succeeded", payment.charge, payment.links),
  ]);
}

export const SEED_REQUEST = "Refund $42.50 USD for invoice INV-1042 because duplicate charge was detected.";

/** The example of the README: an invoice of 42.50 that was paid, and whose customer was charged a second time. */
export function invoice1042(scene: Scene): Incident {
  const price = { amountMinor: 4250, currency: "usd" };
  const first = makePayment(scene, { price, outcome: { kind: "paid" }, invoiceNumber: "INV-1042" });
  const second = makePayment(scene, {
    price,
    outcome: { kind: "paid" },
    invoiceNumber: null,
    description: "Second charge for INV-1042",
    customer: first.customer,
  });
  return {
    kind: "duplicate charge",
    name: "INV-1042",
    objects: [...first.objects, ...second.objects],
    scripts: [],
    items: [...paidEvents(scene, first), ...paidEvents(scene, second), request({ message: SEED_REQUEST })],
  };
}
