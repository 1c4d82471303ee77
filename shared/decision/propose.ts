import { projectionOf } from "../agents/projection.ts";
import { type RouterAnswer, router } from "../agents/router.ts";
import { runAgent } from "../agents/run.ts";
import { mask } from "../agents/text/mask.ts";
import type { Reading } from "../agents/text/reading.ts";
import { ACTIONS, kindOfProposed } from "../contracts/actions.ts";
import type { AgentRecord } from "../contracts/decision.ts";
import type { PaymentEvent } from "../contracts/event.ts";
import type { NamedAmount } from "../contracts/words.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { DecisionDeps } from "./deps.ts";
import type { Gathered } from "./gather.ts";
import type { Proposed, Undecided } from "./proposal.ts";
import { referenceOf } from "./reference.ts";

/** The second step: the proposal of our agent, or that of the outside agent. */
export async function propose(
  { triggered, decides, shown, reading }: Gathered,
  { claude, outside }: DecisionDeps,
): Promise<Result<Proposed, Undecided>> {
  const { event, route } = triggered;
  switch (decides) {
    case "outside":
      return ok(outsideProposal(event, reading));
    case "agent": {
      const projection = projectionOf(shown, route.fact, reading);
      const answered = await outside(() => runAgent(claude, router, projection));
      if (answered.ok) return ok(agentProposal(answered.value.answer, answered.value.record, reading, event));
      const { failure, record } = answered.error;
      return err({ failure, proposal: null, agent: record });
    }
  }
}

/** Fills in what the agent pointed at. It wrote no identifier and no number. */
function agentProposal(
  answer: RouterAnswer,
  agent: AgentRecord,
  { references, amounts }: Reading,
  event: PaymentEvent,
): Proposed {
  const target = references.find(({ ref }) => ref === answer.target) ?? null;
  const amount = amounts[Number(answer.amount.slice(1)) - 1] ?? null;
  const isMissing = (ref: string, found: object | null): boolean => ref !== "none" && found === null;
  const missing = isMissing(answer.target, target)
    ? answer.target
    : isMissing(answer.amount, amount)
      ? answer.amount
      : null;
  const extent = isAllHeld(answer, amount, event) ? "whole" : answer.extent;
  const named = extent === "part" ? amount : null;
  return {
    reference: target === null ? null : referenceOf(target),
    missing,
    proposal: {
      by: "agent",
      action: answer.action,
      variant: answer.variant === "none" ? null : answer.variant,
      target: target?.value ?? null,
      extent,
      amountMinor: named?.amountMinor ?? null,
      currency: named?.currency ?? null,
      confidence: answer.confidence,
      reason: mask(answer.reason),
      agent,
    },
  };
}

/** The sum that the event of a hold says is all of it. It is a part only where somebody names it. */
function isAllHeld(
  { action }: RouterAnswer,
  amount: NamedAmount | null,
  { amountMinor, currency }: PaymentEvent,
): boolean {
  if (action !== "authorize" || amount === null || amount.isAsked) return false;
  return amount.amountMinor === amountMinor && amount.currency === (currency ?? null);
}

function outsideProposal(event: PaymentEvent, { references }: Reading): Proposed {
  const action = event.proposed?.action ?? "escalate";
  // A change is of the subscription that is named, also beside its payment or invoice.
  const isOfSubscription = action !== "none" && ACTIONS[kindOfProposed[action]].target === "subscription";
  const target = (isOfSubscription ? references.find(({ kind }) => kind === "subscription") : null) ?? references[0];
  return {
    reference: target ? referenceOf(target) : null,
    missing: null,
    proposal: {
      by: "outside",
      action,
      variant: event.proposed?.variant ?? null,
      target: target?.value ?? null,
      extent: event.amountMinor === undefined ? "whole" : "part",
      amountMinor: event.amountMinor ?? null,
      currency: event.currency ?? null,
      confidence: "high",
      // Masked at the door; what an earlier version stored was not.
      reason: mask(event.proposed?.reason ?? "a decision without content"),
      agent: null,
    },
  };
}
