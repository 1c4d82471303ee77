import { API_VERSION, type Incident, type Scene, type StreamItem, stripeEvent } from "../../simulators/day/day.ts";
import { makePayment, type Payment } from "../../simulators/day/payments.ts";
import { createRandom } from "../../simulators/day/random.ts";
import type { Deliveries } from "./sender.ts";

/** What one content of an event is about. */
export type Side = { payment: string; invoice: string | null };
/** One event id that arrives with two contents, each about a payment of its own that nothing else tells of. */
export type Conflict = {
  id: string;
  sides: [Side, Side];
  /** The second is to be sent when the first was answered. */
  items: [StreamItem, StreamItem];
};
export type ConflictPair = { conflict: Conflict; objects: Incident["objects"] };

/** Who vouches for a content: the provider's signature, or an ingest key. */
export type Voucher = "signed" | "keyed";
/** As it was sent. Not in order: the second was on its way before anybody had said that the first was taken. */
export type SentConflict = Pick<Conflict, "id" | "sides"> & {
  vouchers: [Voucher, Voucher];
  isInOrder: boolean;
  isFirstTaken: boolean;
  isSecondTaken: boolean;
};

/** The two doors of a pair, in turn. Between two keyed ones nothing is new. */
const DOORS = [
  ["stripe", "stripe"],
  ["events", "stripe"],
  ["stripe", "events"],
] as const;

const PRICE = { amountMinor: 2900, currency: "usd" };

/** Both contents ask for an action: a renewal to be tried again, or a held authorisation to be captured. */
export function conflictPairs(seed: number, startAt: number, count: number): ConflictPair[] {
  let invoices = 90_000;
  const scene: Scene = {
    random: createRandom(seed + 3),
    atSeconds: Math.floor(startAt / 1000),
    version: API_VERSION,
    nextInvoiceNumber: () => `INV-${++invoices}`,
  };
  return Array.from({ length: count }, (_, nth) =>
    pairOf(scene, nth % 2 === 0 ? failedRenewal : heldAuthorisation, DOORS[nth % DOORS.length] ?? DOORS[0]),
  );
}

type Report = { payment: Payment; item: StreamItem };

function pairOf(scene: Scene, report: (scene: Scene) => Report, doors: (typeof DOORS)[number]): ConflictPair {
  const [first, second] = [report(scene), report(scene)];
  const { id } = JSON.parse(first.item.body) as { id: string };
  const body = JSON.stringify({ ...(JSON.parse(second.item.body) as object), id });
  return {
    conflict: {
      id: `stripe:${id}`,
      sides: [sideOf(first), sideOf(second)],
      items: [
        { ...first.item, door: doors[0] },
        { ...second.item, body, door: doors[1] },
      ],
    },
    objects: [...first.payment.objects, ...second.payment.objects],
  };
}

const sideOf = ({ payment: { intent, invoice } }: Report): Side => ({
  payment: intent.id,
  invoice: invoice?.id ?? null,
});

function failedRenewal(scene: Scene): Report {
  const outcome = { kind: "declined", code: "insufficient_funds" } as const;
  const payment = makePayment(scene, { price: PRICE, outcome, invoiceNumber: scene.nextInvoiceNumber() });
  const { invoice, intent, links } = payment;
  return { payment, item: stripeEvent(scene, "invoice.payment_failed", invoice ?? intent, links) };
}

function heldAuthorisation(scene: Scene): Report {
  const outcome = { kind: "held", riskLevel: "normal" } as const;
  const payment = makePayment(scene, { price: PRICE, outcome, invoiceNumber: null });
  return {
    payment,
    item: stripeEvent(scene, "payment_intent.amount_capturable_updated", payment.intent, payment.links),
  };
}

/** The stream in its order, but for each pair's second, which changes places with its first where it came before it. */
export function secondsLater(stream: readonly StreamItem[], pairs: readonly ConflictPair[]): StreamItem[] {
  const ordered = [...stream];
  for (const { conflict } of pairs) {
    const [first, second] = conflict.items.map((item) => ordered.indexOf(item)) as [number, number];
    if (first < second) continue;
    ordered[second] = conflict.items[0];
    ordered[first] = conflict.items[1];
  }
  return ordered;
}

const voucherOf = ({ door }: StreamItem): Voucher => (door === "stripe" ? "signed" : "keyed");

/** An answer that was lost is no answer: only what was answered 2xx before the second began is known to stand. */
export function sentConflict({ id, sides, items: [first, second] }: Conflict, deliveries: Deliveries): SentConflict {
  const [before, after] = [deliveries.get(first), deliveries.get(second)];
  const takenAt = before?.takenAt ?? Number.POSITIVE_INFINITY;
  return {
    id,
    sides,
    vouchers: [voucherOf(first), voucherOf(second)],
    isInOrder: after !== undefined && takenAt <= after.begunAt,
    isFirstTaken: Number.isFinite(takenAt),
    isSecondTaken: after !== undefined && after.takenAt !== null,
  };
}
