import type { Failure } from "../contracts/failure.ts";
import { MINUTE_MS } from "../core/time.ts";
import type { Handling } from "../policy/document.ts";

/** How long one payment is leased to an executor. A killed executor blocks its payment no longer than this. */
export const LEASE_MS = MINUTE_MS;
/** How long a claimed event is not given to another classifier. It saves a second Claude call; correctness does not need it. */
export const CLAIM_MS = MINUTE_MS;
/**
 * A queue consumer runs 15 minutes at most, so no call of an older one can still be under way:
 * https://developers.cloudflare.com/queues/platform/limits/ (consumer wall clock time).
 */
export const CONSUMER_LIFE_MS = 15 * MINUTE_MS;
/** A stored server error must be this old before a new provider key may be used. */
export const STORED_ERROR_AGE_MS = 10 * MINUTE_MS;
/**
 * The most rows that one shard's pump has rung for and no consumer of their queue has claimed: a long outage must not multiply
 * messages, and what comes live stands behind them. Why 25: docs/decisions/0029.
 */
export const UNCLAIMED_RINGS_MAX = 25;
/**
 * A row is stuck when the pump has rung for it this often and no consumer has written anything to it: seven minutes with
 * a heartbeat of 30 s. Failures that a consumer writes are counted in the row instead. Why: docs/decisions/0015.
 */
export const STUCK_RINGS = 3;
/** How many waiting retries of one customer a shard answers. */
export const WAITING_AT_ONCE = 20;
/** The most rows that one call of `wake` makes due: a lift of the hold on everything must not load a whole shard into memory. */
export const WAKE_AT_ONCE = 1_000;
/** The longest wait between two rings for the same row. */
export const DUE_CAP_MS = 60 * MINUTE_MS;
/** The most history entries of a row: its first and its newest ones are kept. */
export const HISTORY_MAX = 60;

/**
 * How long raw bytes and texts are kept, unless a deployment says otherwise. A refund may be asked for within 180 days, and
 * a card's dispute may come within 540 days of the payment: docs/decisions/0036 has the sources.
 */
export const RETENTION_DAYS = 550;

/**
 * `sweepMs` is the heartbeat of the ledger's pump. The waits below are multiples of it. `handling` is the
 * shard's copy of that section of policy. `patienceScale`: a factor on its patience; local runs and tests use less than 1.
 */
export type LedgerSettings = { sweepMs: number; handling: Handling; patienceScale?: number; retentionDays?: number };

/** How long a row may have no news before a person is told. */
export const patienceOf = ({ handling, patienceScale = 1 }: LedgerSettings): number =>
  handling.patienceMs * patienceScale;

/** When the pump rings again for a row that was just rung for: after 2 × sweepMs, doubled with each ring, at most DUE_CAP_MS. */
export function nextDue(now: number, rings: number, { sweepMs }: LedgerSettings): number {
  return now + Math.min(DUE_CAP_MS, 2 * sweepMs * 2 ** Math.min(rings, 20));
}

/** The wait after failure number `tries` (from 1): from a sixth of the heartbeat (5 s of 30 s) to twenty heartbeats. */
export function failureDelayMs(tries: number, { sweepMs }: LedgerSettings): number {
  return Math.min(20 * sweepMs, (sweepMs / 6) * 2 ** Math.min(Math.max(tries, 1) - 1, 20));
}

/**
 * The wait that the other side asked for. Our own growing wait is the least, so that `retry-after: 0` does not make a loop
 * of calls, and an hour the most, so that a header cannot stop a row for ever. Nothing else limits that header.
 */
export const waitAfterFailureMs = (
  { retryAfterMs = 0 }: Pick<Failure, "retryAfterMs">,
  tries: number,
  settings: LedgerSettings,
): number => Math.min(DUE_CAP_MS, Math.max(failureDelayMs(tries, settings), retryAfterMs));

/** Milliseconds as the whole seconds of a queue delay, which is a day at most. */
export const toSeconds = (ms: number): number => Math.min(86_400, Math.max(0, Math.ceil(ms / 1000)));

/** The rows of one block of references: what one row more is written for, by the alarm. See find/. */
export const BLOCK_ROWS = 256;
