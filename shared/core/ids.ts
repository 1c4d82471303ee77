import { fnv1a, sha256Hex } from "./hash.ts";

export type Mode = "live" | "test";

/**
 * Texts that must not be taken for each other. A plain text fits each of them; one of them does not fit another.
 * `Brand` is never there at run time.
 */
export type Branded<Brand extends string> = string & { readonly brand?: Brand };
/** `act_` and 32 hexadecimal digits. */
export type ActionId = Branded<"action id">;
/** What happened in the business, from an event alone: `failed_renewal/in_1:2`. */
export type FactKey = Branded<"fact key">;
/** The key of a fact's row: a fact key in one account and mode. */
export type FactRowKey = Branded<"fact row key">;
/** What the rows of one payment share: the payment, else the invoice, subscription, customer or event. A shard key. */
export type Subject = Branded<"subject">;

/** What the identity of an action is made of: never the event, never the delivery. */
export type ActionIdentity = { account: string | null; mode: Mode; factKey: FactKey; step: number };

/** One business fact and step has one action, whoever reports it. 128 bits of SHA-256, prefixed for people. */
export async function actionIdOf({ account, mode, factKey, step }: ActionIdentity): Promise<ActionId> {
  const hash = await sha256Hex(JSON.stringify([account, mode, factKey, step]));
  return `act_${hash.slice(0, 32)}`;
}

/** The key under which a fact's decision is kept: the same invoice id in two accounts or modes is two facts. */
export function factRowKey({ account, mode, factKey }: Omit<ActionIdentity, "step">): FactRowKey {
  return `${account ?? "-"}/${mode}/${factKey}`;
}

/** What the provider deduplicates by. The generation rises only as `begin` allows it (see shared/ledger/action/row.ts). */
export function providerKey(actionId: ActionId, generation: number): string {
  return `${actionId}:${generation}`;
}

export const isActionId = (id: string): id is ActionId => /^act_[0-9a-f]{32}$/.test(id);

/** The action that a provider key of ours belongs to, or null for anybody else's key. */
export function actionIdOfProviderKey(key: string): ActionId | null {
  return /^(act_[0-9a-f]{32}):\d+$/.exec(key)?.[1] ?? null;
}

/** Which of `shards` holds the rows of this key. */
export function shardOf(key: string, shards: number): number {
  return fnv1a(key) % shards;
}
