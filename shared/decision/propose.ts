import { projectionOf } from "../agents/projection.ts";
import { type RouterAnswer, router } from "../agents/router.ts";
import { runAgent } from "../agents/run.ts";
import type { FoundReference } from "../agents/text/references.ts";
import { ACTIONS, kindOfProposed } from "../contracts/actions.ts";
import type { AgentRecord } from "../contracts/decision.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { Failure } from "../contracts/failure.ts";
import { toCurrency } from "../core/money.ts";
import { ok, type Result } from "../core/result.ts";
import type { DecisionDeps } from "./deps.ts";
import type { Gathered } from "./gather.ts";
import type { Proposed } from "./proposal.ts";
import { referenceOf } from "./resolve.ts";

/** The second step: the proposal of our agent, or that of the outside agent. */
export async function propose(
  { triggered, decides, shown, references }: Gathered,
  { claude, outside }: DecisionDeps,
): Promise<Result<Proposed, Failure>> {
  const { event, route } = triggered;
  switch (decides) {
    case "outside":
      return ok(outsideProposal(event, references));
    case "agent": {
      const projection = projectionOf(shown, route.fact, references);
      const answered = await outside(() => runAgent(claude, router, projection));
      return answered.ok ? ok(agentProposal(answered.value.answer, answered.value.record, references)) : answered;
    }
  }
}

function agentProposal(answer: RouterAnswer, agent: AgentRecord, references: readonly FoundReference[]): Proposed {
  const target = references.find(({ ref }) => ref === answer.target) ?? null;
  const currency = answer.currency === null ? null : toCurrency(answer.currency);
  return {
    reference: target === null ? null : referenceOf(target),
    unknownCurrency: currency === null ? answer.currency : null,
    proposal: {
      by: "agent",
      action: answer.action,
      variant: answer.variant === "none" ? null : answer.variant,
      target: target?.value ?? null,
      amountMinor: answer.amount_cents,
      currency,
      confidence: answer.confidence,
      reason: answer.reason.slice(0, 1_000),
      agent,
    },
  };
}

function outsideProposal(event: PaymentEvent, references: readonly FoundReference[]): Proposed {
  const action = event.proposed?.action ?? "escalate";
  // A change is of the subscription that is named, also beside its payment or invoice.
  const isOfSubscription = action !== "none" && ACTIONS[kindOfProposed[action]].target === "subscription";
  const target = (isOfSubscription ? references.find(({ kind }) => kind === "subscription") : null) ?? references[0];
  return {
    reference: target ? referenceOf(target) : null,
    unknownCurrency: null,
    proposal: {
      by: "outside",
      action,
      variant: null,
      target: target?.value ?? null,
      amountMinor: event.amountMinor ?? null,
      currency: event.currency ?? null,
      confidence: "high",
      reason: event.proposed?.reason ?? "a decision without content",
      agent: null,
    },
  };
}
