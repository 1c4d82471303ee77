/**
 * The same request within 24 hours is the same event. The first event under a key has the key as its id; later ones are
 * `<key>-2`, `<key>-3`. docs/decisions/0021 says why, and what happens to keys that are older than key rows.
 */
import { IDEMPOTENCY_MS } from "../../contracts/http.ts";
import type { KeyAnswer, KeyClaim } from "../../contracts/ledger.ts";

/** `n`: the number of the key's newest event. `at`: when that was claimed, in epoch milliseconds. */
export type KeyRow = { key: string; n: number; occurredAt: number; at: number };

/** The row after the claim, and the answer. `hasEvent`: the ledger has the first event under this key. */
export function claimedKey(
  row: KeyRow | null,
  { key, occurredAt, newest }: KeyClaim,
  hasEvent: boolean,
  now: number,
): { row: KeyRow | null; answer: KeyAnswer } {
  if (row === null && hasEvent && newest === null) return { row, answer: { kind: "newest_unknown" } };
  const known: KeyRow | null =
    row ?? (newest && { key, n: newest.n, occurredAt: newest.occurredAt, at: newest.acceptedAt });
  if (known !== null && now - known.at < IDEMPOTENCY_MS) return { row: known, answer: answerOf(known, false) };
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
