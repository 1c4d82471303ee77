import { append } from "../history.ts";
import { CONSUMER_LIFE_MS, LEASE_MS, type LedgerSettings, nextDue, STORED_ERROR_AGE_MS } from "../settings.ts";
import type { ActionRow } from "./row.ts";

export type Begin =
  | { kind: "granted"; row: ActionRow; key: { generation: number; spent: boolean } }
  | { kind: "in_flight"; row: ActionRow }
  | { kind: "done" }
  | { kind: "not_yet" };

/**
 * Leases the payment to one executor. `others` are the other rows of the same subject: while one of them is in flight,
 * or ended without a clear answer that nobody has read yet, this one waits.
 */
export function begin(row: ActionRow, others: readonly ActionRow[], now: number, settings: LedgerSettings): Begin {
  switch (row.state) {
    case "succeeded":
    case "declined":
    case "skipped":
    case "case_open":
    case "case_opening":
    case "dead":
    case "dead_lettered":
      return { kind: "done" };
    case "scheduled":
      return { kind: "not_yet" };
    case "in_flight":
      if (row.leaseEndsAt !== null && now < row.leaseEndsAt) return { kind: "in_flight", row };
      return lease({ ...row, uncertain: true }, others, now, settings);
    case "ready":
    case "unknown":
    case "pending":
      return lease(row, others, now, settings);
  }
}

/** A call of this row may be on its way, or may have had an effect that nobody has read yet. */
export const blocksItsPayment = (row: ActionRow): boolean =>
  row.state === "in_flight" || row.state === "unknown" || (row.state === "scheduled" && row.uncertain);

/**
 * A live lease goes before everybody. Doubtful rows go before those that are not; of two doubtful ones (a redrive makes
 * a second) the smaller id, so that they never wait for each other.
 */
function goesBefore(other: ActionRow, row: ActionRow, now: number): boolean {
  if (!blocksItsPayment(other)) return false;
  if (other.state === "in_flight" && other.leaseEndsAt !== null && now < other.leaseEndsAt) return true;
  return !blocksItsPayment(row) || other.id < row.id;
}

function lease(row: ActionRow, others: readonly ActionRow[], now: number, settings: LedgerSettings): Begin {
  if (others.some((other) => goesBefore(other, row, now)))
    return { kind: "in_flight", row: { ...row, rings: 0, due: nextDue(now, 0, settings) } };
  const generation = generationAt(row, now);
  const raised = generation > row.generation;
  const evidence = raised ? { readNoEffectAt: null, storedErrorAt: null } : row.evidence;
  const leased: ActionRow = {
    ...row,
    state: "in_flight",
    held: null,
    reported: null,
    fence: row.fence + 1,
    attempts: row.attempts + 1,
    leaseEndsAt: now + LEASE_MS,
    lastBeginAt: now,
    due: now + LEASE_MS + settings.sweepMs,
    generation,
    evidence,
    updatedAt: now,
    history: append(
      row.history,
      now,
      `attempt ${row.attempts + 1}`,
      raised ? `provider key generation ${generation}` : undefined,
    ),
  };
  return { kind: "granted", row: leased, key: { generation, spent: evidence.storedErrorAt !== null } };
}

/**
 * Stripe stores and replays answers under a key for 24 hours, failures too
 * (https://docs.stripe.com/api/idempotent_requests). A new key is therefore needed after a stored error, and dangerous
 * anywhere else. It is used only when the stored error is at least 10 minutes old, the provider was read since then and
 * showed no effect, and no consumer that holds the old key can still be alive. A timeout never gets here.
 */
export function generationAt(row: ActionRow, now: number): number {
  const { storedErrorAt, readNoEffectAt } = row.evidence;
  if (storedErrorAt === null || readNoEffectAt === null || row.lastBeginAt === null) return row.generation;
  const old = now - storedErrorAt >= STORED_ERROR_AGE_MS;
  const readSince = readNoEffectAt > storedErrorAt;
  const alone = now - row.lastBeginAt >= CONSUMER_LIFE_MS;
  return old && readSince && alone ? row.generation + 1 : row.generation;
}
