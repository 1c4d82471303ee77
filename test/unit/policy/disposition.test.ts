import { describe, expect, it } from "vitest";
import { type Disposition, FAILURE_REASONS, type FailureReason } from "../../../shared/contracts/failure.ts";
import { countsAsFailure, dispose } from "../../../shared/policy/disposition.ts";
import { policy } from "../../helpers/policy.ts";

const { dispositions } = policy.handling;

/** How many tries more, and what then. Written out, so that changing one is a decision and not an accident. */
const EXPECTED: Record<FailureReason, [number, Disposition]> = {
  bug: [5, "dead"],
  malformed_message: [0, "dead"],
  ledger_unavailable: [Number.POSITIVE_INFINITY, "retry"],
  gate_unavailable: [Number.POSITIVE_INFINITY, "retry"],
  records_unavailable: [Number.POSITIVE_INFINITY, "retry"],
  queue_exhausted: [0, "dead"],
  claude_rate_limited: [Number.POSITIVE_INFINITY, "retry"],
  claude_spend_limit: [Number.POSITIVE_INFINITY, "retry"],
  claude_overloaded: [Number.POSITIVE_INFINITY, "retry"],
  claude_unavailable: [Number.POSITIVE_INFINITY, "retry"],
  claude_timeout: [8, "dead"],
  claude_unauthorized: [8, "dead"],
  claude_model_missing: [8, "dead"],
  claude_refused: [0, "case"],
  claude_truncated: [1, "case"],
  claude_malformed: [1, "case"],
  claude_bad_request: [0, "case"],
  claude_too_large: [0, "case"],
  provider_rate_limited: [Number.POSITIVE_INFINITY, "retry"],
  provider_unavailable: [Number.POSITIVE_INFINITY, "retry"],
  provider_unauthorized: [8, "dead"],
  provider_refused: [0, "case"],
  provider_not_found: [0, "case"],
  account_unreachable: [0, "case"],
  grant_invalid: [0, "case"],
  grant_not_yet: [Number.POSITIVE_INFINITY, "retry"],
  decline_unseen: [6, "case"],
  guardrail: [0, "case"],
};

describe.each(FAILURE_REASONS)("%s", (reason) => {
  const [retries, then] = EXPECTED[reason];

  it(`is tried ${retries} times more and is then: ${then}`, () => {
    if (Number.isFinite(retries)) {
      if (retries > 0) expect(dispose(reason, retries - 1, dispositions)).toBe("retry");
      expect(dispose(reason, retries, dispositions)).toBe(then);
    } else expect(dispose(reason, 1_000_000, dispositions)).toBe("retry");
  });

  it("counts if and only if it can end", () => {
    expect(countsAsFailure(reason, dispositions)).toBe(Number.isFinite(retries));
  });
});
