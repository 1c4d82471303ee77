import { fnv1a } from "../core/hash.ts";
import { backoffMs, jitter } from "../core/time.ts";
import { POLICY } from "./policy.ts";

/**
 * When our step n (from 1) at a failed payment is due, counted from the decline before it; null when no step is left.
 * A plain capped backoff with jitter. The jitter is a function of the fact, so that computing it twice gives one time.
 * `scale` is 1 in production; local runs compress the days.
 */
export function retryDelayMs(step: number, factKey: string, scale: number): number | null {
  const { firstDelayMs, capMs, maxSteps } = POLICY.retry;
  if (step > maxSteps) return null;
  const unit = fnv1a(`${factKey}#${step}`) / 2 ** 32;
  return Math.round(jitter(backoffMs(step, firstDelayMs, capMs), unit) * scale);
}
