import type { Disposition, FailureReason } from "../contracts/failure.ts";
import type { Dispositions } from "./document.ts";

/**
 * What follows from a failure: a number of retries, then a dead letter or a case. Limits and outages are not counted. Why:
 * docs/decisions/0004. `failures`: how often this row has failed for this reason since its last news, before this time.
 */
export function dispose(reason: FailureReason, failures: number, dispositions: Dispositions): Disposition {
  const { retries, otherwise } = dispositions[reason];
  return retries === null || failures < retries ? "retry" : otherwise;
}

export const countsAsFailure = (reason: FailureReason, dispositions: Dispositions): boolean =>
  dispositions[reason].retries !== null;
