import type { FailureReason } from "./failure.ts";
import type { ProviderName } from "./provider.ts";

/** Whom we depend on and do not own: Claude, D1 (the records), each provider. */
export type Party = "claude" | "records" | ProviderName;

/** The last word of a party: a fixed word, never what it wrote. */
export type WordOfParty = "answered" | FailureReason;

/** Which words are a failure of the party itself. The others are answers, though they may decide nothing. */
const SAYS: Record<FailureReason, "failing" | "ok"> = {
  bug: "ok",
  malformed_message: "ok",
  ledger_unavailable: "failing",
  gate_unavailable: "failing",
  records_unavailable: "failing",
  queue_exhausted: "ok",
  claude_rate_limited: "failing",
  claude_spend_limit: "failing",
  claude_overloaded: "failing",
  claude_unavailable: "failing",
  claude_timeout: "failing",
  claude_unauthorized: "failing",
  claude_model_missing: "failing",
  claude_refused: "ok",
  claude_truncated: "ok",
  claude_malformed: "ok",
  claude_bad_request: "ok",
  claude_too_large: "ok",
  provider_rate_limited: "failing",
  provider_unavailable: "failing",
  provider_unauthorized: "failing",
  provider_refused: "ok",
  provider_not_found: "ok",
  account_unreachable: "ok",
  grant_invalid: "ok",
  grant_not_yet: "ok",
  decline_unseen: "ok",
  guardrail: "ok",
};
export type HeardState = "ok" | "failing";
/** A word that a later build has is none that is known here, and so no good news. */
export function stateOfWord(what: WordOfParty): HeardState {
  if (what === "answered") return "ok";
  return Object.hasOwn(SAYS, what) ? SAYS[what] : "failing";
}

/** Times in epoch milliseconds, of the Worker that heard it. */
export type Word = { party: Party; what: WordOfParty; at: number };

/** What was last heard of a party. `since`: when it came to be in this state, as far as anybody has heard. */
export type Heard = { party: Party; state: HeardState; since: number; last: { what: WordOfParty; at: number } };

/** Called with each answer of a party: a look into memory, no call. */
export type Hear = (party: Party, what: WordOfParty) => void;
