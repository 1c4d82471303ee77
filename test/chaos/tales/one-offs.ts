import { type Scene, stripeEvent } from "../../../simulators/day/day.ts";
import { makePayment, type Payment } from "../../../simulators/day/payments.ts";
import { type Deed, soon, type Tale, taleOf } from "./tale.ts";

const PRICE = { amountMinor: 3_700, currency: "usd" };
const OTHER_MINOR = 5_100;

/** A purchase was declined. It may be tried again only where the customer agreed to be charged later, with that very card. */
export const ONE_OFF_TALES: readonly ((scene: Scene) => Tale)[] = [
  (scene) => taleOfOneOff(scene, declined(scene, true), "agreed to", "whole", []),
  (scene) => taleOfOneOff(scene, declined(scene, false), "not agreed to", "nothing", []),
  detached,
  paidOtherwise,
  repriced,
];

function declined(scene: Scene, isAgreed: boolean): Payment {
  const outcome = { kind: "declined", code: "insufficient_funds" } as const;
  const payment = makePayment(scene, { price: PRICE, outcome, invoiceNumber: null });
  if (isAgreed) payment.intent.setup_future_usage = "off_session";
  return payment;
}

function taleOfOneOff(scene: Scene, payment: Payment, kind: string, sum: Tale["sum"], deeds: Deed[]): Tale {
  const { intent, links } = payment;
  return taleOf(payment, {
    kind: `one-off: ${kind}`,
    move: "collect",
    sum,
    items: [stripeEvent(scene, "payment_intent.payment_failed", intent, links)],
    deeds,
    isHonest: sum !== "nothing" && deeds.length === 0,
  });
}

const when = ({ random }: Scene): Deed["when"] => (random.chance(0.3) ? "before" : soon(random));

function detached(scene: Scene): Tale {
  const payment = declined(scene, true);
  const method = payment.customer.id.replace(/^cus_/, "pm_");
  const deed: Deed = {
    what: "detached",
    how: `${method} detached`,
    payment: payment.intent.id,
    seenIn: [method],
    amountMinor: null,
    calls: [{ path: `payment_methods/${method}/detach`, body: {} }],
    when: when(scene),
  };
  return taleOfOneOff(scene, payment, "the card is taken back", "whole", [deed]);
}

/** The customer has paid the same order in another attempt. */
function paidOtherwise(scene: Scene): Tale {
  const payment = declined(scene, true);
  const later: Scene = { ...scene, atSeconds: scene.atSeconds + 90 };
  const { customer } = payment;
  const other = makePayment(later, { price: PRICE, outcome: { kind: "paid" }, invoiceNumber: null, customer });
  const deed: Deed = {
    what: "paid_otherwise",
    how: `paid by ${other.intent.id}`,
    payment: payment.intent.id,
    seenIn: [customer.id],
    amountMinor: null,
    calls: [{ path: "objects", body: other.objects }],
    when: when(scene),
  };
  return taleOfOneOff(scene, payment, "paid by another payment", "whole", [deed]);
}

function repriced(scene: Scene): Tale {
  const payment = declined(scene, true);
  const { id } = payment.intent;
  const deed: Deed = {
    what: "amount",
    how: `${OTHER_MINOR} instead of ${PRICE.amountMinor}`,
    payment: id,
    seenIn: [id],
    amountMinor: OTHER_MINOR,
    calls: [{ path: `payment_intents/${id}`, body: { amount: OTHER_MINOR } }],
    when: soon(scene.random),
  };
  return taleOfOneOff(scene, payment, "another amount since", "whole", [deed]);
}
