import type { Disposition, FailureReason } from "../contracts/failure.ts";

/**
 * What follows from each failure: a number of retries, then a dead letter or a case. `Infinity` is for limits and
 * outages, which are not counted. Why: docs/decisions/0004.
 */
const dispositions: Record<FailureReason, { retries: number; otherwise: "dead" | "case" }> = {
  bug: { retries: 5, otherwise: "dead" },
  malformed_message: { retries: 0, otherwise: "dead" },
  ledger_unavailable: { retries: Number.POSITIVE_INFINITY, otherwise: "dead" },
  gate_unavailable: { retries: Number.POSITIVE_INFINITY, otherwise: "dead" },
  records_unavailable: { retries: Number.POSITIVE_INFINITY, otherwise: "dead" },
  queue_exhausted: { retries: 0, otherwise: "dead" },
  claude_rate_limited: { retries: Number.POSITIVE_INFINITY, otherwise: "dead" },
  claude_spend_limit: { retries: Number.POSITIVE_INFINITY, otherwise: "dead" },
  claude_overloaded: { retries: Number.POSITIVE_INFINITY, otherwise: "dead" },
  claude_unavailable: { retries: Number.POSITIVE_INFINITY, otherwise: "dead" },
  claude_timeout: { retries: 8, otherwise: "dead" },
  claude_unauthorized: { retries: 8, otherwise: "dead" },
  claude_model_missing: { retries: 8, otherwise: "dead" },
  claude_refused: { retries: 0, otherwise: "case" },
  claude_truncated: { retries: 1, otherwise: "case" },
  claude_malformed: { retries: 1, otherwise: "case" },
  claude_bad_request: { retries: 0, otherwise: "case" },
  claude_too_large: { retries: 0, otherwise: "case" },
  provider_rate_limited: { retries: Number.POSITIVE_INFINITY, otherwise: "dead" },
  provider_unavailable: { retries: Number.POSITIVE_INFINITY, otherwise: "dead" },
  provider_unauthorized: { retries: 8, otherwise: "dead" },
  provider_refused: { retries: 0, otherwise: "case" },
  provider_not_found: { retries: 0, otherwise: "case" },
  account_unreachable: { retries: 0, otherwise: "case" },
  grant_invalid: { retries: 0, otherwise: "case" },
  grant_not_yet: { retries: Number.POSITIVE_INFINITY, otherwise: "dead" },
  decline_unseen: { retries: 6, otherwise: "case" },
  guardrail: { retries: 0, otherwise: "case" },
};

/** `failures`: how often this row has failed for this reason since its last news, before this time. */
export function dispose(reason: FailureReason, failures: number): Disposition {
  const { retries, otherwise } = dispositions[reason];
  return failures < retries ? "retry" : otherwise;
}

export function countsAsFailure(reason: FailureReason): boolean {
  return Number.isFinite(dispositions[reason].retries);
}
