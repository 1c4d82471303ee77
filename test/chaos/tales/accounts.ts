import { line, request, type Scene, type StreamItem, stripeEvent } from "../../../simulators/day/day.ts";
import { makePayment, type Payment } from "../../../simulators/day/payments.ts";
import { decimal } from "../../../simulators/day/requests.ts";
import type { AnyResource } from "../../../simulators/stripe/resources.ts";
import { type Tale, taleOf } from "./tale.ts";

const PRICE = { amountMinor: 6_400, currency: "usd" };
const HALF = PRICE.amountMinor / 2;
const FEE_MINOR = 640;

/** Connected accounts of the platform. The third has taken its access away; the fourth nobody knows. */
const [SHOP, STUDIO, GONE, UNKNOWN] = [
  "acct_ChaosShop0000001",
  "acct_ChaosStudio00001",
  "acct_ChaosGone0000001",
  "acct_ChaosNobody00001",
] as const;
export const ACCOUNTS = [SHOP, STUDIO, GONE] as const;
export const TAKEN_AWAY = [GONE] as const;

/** Payments that live in another account, that give money to one, or that are said to be where they are not. */
export const ACCOUNT_TALES: readonly ((scene: Scene) => Tale)[] = [
  directRefund,
  directRenewal,
  (scene) => elsewhere(scene, "a refund that names another account", paid(scene), [STUDIO, UNKNOWN]),
  (scene) => elsewhere(scene, "a renewal that names another account", declined(scene), [STUDIO, UNKNOWN]),
  (scene) => elsewhere(scene, "an account that cannot be reached", within(paid(scene), GONE), [GONE], GONE),
  (scene) => destination(scene, "all of a destination charge", PRICE.amountMinor),
  (scene) => destination(scene, "a part of a destination charge", HALF),
];

const paid = (scene: Scene): Payment =>
  makePayment(scene, { price: PRICE, outcome: { kind: "paid" }, invoiceNumber: scene.nextInvoiceNumber() });
const declined = (scene: Scene): Payment => {
  const outcome = { kind: "declined", code: "insufficient_funds" } as const;
  return makePayment(scene, { price: PRICE, outcome, invoiceNumber: scene.nextInvoiceNumber() });
};

/** Everything of it lives in this account. */
const within = (payment: Payment, account: string): Payment => ({
  ...payment,
  objects: payment.objects.map((one): AnyResource => Object.assign(one, { stripe_account: account })),
});

/** As our own systems write what a customer asks, with the account in which they think that it is. */
function asked({ random, atSeconds }: Scene, { charge }: Payment, amountMinor: number, account: string): StreamItem {
  const event = {
    id: random.id("app", 16),
    type: "countersign.request",
    occurredAt: new Date(atSeconds * 1000).toISOString(),
    mode: "test",
    account,
    text: `Please refund ${decimal(amountMinor, "usd")} USD of charge ${charge.id}, it was a double charge.`,
  };
  return line("request in an account", JSON.stringify(event));
}

function failed(scene: Scene, { invoice, intent, links }: Payment, account: string): StreamItem {
  const item = stripeEvent(scene, "invoice.payment_failed", invoice ?? intent, links);
  const { stripe_account: _, ...object } = (JSON.parse(item.body) as { data: { object: Record<string, unknown> } }).data
    .object;
  return { ...item, body: JSON.stringify({ ...JSON.parse(item.body), account, data: { object } }) };
}

const oneOf = ({ random }: Scene): string => (random.chance(0.5) ? SHOP : STUDIO);

function directRefund(scene: Scene): Tale {
  const account = oneOf(scene);
  const payment = within(paid(scene), account);
  return taleOf(payment, {
    kind: "account: a refund in a connected account",
    move: "refund",
    sum: { exactly: PRICE.amountMinor },
    account,
    items: [asked(scene, payment, PRICE.amountMinor, account)],
  });
}

function directRenewal(scene: Scene): Tale {
  const account = oneOf(scene);
  const payment = within(declined(scene), account);
  return taleOf(payment, {
    kind: "account: a renewal in a connected account",
    move: "collect",
    sum: "whole",
    account,
    items: [failed(scene, payment, account)],
  });
}

/** Nobody may move anything on the word of somebody who names an account in which the payment is not. */
function elsewhere(
  scene: Scene,
  kind: string,
  payment: Payment,
  named: readonly [string, ...string[]],
  account: string | null = null,
): Tale {
  const isPaid = payment.intent.status === "succeeded";
  const said = scene.random.pick(named);
  return taleOf(payment, {
    kind: `account: ${kind}`,
    move: isPaid ? "refund" : "collect",
    sum: "nothing",
    account,
    items: [isPaid ? asked(scene, payment, PRICE.amountMinor, said) : failed(scene, payment, said)],
    isHonest: false,
  });
}

/** The money went on to a connected account, and the platform kept a fee: both come back with all of it. */
function destination(scene: Scene, kind: string, amountMinor: number): Tale {
  const payment = makePayment(scene, { price: PRICE, outcome: { kind: "paid" }, invoiceNumber: null });
  const split = { transfer_data: { destination: oneOf(scene) }, application_fee_amount: FEE_MINOR };
  Object.assign(payment.intent, split);
  Object.assign(payment.charge, split);
  const message = `Please refund ${decimal(amountMinor, "usd")} USD of charge ${payment.charge.id}, it was a double charge.`;
  return taleOf(payment, {
    kind: `account: ${kind}`,
    move: "refund",
    sum: { exactly: amountMinor },
    items: [request({ message })],
    isHonest: amountMinor === PRICE.amountMinor,
  });
}
