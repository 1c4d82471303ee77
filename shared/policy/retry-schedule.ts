import type { MethodKind } from "../contracts/provider.ts";
import { fnv1a } from "../core/hash.ts";
import { backoffMs, jitter } from "../core/time.ts";
import type { Guardrails } from "./document.ts";

type Schedule = Pick<Guardrails["retry"], "firstDelayMs" | "capMs" | "maxSteps">;

/**
 * The wait in milliseconds from a decline to our step n (from 1); null when no step is left. A capped backoff with
 * jitter. The jitter depends on the fact alone, so that the same wait is computed again. `scale` is 1 in production;
 * local runs use less. `maxSteps`: of the method that is tried.
 */
export function retryDelayMs(
  step: number,
  factKey: string,
  scale: number,
  { firstDelayMs, capMs, maxSteps }: Schedule,
): number | null {
  if (step > maxSteps) return null;
  const unit = fnv1a(`${factKey}#${step}`) / 2 ** 32;
  return Math.round(jitter(backoffMs(step, firstDelayMs, capMs), unit) * scale);
}

/** How often we try one payment again. A method that is not known to be a card has the smaller limit, of bank debits. */
export const maxStepsOf = (method: MethodKind | null, { retry }: Pick<Guardrails, "retry">): number =>
  method === "card" ? retry.maxSteps : retry.bankDebitMaxSteps;
