import { append } from "../history.ts";
import { sinceWithoutHold } from "../notice/patience.ts";
import { CONSUMER_LIFE_MS, LEASE_MS, type LedgerSettings, nextDue, STORED_ERROR_AGE_MS } from "../settings.ts";
import type { ActionRow } from "./row.ts";
import { waitsForItsExecutor } from "./wait.ts";

export type Begin =
  | { kind: "granted"; row: ActionRow; key: { generation: number; spent: boolean } }
  | { kind: "in_flight"; row: ActionRow }
  | { kind: "done" }
  | { kind: "not_yet" };

/**
 * Leases the payment to one executor. `others` are the other rows of the same subject: this row waits while one of them
 * is in flight, or ended without a clear answer and was not read at the provider since.
 */
export function begin(row: ActionRow, others: readonly ActionRow[], now: number, settings: LedgerSettings): Begin {
  switch (row.state) {
    case "succeeded":
    case "declined":
    case "skipped":
    case "case_open":
    case "case_closed":
    case "denied":
    case "superseded":
    case "case_opening":
    case "dead":
    case "dead_lettered":
      return { kind: "done" };
    case "scheduled":
      return waitsForItsExecutor(row, now) ? lease(row, others, now, settings) : { kind: "not_yet" };
    case "in_flight":
      if (row.leaseEndsAt !== null && now < row.leaseEndsAt) return { kind: "in_flight", row };
      return lease({ ...row, uncertain: true }, others, now, settings);
    case "ready":
    case "unknown":
    case "pending":
      return lease(row, others, now, settings);
  }
}

/** A call of this row may be under way, or may have had an effect that was not read yet. */
export const blocksItsPayment = (row: ActionRow): boolean =>
  row.state === "in_flight" || row.state === "unknown" || (row.state === "scheduled" && row.uncertain);

/**
 * A row with a live lease goes first. Rows that block their payment go before the others. Of two of them (a redrive makes
 * a second) the smaller id goes first, so that they never wait for each other.
 */
function goesBefore(other: ActionRow, row: ActionRow, now: number): boolean {
  if (!blocksItsPayment(other)) return false;
  if (other.state === "in_flight" && other.leaseEndsAt !== null && now < other.leaseEndsAt) return true;
  return !blocksItsPayment(row) || other.id < row.id;
}

function lease(row: ActionRow, others: readonly ActionRow[], now: number, settings: LedgerSettings): Begin {
  const first = others.find((other) => goesBefore(other, row, now));
  if (first !== undefined)
    return { kind: "in_flight", row: { ...row, behind: first.id, rings: 0, due: nextDue(now, 0, settings) } };
  const generation = generationAt(row, now);
  const raised = generation > row.generation;
  const evidence = raised ? { readNoEffectAt: null, storedErrorAt: null } : row.evidence;
  const leased: ActionRow = {
    ...row,
    state: "in_flight",
    notBefore: null,
    held: null,
    behind: null,
    waitsSince: sinceWithoutHold(row, now),
    reported: null,
    fence: row.fence + 1,
    attempts: row.attempts + 1,
    leaseEndsAt: now + LEASE_MS,
    firstBeginAt: row.firstBeginAt ?? now,
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
 * The generation of the next attempt's provider key. Stripe replays a stored answer, also an error, for 24 hours
 * (https://docs.stripe.com/api/idempotent_requests), so a stored error needs a new key; a new key in any other case could
 * pay twice. The rule: the error is at least 10 minutes old, a later read showed no effect, and no consumer with the old
 * key can still run. docs/decisions/0003 says why.
 */
export function generationAt(row: ActionRow, now: number): number {
  const { storedErrorAt, readNoEffectAt } = row.evidence;
  if (storedErrorAt === null || readNoEffectAt === null || row.lastBeginAt === null) return row.generation;
  const old = now - storedErrorAt >= STORED_ERROR_AGE_MS;
  const readSince = readNoEffectAt > storedErrorAt;
  const alone = now - row.lastBeginAt >= CONSUMER_LIFE_MS;
  return old && readSince && alone ? row.generation + 1 : row.generation;
}
