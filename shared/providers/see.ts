import type { ActionKind } from "../contracts/actions.ts";
import type { Failure } from "../contracts/failure.ts";
import { isSubscription, type PriceView, type Reference, type Snapshot } from "../contracts/provider.ts";
import { ok, type Result } from "../core/result.ts";
import { lowerPriceOf } from "../policy/downgrades.ts";

type Reading = {
  find(reference: Reference): Promise<Result<Snapshot | null, Failure>>;
  price(id: string): Promise<Result<PriceView | null, Failure>>;
};

/**
 * Reads what the guardrails of a kind need, before a decision and again before a send: the snapshot of the reference, and
 * for a downgrade also the lower price that policy names.
 */
export async function see(
  { find, price }: Reading,
  reference: Reference,
  kind: ActionKind,
): Promise<Result<Snapshot | null, Failure>> {
  const found = await find(reference);
  if (!found.ok || found.value === null || kind !== "downgrade" || !isSubscription(found.value)) return found;
  const present = found.value.items[0]?.price.id;
  const named = present === undefined ? null : lowerPriceOf(present);
  if (named === null) return found;
  const lower = await price(named);
  return lower.ok ? ok({ ...found.value, lowerPrice: lower.value }) : lower;
}
