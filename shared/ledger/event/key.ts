/**
 * "The same request within 24 hours is the same event." A key stands for what a caller sent: its idempotency key, else its
 * body. The first event under a key has the key's own name, later ones are `<key>-2`, `<key>-3`. The row of a key is in the
 * shard of that name, so whoever claims it is answered one after the other, and two first sends get the same event.
 *
 * Before there were key rows the newest event was searched for. Such a key has an event and no row: then the caller is asked
 * for the newest event, and the row begins with that one, under the day that has run since it was accepted. So a request that
 * was sent before, as `<key>` or as `<key>-2`, is the same event when it is sent again, and never moves money twice.
 * A number whose event the ledger did not take in the end is used for a day like any other, then left out.
 */
import type { KeyAnswer, KeyClaim } from "../../contracts/ledger.ts";
import { POLICY } from "../../policy/policy.ts";

/** `n`: of its newest event. `at`: when that was claimed. */
export type KeyRow = { key: string; n: number; occurredAt: number; at: number };

/** The row as it is after the claim, and what is answered. `hasEvent`: the first event under this key is in the ledger. */
export function claimedKey(
  row: KeyRow | null,
  { key, occurredAt, newest }: KeyClaim,
  hasEvent: boolean,
  now: number,
): { row: KeyRow | null; answer: KeyAnswer } {
  if (row === null && hasEvent && newest === null) return { row, answer: { kind: "newest_unknown" } };
  const known: KeyRow | null =
    row ?? (newest && { key, n: newest.n, occurredAt: newest.occurredAt, at: newest.acceptedAt });
  if (known !== null && now - known.at < POLICY.requests.idempotencyMs)
    return { row: known, answer: answerOf(known, false) };
  const next: KeyRow = { key, n: (known?.n ?? 0) + 1, occurredAt, at: now };
  return { row: next, answer: answerOf(next, true) };
}

const answerOf = ({ key, n, occurredAt }: KeyRow, isNew: boolean): KeyAnswer => ({
  kind: "event",
  id: numberedId(key, n),
  occurredAt,
  isNew,
});

export const numberedId = (key: string, n: number): string => (n === 1 ? key : `${key}-${n}`);
