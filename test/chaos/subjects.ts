import type { StreamItem } from "../../simulators/day/index.ts";
import type { ChaosDay } from "./day.ts";
import { type NamedPayment, paymentsByName } from "./named.ts";
import type { Deliveries } from "./sender.ts";

/** A payment that the stream asks something about, and where it does so first. */
export type Subject = NamedPayment & {
  /** The place in the stream. */
  at: number;
  isRequest: boolean;
  /** All that ask, copies included. */
  items: StreamItem[];
};

const ASKING = new Set([
  "request",
  "invoice.payment_failed",
  "billing: invoice.payment_failed",
  "payment_intent.amount_capturable_updated",
]);

/** In the order of the stream. */
export function subjectsIn({ objects, stream }: Pick<ChaosDay, "objects" | "stream">): Subject[] {
  const known = paymentsByName(objects);
  const found = new Map<string, Subject>();
  for (const [at, item] of stream.entries()) {
    const { label, body } = item;
    if (item.isGarbage || !ASKING.has(label)) continue;
    const named = body.match(/\b(?:(?:pi|ch|in)_\w+|INV-\d+)/g) ?? [];
    const payment = named.map((name) => known.get(name)).find((one) => one !== undefined);
    if (payment === undefined) continue;
    const before = found.get(payment.payment);
    if (before === undefined)
      found.set(payment.payment, { ...payment, at, isRequest: label === "request", items: [item] });
    else before.items.push(item);
  }
  return [...found.values()];
}

const NAMES = /\b(?:(?:pi|ch|in)_\w+|INV-\d+)/g;

/** The stored ids of what was sent and names a payment of which something is asked, by the payment. */
export function questionsIn(
  { objects, stream, asked }: Pick<ChaosDay, "objects" | "stream" | "asked">,
  deliveries: Deliveries,
): Map<string, string[]> {
  const known = paymentsByName(objects);
  const questions = new Map(asked.map(({ payment }) => [payment, new Set<string>()]));
  for (const item of stream) {
    const event = deliveries.get(item)?.event ?? null;
    if (event === null) continue;
    for (const name of item.body.match(NAMES) ?? []) questions.get(known.get(name)?.payment ?? "")?.add(event);
  }
  return new Map([...questions].map(([payment, events]) => [payment, [...events]]));
}
