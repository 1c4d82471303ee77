import type { Failure, FailureCounts, FailureReason } from "../contracts/failure.ts";
import { countsAsFailure } from "../policy/disposition.ts";
import type { Handling } from "../policy/document.ts";

/**
 * Failures are counted for each reason by itself, since the row's last news: short outages of several kinds, days apart, must
 * not add up to a dead letter. docs/decisions/0030 says what is news.
 */
export const NO_FAILURES: FailureCounts = {};

export const failuresFor = (counts: FailureCounts, reason: FailureReason): number => counts[reason] ?? 0;

export const withFailure = (
  counts: FailureCounts,
  reason: FailureReason,
  { dispositions }: Pick<Handling, "dispositions">,
): FailureCounts =>
  countsAsFailure(reason, dispositions) ? { ...counts, [reason]: failuresFor(counts, reason) + 1 } : counts;

/** As one number, for people. */
export const sumOf = (counts: FailureCounts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Until 2026-12 a row had one number for all reasons. It belongs to its last failure's. */
export function countsOf(stored: FailureCounts | number, failure: Failure | null): FailureCounts {
  if (typeof stored !== "number") return stored;
  return failure === null || stored === 0 ? NO_FAILURES : { [failure.reason]: stored };
}
