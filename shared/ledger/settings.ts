import type { Failure } from "../contracts/failure.ts";
import { MINUTE_MS } from "../core/time.ts";

/** The money of one payment is leased for this long; a killed executor blocks its payment no longer. */
export const LEASE_MS = MINUTE_MS;
/** How long a claimed event is kept from other classifiers. It saves a second Claude call, not correctness. */
export const CLAIM_MS = MINUTE_MS;
/** A queue consumer lives 15 minutes at most (Cloudflare's wall-clock limit): no call of an older one can still be on its way. */
export const CONSUMER_LIFE_MS = 15 * MINUTE_MS;
/** A stored server error must be this old before a new provider key may be used. */
export const STORED_ERROR_AGE_MS = 10 * MINUTE_MS;
/** One shard rings for at most so many rows that nobody has claimed: a long outage must not multiply messages. */
export const UNCLAIMED_RINGS_MAX = 100;
/**
 * What the pump has rung for so often since it last moved is stuck: whoever should work on it does not get as far as
 * saying so (with a heartbeat of 30 s, seven minutes after it last moved or became due). What gets as far is counted by the row itself.
 */
export const STUCK_RINGS = 3;
/** One call of `wake` makes so many rows due: a lifted stop of everything must not hold a whole shard in memory. */
export const WAKE_AT_ONCE = 1_000;
/** Longest wait between two rings for the same row. */
export const DUE_CAP_MS = 60 * MINUTE_MS;
/** A row's story keeps its first and its newest lines. */
export const HISTORY_MAX = 60;

/** `sweepMs` is the ledger's heartbeat: waits for what should happen by itself are multiples of it. */
export type LedgerSettings = { sweepMs: number };

/** When a row that has just been rung for is rung for again: 2 × sweep, doubling a ring. */
export function nextDue(now: number, rings: number, { sweepMs }: LedgerSettings): number {
  return now + Math.min(DUE_CAP_MS, 2 * sweepMs * 2 ** Math.min(rings, 20));
}

/** The wait after failure number `tries`, from a sixth of the heartbeat (5 s of 30) to twenty of them. */
export function failureDelayMs(tries: number, { sweepMs }: LedgerSettings): number {
  return Math.min(20 * sweepMs, (sweepMs / 6) * 2 ** Math.min(Math.max(tries, 1) - 1, 20));
}

/** What the other side asked for, an hour at most: nobody's header may park a row for good. */
export const waitAfterFailureMs = (
  { retryAfterMs }: Pick<Failure, "retryAfterMs">,
  tries: number,
  settings: LedgerSettings,
): number => (retryAfterMs === undefined ? failureDelayMs(tries, settings) : Math.min(DUE_CAP_MS, retryAfterMs));

/** Queues wait in whole seconds, for a day at most. */
export const toSeconds = (ms: number): number => Math.min(86_400, Math.max(0, Math.ceil(ms / 1000)));
