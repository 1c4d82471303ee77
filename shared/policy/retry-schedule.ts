import { fnv1a } from "../core/hash.ts";
import { backoffMs, jitter } from "../core/time.ts";
import { POLICY } from "./policy.ts";

/**
 * The wait in milliseconds from a decline to our step n (from 1); null when no step is left. A capped backoff with
 * jitter. The jitter depends on the fact alone, so that the same wait is computed again. `scale` is 1 in production;
 * local runs use less.
 */
export function retryDelayMs(step: number, factKey: string, scale: number): number | null {
  const { firstDelayMs, capMs, maxSteps } = POLICY.retry;
  if (step > maxSteps) return null;
  const unit = fnv1a(`${factKey}#${step}`) / 2 ** 32;
  return Math.round(jitter(backoffMs(step, firstDelayMs, capMs), unit) * scale);
}
