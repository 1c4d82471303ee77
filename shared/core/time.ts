export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** base × 2^(n−1), capped: the wait before try n+1. `n` counts from 1. */
export function backoffMs(n: number, baseMs: number, capMs: number): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(Math.max(n, 1) - 1, 30));
}

/** Spreads a wait over [0.5, 1) of itself. `unit` is in [0, 1): a hash of an id, so that the same wait is computed twice. */
export function jitter(delayMs: number, unit: number): number {
  return Math.round(delayMs * (0.5 + unit / 2));
}

export const sleep = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));
