import type { CaseSeen } from "./case-seen.ts";
import type { CaseAbout } from "./rules.ts";

/** Every reason for which an event or an action can fail. `policy/disposition.ts` says what follows from each. */
export const FAILURE_REASONS = [
  "bug",
  "malformed_message",
  "ledger_unavailable",
  "gate_unavailable",
  "records_unavailable",
  "queue_exhausted",
  "claude_rate_limited",
  "claude_spend_limit",
  "claude_overloaded",
  "claude_unavailable",
  "claude_timeout",
  "claude_unauthorized",
  "claude_model_missing",
  "claude_refused",
  "claude_truncated",
  "claude_malformed",
  "claude_bad_request",
  "claude_too_large",
  "provider_rate_limited",
  "provider_unavailable",
  "provider_unauthorized",
  "provider_refused",
  "provider_not_found",
  "account_unreachable",
  "grant_invalid",
  "grant_not_yet",
  "decline_unseen",
  "guardrail",
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** `detail` is for people: what happened, to what, and what to do. It contains no secret and no card number. `about`: what the case is about, if the failure becomes one; `seen`: what was read at the provider then. */
export type Failure = {
  reason: FailureReason;
  detail: string;
  retryAfterMs?: number;
  about?: CaseAbout;
  seen?: CaseSeen;
};

/**
 * Thrown where one of our own components (for example the ledger) does not answer. It is an outage, so it does not count
 * as a bug of the message.
 */
export class Unavailable extends Error {
  readonly reason: FailureReason;
  constructor(reason: FailureReason, message: string) {
    super(message);
    this.name = "Unavailable";
    this.reason = reason;
  }
}

/** By reason, how often a row has failed since its last news. Only what counts as a failure is in it. */
export type FailureCounts = Partial<Record<FailureReason, number>>;

export type Disposition = "retry" | "dead" | "case";
