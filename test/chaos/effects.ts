import { actionIdOfProviderKey } from "../../shared/core/ids.ts";
import type { FullBooks } from "./outside.ts";

const STANDING = new Set(["succeeded", "pending", "requires_action"]);
/** The refunds that stand; the uncaptured rest of a hold is none. */
export const refundsIn = ({ refunds }: Pick<FullBooks, "refunds">) =>
  refunds.filter(({ status, released }) => !released && STANDING.has(status ?? ""));

/** What is left of a payment to refund; what the bank has failed is not refunded. */
export function roomIn(books: Pick<FullBooks, "captures" | "refunds">, payment: string): number {
  const captured = books.captures.filter(({ paymentIntent }) => paymentIntent === payment);
  const refunded = refundsIn(books).filter(({ paymentIntent }) => paymentIntent === payment);
  return (
    captured.reduce((sum, { amountCapturedMinor }) => sum + amountCapturedMinor, 0) -
    refunded.reduce((sum, { amountMinor }) => sum + amountMinor, 0)
  );
}

/** Something that the provider did because a call of ours asked for it, and when by its own clock, in whole seconds. */
export type Execution = { actionId: string; type: string; atSeconds: number };

/** The provider's events name the key of the call that made them happen. */
export function executionsIn({ objects }: Pick<FullBooks, "objects">): Execution[] {
  return objects.flatMap(({ object, type, created, request }) => {
    if (object !== "event" || typeof created !== "number") return [];
    const { idempotency_key: key } = (request ?? {}) as { idempotency_key?: string | null };
    const actionId = typeof key === "string" ? actionIdOfProviderKey(key) : null;
    return actionId === null ? [] : [{ actionId, type: String(type), atSeconds: created }];
  });
}
