import { request, type Scene } from "../../../simulators/day/day.ts";
import { makePayment, type Payment } from "../../../simulators/day/payments.ts";
import { decimal } from "../../../simulators/day/requests.ts";
import { type Deed, soon, type Tale, taleOf } from "./tale.ts";

const PRICE = { amountMinor: 5_000, currency: "usd" };
const HALF = PRICE.amountMinor / 2;
/** What fits beside half of it, and what does not. */
const SMALL = 1_000;
const LARGE = 3_000;

/** Somebody refunds in the dashboard what a customer asks us to refund, or something else, before or while we do. */
export const REFUND_TALES: readonly ((scene: Scene, turn: number) => Tale)[] = [
  (scene) => beside(scene, "the same by hand, before", HALF, "before"),
  (scene) => beside(scene, "the same by hand, meanwhile", HALF, soon(scene.random)),
  (scene) => beside(scene, "the same by hand, on hold", HALF, "on_hold"),
  (scene) => beside(scene, "less by hand, before", SMALL, "before"),
  (scene) => beside(scene, "less by hand, meanwhile", SMALL, soon(scene.random)),
  (scene) => beside(scene, "too much by hand, meanwhile", LARGE, soon(scene.random)),
  wholeBeside,
  releasedPart,
  (scene) => plainPart(scene).tale,
];

const paid = (scene: Scene): Payment =>
  makePayment(scene, { price: PRICE, outcome: { kind: "paid" }, invoiceNumber: scene.nextInvoiceNumber() });

const partOf = ({ charge }: Payment, amountMinor: number) =>
  request({
    message: `Half of our seats were never delivered. Please refund ${decimal(amountMinor, "usd")} USD of charge ${charge.id}.`,
  });

export const byHand = ({ intent, charge }: Payment, amountMinor: number, when: Deed["when"]): Deed => ({
  what: "refunded",
  how: `${amountMinor} refunded by hand`,
  payment: intent.id,
  seenIn: [intent.id, charge.id],
  amountMinor,
  calls: [{ path: "refunds", body: { payment_intent: intent.id, amount: amountMinor } }],
  when,
});

/** Of two refunds of a part the provider refuses neither. What leaves room, and is another sum, stops nothing. */
function beside(scene: Scene, kind: string, amountMinor: number, when: Deed["when"]): Tale {
  const payment = paid(scene);
  return taleOf(payment, {
    kind: `refund: ${kind}`,
    move: "refund",
    sum: { exactly: HALF },
    items: [partOf(payment, HALF)],
    deeds: [byHand(payment, amountMinor, when)],
    isHonest: amountMinor === SMALL,
  });
}

/** All of it is asked for by name, and a part is refunded by hand: what is left is another sum than was asked. */
function wholeBeside(scene: Scene): Tale {
  const payment = paid(scene);
  const message = `Please refund ${decimal(PRICE.amountMinor, "usd")} USD of charge ${payment.charge.id}, a double charge.`;
  return taleOf(payment, {
    kind: "refund: the whole by name, a part by hand",
    move: "refund",
    sum: { exactly: PRICE.amountMinor },
    items: [request({ message })],
    deeds: [byHand(payment, SMALL, scene.random.chance(0.5) ? "before" : soon(scene.random))],
  });
}

/** A partial capture shows its rest as a refund of the same sum, and no money went back. */
function releasedPart(scene: Scene): Tale {
  const payment = makePayment(scene, {
    price: PRICE,
    outcome: { kind: "held", riskLevel: "normal" },
    invoiceNumber: null,
  });
  const { id } = payment.intent;
  return taleOf(payment, {
    kind: "refund: as much as a partial capture released",
    move: "refund",
    sum: { exactly: HALF / 2 },
    setup: [
      { path: `payment_intents/${id}/capture`, form: { amount_to_capture: String(PRICE.amountMinor - HALF / 2) } },
    ],
    items: [partOf(payment, HALF / 2)],
  });
}

export function plainPart(scene: Scene): { tale: Tale; payment: Payment } {
  const payment = paid(scene);
  const tale = taleOf(payment, {
    kind: "refund: a part, and nothing else happens",
    move: "refund",
    sum: { exactly: HALF },
    items: [partOf(payment, HALF)],
  });
  return { tale, payment };
}
