import { fnv1a, sha256Hex } from "./hash.ts";

export type Mode = "live" | "test";

/**
 * Strings that must not be confused. A plain string is assignable to each brand; one brand is not assignable to another.
 * `brand` does not exist at run time.
 */
export type Branded<Brand extends string> = string & { readonly brand?: Brand };
/** `act_` and 32 hexadecimal digits. */
export type ActionId = Branded<"action id">;
/** Names what happened in the business; computed from the event alone: `failed_renewal/in_1:2`. */
export type FactKey = Branded<"fact key">;
/** The key of a fact's row: a fact key in one account and mode. */
export type FactRowKey = Branded<"fact row key">;
/** Shared by all rows of one payment: the payment's id, else the invoice's, subscription's, customer's or event's. A shard key. */
export type Subject = Branded<"subject">;

/** What identifies an action. The event and the delivery are not part of it. */
export type ActionIdentity = { account: string | null; mode: Mode; factKey: FactKey; step: number };

/** One fact and step has one action, whichever event reports it. 128 bits of SHA-256 behind the prefix `act_`. */
export async function actionIdOf({ account, mode, factKey, step }: ActionIdentity): Promise<ActionId> {
  const hash = await sha256Hex(JSON.stringify([account, mode, factKey, step]));
  return `act_${hash.slice(0, 32)}`;
}

/** The key of a fact's row. The same invoice id in two accounts or modes is two facts. */
export function factRowKey({ account, mode, factKey }: Omit<ActionIdentity, "step">): FactRowKey {
  return `${account ?? "-"}/${mode}/${factKey}`;
}

/** The provider's idempotency key. The generation rises only where `begin` allows it: docs/decisions/0003. */
export function providerKey(actionId: ActionId, generation: number): string {
  return `${actionId}:${generation}`;
}

export const isActionId = (id: string): id is ActionId => /^act_[0-9a-f]{32}$/.test(id);

/** The action of a provider key that we made; null for any other key. */
export function actionIdOfProviderKey(key: string): ActionId | null {
  return /^(act_[0-9a-f]{32}):\d+$/.exec(key)?.[1] ?? null;
}

/** The index of the shard that stores the rows of this key; `shards` is their number. */
export function shardOf(key: string, shards: number): number {
  return fnv1a(key) % shards;
}

const SIGNED = ":signed";
/** The stored id of a signed event whose own id a keyed one has taken: docs/decisions/0032. No sender may choose it. */
export const signedIdOf = (eventId: string): string => `${eventId}${SIGNED}`;
export const isSignedId = (eventId: string): boolean => eventId.endsWith(SIGNED);

/** The stored id of the event that tells of a conflict about this one: one an event, however often it is noticed. */
export const conflictIdOf = (eventId: string): string => `conflict:${eventId}`;
