import type { MethodKind } from "../contracts/provider.ts";
import { fnv1a } from "../core/hash.ts";
import { backoffMs, jitter } from "../core/time.ts";
import { POLICY } from "./policy.ts";

/**
 * The wait in milliseconds from a decline to our step n (from 1); null when no step is left. A capped backoff with
 * jitter. The jitter depends on the fact alone, so that the same wait is computed again. `scale` is 1 in production;
 * local runs use less. `maxSteps`: of the method that is tried.
 */
export function retryDelayMs(
  step: number,
  factKey: string,
  scale: number,
  maxSteps: number = POLICY.retry.maxSteps,
): number | null {
  const { firstDelayMs, capMs } = POLICY.retry;
  if (step > maxSteps) return null;
  const unit = fnv1a(`${factKey}#${step}`) / 2 ** 32;
  return Math.round(jitter(backoffMs(step, firstDelayMs, capMs), unit) * scale);
}

/** How often we try one payment again. A method that is not known to be a card has the smaller limit, of bank debits. */
export const maxStepsOf = (method: MethodKind | null): number =>
  method === "card" ? POLICY.retry.maxSteps : POLICY.retry.bankDebitMaxSteps;
