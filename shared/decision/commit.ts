import type { ActionState } from "../contracts/action.ts";
import type { Decision, DecisionRecord } from "../contracts/decision.ts";
import type { NewAction, NewDecision } from "../contracts/ledger.ts";
import { queueOfKind } from "../contracts/queues.ts";
import type { CaseAbout } from "../contracts/rules.ts";
import { POLICY } from "../policy/policy.ts";
import { retryDelayMs } from "../policy/retry-schedule.ts";
import { summaryOf } from "../queue/doorbells.ts";
import { ack, type Verdict } from "../queue/verdict.ts";
import type { Claimed, DecisionDeps, Triggered } from "./deps.ts";

type ActionDecision = Extract<Decision, { kind: "action" }>;

/**
 * Writes a decision: fact row → action row → event row, each idempotent, then the doorbell. The event stays due until the
 * last step, so after a crash everything is repeated. The first recorded decision of a fact is final: a second writer
 * continues with it.
 */
export async function commit(triggered: Triggered, decision: Decision, deps: DecisionDeps): Promise<Verdict> {
  const { event, factRowKey } = triggered;
  const own: NewDecision = { factRowKey, eventId: event.id, decision };
  const [other] = await deps.ledger.recordDecisions([own]);
  if (other === undefined) throw new Error(`the ledger did not say what is recorded for ${factRowKey}`);
  if (other !== null) return await commitRecorded(triggered, other, null, deps);
  // Only a recorded decision is granted.
  const granted = decision.kind === "action" ? await newAction(triggered, decision, deps) : null;
  return await commitRecorded(triggered, own, granted, deps);
}

/**
 * Continues with a recorded decision. If its action is missing (the writer died), it is put without a grant, so it passes
 * resolve and guardrails again (regrant.ts). If the action exists, nothing changes.
 */
export async function commitRecorded(
  { event, acceptedAt }: Claimed,
  { factRowKey, eventId, decision }: NewDecision,
  fresh: NewAction | null,
  deps: DecisionDeps,
): Promise<Verdict> {
  if (decision.kind === "none") {
    const reason = eventId === event.id ? decision.record.reason : `same fact as ${eventId}: ${decision.record.reason}`;
    await deps.ledger.close([{ id: event.id, outcome: { kind: "none", reason }, factRowKey }]);
    return ack("none");
  }
  const put = fresh ?? ungranted({ eventId, causedAt: acceptedAt }, decision, deps);
  const [state] = await deps.ledger.putActions([put]);
  const { id: actionId, subject, kind } = decision.action;
  const own = eventId === event.id;
  const outcome = own
    ? ({ kind: "action", actionId, subject, reason: decision.caseReason ?? decision.record.reason } as const)
    : ({
        kind: "none",
        reason: `same fact as ${eventId}, decided as ${actionId}`,
        sameFactAs: { eventId, actionId, subject },
      } as const);
  await Promise.all([
    deps.ledger.close([{ id: event.id, outcome, factRowKey }]),
    own ? ringFor(state, { id: actionId, subject }, kind, put.notBefore, deps) : null,
  ]);
  return ack(own ? kind : "same_fact");
}

type Cause = Pick<NewAction, "eventId" | "causedAt">;

async function newAction(
  { event, acceptedAt }: Claimed,
  decision: ActionDecision,
  deps: DecisionDeps,
): Promise<NewAction> {
  const cause: Cause = { eventId: event.id, causedAt: acceptedAt };
  const { action, caseReason } = decision;
  // A retry is granted when its time has come: docs/decisions/0005.
  if (caseReason !== null || action.kind === "retryPayment") return ungranted(cause, decision, deps);
  const grant = await deps.sign(action, POLICY.version, deps.now() + POLICY.grantLifeMs);
  return { action, ...cause, grant, notBefore: null, caseReason: null, caseAbout: null };
}

function ungranted(
  cause: Cause,
  { action, caseReason, record }: ActionDecision,
  { now, retryDelayScale }: DecisionDeps,
): NewAction {
  const delayMs =
    action.kind === "retryPayment" ? (retryDelayMs(action.step, action.factKey, retryDelayScale) ?? 0) : 0;
  return {
    action,
    ...cause,
    grant: null,
    notBefore: now() + delayMs,
    caseReason,
    caseAbout: caseAboutOf(caseReason, record),
  };
}

/** The rule that requires a person is the one that escalated: the first escalation ends the guardrails. */
function caseAboutOf(caseReason: string | null, { verdicts }: DecisionRecord): CaseAbout | null {
  if (caseReason === null) return null;
  const said = verdicts.findLast(({ verdict }) => verdict === "escalate");
  return { rule: said?.rule ?? null, refund: said?.refund ?? null };
}

async function ringFor(
  state: ActionState | undefined,
  ref: { id: string; subject: string },
  kind: ActionDecision["action"]["kind"],
  notBefore: number | null,
  { rings, now }: DecisionDeps,
): Promise<void> {
  const summary = summaryOf(kind, ref.subject);
  if (state === "case_opening") await rings.action("escalate", ref, summary);
  else if (state === "ready") await rings.action(queueOfKind(kind), ref, summary);
  else if (state === "scheduled" && (notBefore ?? 0) <= now()) await rings.regrant(ref, summary);
}
