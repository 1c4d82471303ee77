export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** A date has no more milliseconds than these: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const LAST_TIME = 8.64e15;
/** Whole milliseconds since 1970 that are a date. What is none cannot be shown to anybody. */
export const isTime = (at: unknown): at is number => Number.isSafeInteger(at) && isWithin(Number(at));
const isWithin = (at: number): boolean => at >= 0 && at <= LAST_TIME;

/** The wait before try n+1: base × 2^(n−1) milliseconds, at most `capMs`. `n` counts from 1. */
export function backoffMs(n: number, baseMs: number, capMs: number): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(Math.max(n, 1) - 1, 30));
}

/** Shortens a wait to between half and all of it. `unit` is in [0, 1): take a hash of an id, so that the result is repeatable. */
export function jitter(delayMs: number, unit: number): number {
  return Math.round(delayMs * (0.5 + unit / 2));
}

export const sleep = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));

/** How far our clock and a provider's may be apart; a provider also states whole seconds. */
export const CLOCKS_APART_MS = 10 * MINUTE_MS;

/** A number that as milliseconds is of 1970 to 1973, and as seconds of 1973 to 5138: seconds are meant. */
export const looksLikeSeconds = (at: unknown): boolean => typeof at === "number" && at >= 1e8 && at < 1e11;

/** "2026-11-28 04:20:25", for people. Whoever shows it says that it is UTC. */
export const secondOf = (at: number): string => new Date(at).toISOString().slice(0, 19).replace("T", " ");
/** The same with its zone, for a sentence: "2026-12-01 12:00:00 UTC". */
export const utc = (at: number): string => `${secondOf(at)} UTC`;
