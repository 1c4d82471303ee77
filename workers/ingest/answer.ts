import {
  ACTIONS,
  kindOfProposed,
  type ProposedAction,
  proposedOfKind,
  type Variant,
} from "../../shared/contracts/actions.ts";
import type { Decision } from "../../shared/contracts/decision.ts";
import type { DecisionAnswer } from "../../shared/contracts/http.ts";
import type { Trace } from "../../shared/contracts/views.ts";

export type Progress =
  | { kind: "answer"; answer: DecisionAnswer }
  | { kind: "wait" }
  /** The action ended without its effect (declined, skipped, dead-lettered); the trace shows how. */
  | { kind: "over" };

/** The answer to `/v1/requests`, as soon as the trace shows that the action succeeded, is pending or is a case. */
export function progressOf(trace: Trace | null): Progress {
  if (trace === null) return { kind: "wait" };
  switch (trace.state) {
    case "succeeded":
    case "pending":
    case "case_open":
    case "case_closed":
    case "none":
      return trace.fact === null ? { kind: "over" } : { kind: "answer", answer: answerOf(trace.fact.decision, trace) };
    default:
      return { kind: trace.terminal ? "over" : "wait" };
  }
}

function answerOf(decision: Decision, trace: Trace): DecisionAnswer {
  const { record } = decision;
  if (decision.kind === "none") return decisionAnswer("none", record.reason, NOTHING);
  const { kind, variant, amountMinor, currency } = decision.action;
  const isCase = kind === "escalate" || trace.state === "case_open";
  const caseReason = trace.action?.caseReason ?? decision.caseReason;
  return decisionAnswer(
    isCase ? "escalate" : proposedOfKind[kind],
    isCase && caseReason !== null ? caseReason : record.reason,
    {
      variant: isCase ? null : variant,
      amountMinor: amountMinor ?? record.proposal?.amountMinor ?? null,
      currency: currency ?? record.proposal?.currency ?? null,
    },
  );
}

type Details = { variant: Variant | null; amountMinor: number | null; currency: string | null };
const NOTHING: Details = { variant: null, amountMinor: null, currency: null };

/** The answer in the shape that callers of `/api/payments` expect; `currency` in upper case, `variant` where there is one. */
export function decisionAnswer(
  action: ProposedAction,
  reason: string,
  { variant, amountMinor, currency }: Details,
): DecisionAnswer {
  const which = variant === null ? {} : { variant };
  return {
    status: "ok",
    received: true,
    workflow: workflowOf(action),
    decision: { action, ...which, reason, amount_cents: amountMinor, currency: currency?.toUpperCase() ?? null },
  };
}

const workflowOf = (action: ProposedAction): DecisionAnswer["workflow"] =>
  action === "none" ? null : ACTIONS[kindOfProposed[action]].workflow;
