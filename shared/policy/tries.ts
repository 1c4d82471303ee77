import type { ActionView } from "../contracts/views.ts";
import type { FactKey } from "../core/ids.ts";
import type { Guardrails } from "./document.ts";

export type TryRow = Pick<ActionView, "action" | "firstBeginAt" | "updatedAt">;

/**
 * How many tries at a payment were begun for other facts than this one, however they ended. Each failed try is a new fact at
 * the provider, and banks and card networks count the tries at the payment. Pure.
 */
export function triesForOthers(
  rows: readonly TryRow[],
  factKey: FactKey,
  now: number,
  { retry }: Pick<Guardrails, "retry">,
): number {
  const since = now - retry.declinedWindowMs;
  return rows.filter(
    ({ action, firstBeginAt, updatedAt }) =>
      action.kind === "retryPayment" && action.factKey !== factKey && firstBeginAt !== null && updatedAt > since,
  ).length;
}
