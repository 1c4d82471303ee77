import { request, type Scene, stripeEvent } from "../../../simulators/day/day.ts";
import { makePayment, type Payment } from "../../../simulators/day/payments.ts";
import { type ControlCall, type Deed, soon, type Tale, taleOf } from "./tale.ts";

const PRICE = { amountMinor: 2_900, currency: "usd" };
const OTHER_MINOR = 4_300;
const CREDITED_MINOR = 1_200;

/** A renewal was declined and is to be tried again; meanwhile its collection ends, or what is owed changes. */
export const RENEWAL_TALES: readonly ((scene: Scene) => Tale)[] = [
  (scene) => ended(scene, "cancelled", (renewal) => [subscriptionTo({ status: "canceled" })(renewal)]),
  (scene) => ended(scene, "paused by hand", (renewal) => [subscriptionTo({ pauseBehavior: "keep_as_draft" })(renewal)]),
  (scene) => ended(scene, "sent to the customer", sentByCustomer),
  pausedByRequest,
  (scene) =>
    lessOwed(scene, "a part is credited", (invoice) => ({
      path: "credit_notes",
      body: { invoice, amount: CREDITED_MINOR },
    })),
  (scene) =>
    lessOwed(scene, "a part is paid by hand", (invoice) => ({
      path: `invoices/${invoice}`,
      body: { amountRemaining: PRICE.amountMinor - CREDITED_MINOR },
    })),
];

/** Money that is held, and then more of it than when it was asked to be captured. */
export const CAPTURE_TALES: readonly ((scene: Scene) => Tale)[] = [raised];

type Renewal = { payment: Payment; invoice: string; subscription: string };

function declined(scene: Scene): Renewal {
  const outcome = { kind: "declined", code: "insufficient_funds" } as const;
  const payment = makePayment(scene, { price: PRICE, outcome, invoiceNumber: scene.nextInvoiceNumber() });
  const { invoice, subscription } = payment.links;
  if (invoice === undefined || subscription === undefined) throw new Error("a renewal has an invoice");
  return { payment, invoice, subscription };
}

/** Some are declined once more, so that two tries wait. */
function taleOfRenewal(scene: Scene, { payment }: Renewal, kind: string, deeds: Deed[]): Tale {
  const { invoice, intent, links } = payment;
  return taleOf(payment, {
    kind: `renewal: ${kind}`,
    move: "collect",
    sum: "whole",
    items: [stripeEvent(scene, "invoice.payment_failed", invoice ?? intent, links)],
    scripts: scene.random.chance(0.5) ? [{ target: intent.id, declines: ["insufficient_funds"] }] : [],
    deeds,
    isHonest: false,
  });
}

const when = ({ random }: Scene): Deed["when"] => (random.chance(0.25) ? "before" : soon(random));

function ended(scene: Scene, how: string, callsOf: (renewal: Renewal) => ControlCall[]): Tale {
  const renewal = declined(scene);
  const deed: Deed = {
    what: "ended",
    how,
    payment: renewal.payment.intent.id,
    seenIn: [renewal.subscription],
    amountMinor: null,
    calls: callsOf(renewal),
    when: when(scene),
  };
  return taleOfRenewal(scene, renewal, how, [deed]);
}

const subscriptionTo =
  (change: object) =>
  ({ subscription }: Renewal): ControlCall => ({ path: `subscriptions/${subscription}`, body: change });

/** The invoice first: whoever reads the subscription afterwards can know both. */
const sentByCustomer = (renewal: Renewal): ControlCall[] => [
  { path: `invoices/${renewal.invoice}`, body: { collectionMethod: "send_invoice" } },
  subscriptionTo({ collectionMethod: "send_invoice" })(renewal),
];

/** The customer asks us to pause it; from our own change on nothing may be collected. */
function pausedByRequest(scene: Scene): Tale {
  const renewal = declined(scene);
  const tale = taleOfRenewal(scene, renewal, "paused by request", []);
  const asks = request({ message: `We close for a while. Please pause our subscription ${renewal.subscription}.` });
  return { ...tale, items: scene.random.shuffle([...tale.items, asks]) };
}

/** Something is taken off what is open: what was granted is no longer what would be taken. */
function lessOwed(scene: Scene, how: string, callOf: (invoice: string) => ControlCall): Tale {
  const renewal = declined(scene);
  const { payment, invoice } = renewal;
  const deed: Deed = {
    what: "amount",
    how,
    payment: payment.intent.id,
    seenIn: [invoice, payment.intent.id],
    amountMinor: PRICE.amountMinor - CREDITED_MINOR,
    calls: [callOf(invoice)],
    when: soon(scene.random),
  };
  return taleOfRenewal(scene, renewal, how, [deed]);
}

function raised(scene: Scene): Tale {
  const outcome = { kind: "held", riskLevel: "normal" } as const;
  const payment = makePayment(scene, { price: PRICE, outcome, invoiceNumber: null });
  const { intent, charge, links } = payment;
  const deed: Deed = {
    what: "amount",
    how: `authorised again, for ${OTHER_MINOR}`,
    payment: intent.id,
    seenIn: [intent.id, charge.id],
    amountMinor: OTHER_MINOR,
    calls: [{ path: `payment_intents/${intent.id}`, body: { amountCapturable: OTHER_MINOR } }],
    when: soon(scene.random),
  };
  return taleOf(payment, {
    kind: "capture: the authorisation is raised",
    move: "capture",
    sum: "whole",
    items: [stripeEvent(scene, "payment_intent.amount_capturable_updated", intent, links)],
    deeds: [deed],
  });
}
