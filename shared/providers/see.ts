import type { ActionKind } from "../contracts/actions.ts";
import type { Failure } from "../contracts/failure.ts";
import type {
  At,
  PaymentReference,
  PaymentSnapshot,
  PriceView,
  Reference,
  Snapshot,
  SubscriptionSnapshot,
} from "../contracts/provider.ts";
import { isSubscription } from "../contracts/provider.ts";
import { ok, type Result } from "../core/result.ts";
import type { Guardrails } from "../policy/document.ts";
import { lowerPriceOf } from "../policy/downgrades.ts";
import type { ProviderReader } from "./port.ts";

type Found<Seen> = Promise<Result<Seen | null, Failure>>;

/** A provider's reads, at one place. */
export type Reading = {
  find(reference: Reference): Found<Snapshot>;
  findToRefund(reference: PaymentReference): Found<PaymentSnapshot>;
  /** `besideMs`: as in ProviderReader. */
  findToCollect(reference: PaymentReference, besideMs: number): Found<PaymentSnapshot>;
  price(id: string): Found<PriceView>;
};

export const readingAt = (reader: ProviderReader, at: At): Reading => ({
  find: (reference) => reader.find(reference, at),
  findToRefund: (reference) => reader.findToRefund(reference, at),
  findToCollect: (reference, besideMs) => reader.findToCollect(reference, at, besideMs),
  price: (id) => reader.price(id, at),
});

/** Reads what the guardrails of a kind need of what is referred to, before a decision and again before a send. */
export async function see(
  reading: Reading,
  reference: Reference,
  kind: ActionKind,
  policy: Pick<Guardrails, "retry" | "subscription">,
): Found<Snapshot> {
  if (reference.kind === "subscription") {
    const found = await reading.find(reference);
    if (!found.ok || found.value === null || kind !== "downgrade" || !isSubscription(found.value)) return found;
    return await withLowerPrice(found.value, reading, policy);
  }
  if (kind === "refund") return await reading.findToRefund(reference);
  if (kind !== "retryPayment") return await reading.find(reference);
  return await reading.findToCollect(reference, policy.retry.oneOffMaxAgeMs);
}

/** The subscription with the lower price that policy names for its present one. */
async function withLowerPrice(
  seen: SubscriptionSnapshot,
  { price }: Reading,
  policy: Pick<Guardrails, "subscription">,
): Found<SubscriptionSnapshot> {
  const present = seen.items[0]?.price.id;
  const named = present === undefined ? null : lowerPriceOf(present, policy);
  if (named === null) return ok(seen);
  const lower = await price(named);
  return lower.ok ? ok({ ...seen, lowerPrice: lower.value }) : lower;
}
