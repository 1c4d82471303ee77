import type { FactRowKey } from "../core/ids.ts";
import type { Action } from "./action.ts";
import type { ProposedAction } from "./actions.ts";
import type { RuleName } from "./rules.ts";

/** One guardrail's word on a proposal, recorded whether it allowed, lowered or escalated. */
export type GuardrailVerdict = { rule: RuleName; verdict: "allow" | "lower" | "escalate"; reason: string };

/** What it takes to decide an event again later, and to compare. Kept in the fact row. */
export type DecisionRecord = {
  by: "rule" | "agent" | "outside" | "person";
  /** Why, in one sentence: the agent's reason or the rule's. */
  reason: string;
  /** What was proposed, before the guardrails. */
  proposal: {
    action: ProposedAction;
    amountMinor: number | null;
    currency: string | null;
    target: string | null;
  } | null;
  verdicts: GuardrailVerdict[];
  policyVersion: string;
  agent: AgentRecord | null;
};

export type AgentRecord = {
  agent: string;
  model: string;
  promptHash: string;
  projection: string;
  rawAnswer: string;
  requestId: string | null;
  usage: { inputTokens: number; outputTokens: number; cacheReadTokens: number; cacheWriteTokens: number };
};

/** What was decided about a fact. An `action` of kind `escalate` is a case; `none` means that nothing is to be done. */
export type Decision =
  | { kind: "none"; record: DecisionRecord }
  | { kind: "action"; action: Action; caseReason: string | null; record: DecisionRecord };

/** A decision as its fact's row keeps it. */
export type RecordedDecision = { factRowKey: FactRowKey; eventId: string; decidedAt: number; decision: Decision };

/** What an event came to; the last thing written of it. */
export type EventOutcome =
  | { kind: "none"; reason: string; sameFactAs?: { eventId: string; actionId: string; subject: string } }
  | { kind: "action"; actionId: string; subject: string; reason: string };
