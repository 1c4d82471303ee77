import type { FactRowKey } from "../core/ids.ts";
import type { Action, CaseStanding, Grant } from "./action.ts";
import type { ProposedAction, Variant } from "./actions.ts";
import type { CaseSeen } from "./case-seen.ts";
import type { Requester } from "./event.ts";
import type { PersonRef } from "./people.ts";
import type { RuleName } from "./rules.ts";

/**
 * One guardrail's result for a proposal. It is recorded in every case, also for `allow`. `overridden`: it escalates, and the
 * approval of this id lets it pass. `refund`: the one at the provider that is the reason.
 */
export type GuardrailVerdict = {
  rule: RuleName;
  verdict: "allow" | "lower" | "escalate" | "overridden";
  reason: string;
  refund?: string;
  approval?: string;
};

/** What a proposal is about: all of its target, a part that an amount names, or the agent cannot tell. */
export type Extent = "whole" | "part" | "unclear";

/** Everything that is needed to decide an event again later and to compare. Stored in the fact row. */
export type DecisionRecord = {
  by: "rule" | "agent" | "outside" | "person";
  /** One sentence: the agent's reason or the rule's. */
  reason: string;
  /** What was proposed, before the guardrails. */
  proposal: {
    action: ProposedAction;
    /** Records that were stored before it was kept have none. */
    variant?: Variant | null;
    amountMinor: number | null;
    currency: string | null;
    target: string | null;
    /** Records that were stored before agents stated it have none. */
    extent?: Extent;
    /** Records that were stored before it was kept have none. */
    confidence?: "low" | "medium" | "high";
  } | null;
  verdicts: GuardrailVerdict[];
  policyVersion: string;
  agent: AgentRecord | null;
  /** Who asked, of a request. Records that were stored before it was asked have none. */
  requester?: Requester;
  /** Of what people let be executed: the approval, the people by id and name, and until when it was good. */
  approved?: { approval: string; approvers: readonly PersonRef[]; until: number };
};

export type AgentRecord = {
  agent: string;
  model: string;
  promptHash: string;
  projection: string;
  rawAnswer: string;
  requestId: string | null;
  usage: AgentUsage;
};

/** Null where Claude did not say. Records of older versions lack what is optional here. */
export type AgentUsage = {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** Part of `outputTokens`. */
  thinkingTokens?: number | null;
  /** Parts of `cacheWriteTokens`, by how long they are kept: five minutes or an hour. */
  cacheWrite5mTokens?: number | null;
  cacheWrite1hTokens?: number | null;
  serviceTier?: string | null;
};

/**
 * The decision about a fact. An `action` of kind `escalate` is a case; `none`: nothing is to be done. `standing`: of a case
 * about a fact that has a course, as it stood at the decision. `seen`: what was read at the provider before a case was made.
 */
export type Decision =
  | { kind: "none"; record: DecisionRecord }
  | {
      kind: "action";
      action: Action;
      caseReason: string | null;
      record: DecisionRecord;
      standing?: CaseStanding;
      seen?: CaseSeen;
    };

/**
 * A decision as it is stored in the fact's row, with the grant that was signed for its action (null for cases and `none`).
 * Times in epoch milliseconds. `version`: which form of row the ledger wrote; no caller can set it.
 */
export type RecordedDecision = {
  factRowKey: FactRowKey;
  eventId: string;
  decidedAt: number;
  decision: Decision;
  grant: Grant | null;
  version: RowVersion;
  /** When its texts were removed; absent where they are there. */
  textRemovedAt?: number;
};

/** 0: of before grants were stored with their decision, when a row could wait without one. */
export type RowVersion = 0 | 1;
/** Of the rows that the ledger writes. */
export const ROW_VERSION: RowVersion = 1;

/** The outcome of an event: the last thing that is written about it. */
export type EventOutcome =
  | { kind: "none"; reason: string; sameFactAs?: { eventId: string; actionId: string; subject: string } }
  | { kind: "action"; actionId: string; subject: string; reason: string };
