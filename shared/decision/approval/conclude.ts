import type { ActionState } from "../../contracts/action.ts";
import type { ApprovalClaims } from "../../contracts/case-decision.ts";
import type { Decision, EventOutcome, RecordedDecision } from "../../contracts/decision.ts";
import type { PaymentEvent } from "../../contracts/event.ts";
import type { Failure } from "../../contracts/failure.ts";
import type { ApprovalRefusal, GivenApproval, NotApproved } from "../../contracts/ledger.ts";
import type { ApprovedBy } from "../../contracts/overridable.ts";
import { ABOUT_NOTHING } from "../../contracts/rules.ts";
import type { ActionRef, ActionView } from "../../contracts/views.ts";
import { duplicateNumbersOf } from "../../policy/duplicates.ts";
import { ack, type Verdict, verdictOfFailure } from "../../queue/verdict.ts";
import { caseByRule } from "../case.ts";
import { commit, ringFor } from "../commit.ts";
import { decidingOf } from "../deciding.ts";
import type { Claimed, DecisionDeps } from "../deps.ts";
import { approvalKeyOf, approvalRowKey } from "./keys.ts";

/** An authentic approval: its event, what was signed, and the row that it is about. */
export type Given = { claimed: Claimed; claims: ApprovalClaims; approval: GivenApproval; ref: ActionRef };

/** Nothing shows that the console signed it: an alarm, a case, and nothing else. What the event says is not believed. */
export async function stopForged(
  claimed: Claimed,
  reason: string,
  recorded: RecordedDecision | null,
  deps: DecisionDeps,
): Promise<Verdict> {
  const { id, type, occurredAt, mode, lane } = claimed.event;
  if (recorded === null) deps.alarm({ what: "approval.forged", event: id, reason });
  const event: PaymentEvent = { id, type, occurredAt, mode, lane };
  const says = `the approval ${id} was not signed by the console: ${reason}. Nothing was executed: find out who can write to the ledger`;
  const factKey = approvalKeyOf(id);
  const decision = await caseByRule(decidingOf({ event, route: { factKey } }, null, deps), says);
  return await commit({ ...claimed, factRowKey: approvalRowKey(event) }, decision, deps);
}

/** It may be ours, or of whoever else had the key. Where a row waits for it, people approve it once more. */
export async function stopRevoked(
  given: Omit<Given, "claims">,
  kid: string,
  seen: ActionView["caseSeen"],
  deps: DecisionDeps,
): Promise<Verdict> {
  deps.alarm({ what: "approval.key_revoked", kid, event: given.claimed.event.id });
  const reason = `the approval was signed with the key ${kid}, which is revoked: nobody knows who signed it. Ask the people whom it names, and approve it again`;
  return await refuse(given, { reason, about: ABOUT_NOTHING, seen }, deps);
}

/** There is nothing to do with it, and its event says why. */
export async function closeAsNone({ event }: Claimed, reason: string, { ledger }: DecisionDeps): Promise<Verdict> {
  await ledger.close([{ id: event.id, outcome: { kind: "none", reason }, factRowKey: null }]);
  return ack("approval_over");
}

/** Its case comes back in the next round, where the row still waits for it. Nothing else happens. */
export async function refuse(
  { claimed, approval, ref }: Omit<Given, "claims">,
  refusal: ApprovalRefusal,
  deps: DecisionDeps,
): Promise<Verdict> {
  const { ledger, rings } = deps;
  const answer = await ledger.approvalRefused(ref, approval, refusal);
  const isBack = answer.kind === "reopened";
  const reason = `${isBack ? "the case comes back" : "void"}: ${refusal.reason}`;
  await Promise.all([
    ledger.close([{ id: claimed.event.id, outcome: { kind: "none", reason }, factRowKey: null }]),
    isBack ? rings.action("escalate", ref, refusal.reason) : null,
  ]);
  return ack(isBack ? "approval_refused" : "approval_over");
}

/** Something did not answer. The ledger says whether it is tried again; where it is not, the case comes back. */
export async function undecided(
  given: Given,
  { caseAbout, caseSeen }: ActionView,
  failure: Failure,
  deps: DecisionDeps,
): Promise<Verdict> {
  const answer = await deps.ledger.failEvent(given.claimed.event.id, failure);
  if (answer.disposition !== "case") return verdictOfFailure(failure, answer);
  const reason = `it was approved, and could not be decided (${failure.reason}): ${failure.detail}`;
  return await refuse(given, { reason, about: caseAbout ?? ABOUT_NOTHING, seen: caseSeen }, deps);
}

type ActionDecision = Extract<Decision, { kind: "action" }>;
/** What is done with an approval that has passed all checks, and the grant that was signed for it. */
type Passed = { decision: ActionDecision; grant: NonNullable<RecordedDecision["grant"]> };

/**
 * Signs, and writes: the decision under the approval's own key, then the row, then the event, then the doorbell. Each is
 * idempotent, and the event stays due until the last: after a crash the recorded decision and its grant go on.
 */
export async function grantApproved(given: Given, decision: ActionDecision, deps: DecisionDeps): Promise<Verdict> {
  const { claimed, claims } = given;
  const { guardrails, sections } = deps.policy;
  const grant = await deps.sign(decision.action, {
    policyVersion: sections.guardrails,
    // After the approval nothing is sent in its name.
    expiresAt: Math.min(deps.now() + guardrails.grantLifeMs, claims.expiresAt),
    notBefore: null,
    approved: approvedBy(given),
  });
  const { event } = claimed;
  const own = { factRowKey: approvalRowKey(event), eventId: event.id, decision, grant };
  const [other] = await deps.ledger.recordDecisions([own]);
  if (other === undefined) throw new Error(`the ledger did not say what is recorded for ${event.id}`);
  return await goOn(given, other ?? own, deps);
}

const approvedBy = ({ approval: { id }, claims }: Given): ApprovedBy => ({
  approval: id,
  approvers: claims.approvers.map((one) => one.id),
  overrides: claims.overrides,
  until: claims.expiresAt,
});

/** Continues with what is recorded: its writer may have died behind any step. */
export async function goOn(
  given: Given,
  { decision, grant }: Pick<RecordedDecision, "decision" | "grant">,
  deps: DecisionDeps,
): Promise<Verdict> {
  if (decision.kind === "none" || grant === null)
    return await closeAsNone(given.claimed, "it is void: something else is recorded about it", deps);
  const passed = { decision, grant };
  return decision.action.subject === given.ref.subject
    ? await approveRow(given, passed, deps)
    : await moveRow(given, passed, deps);
}

/** The row takes it, or says why not. */
async function approveRow(given: Given, { decision, grant }: Passed, deps: DecisionDeps): Promise<Verdict> {
  const { approval, ref } = given;
  const { action } = decision;
  const numbers = duplicateNumbersOf(deps.policy);
  const answer = await deps.ledger.approve(ref, { approval, action, grant, notBefore: null, numbers });
  switch (answer.kind) {
    case "approved":
      return await closeAs(given, { decision, grant }, answer.state, deps);
    case "duplicate":
      return await refuse(given, { reason: answer.reason, about: answer.about, seen: decision.seen ?? null }, deps);
    case "not_taken":
      return await refuse(given, { reason: WHY[answer.why], about: ABOUT_NOTHING, seen: decision.seen ?? null }, deps);
  }
}

/**
 * People named another target, whose rows are elsewhere. First the old row is over, then the new one is put, so that never two
 * rows of one fact can be executed.
 */
async function moveRow(given: Given, { decision, grant }: Passed, deps: DecisionDeps): Promise<Verdict> {
  const { approval, ref } = given;
  const { action } = decision;
  const { ledger, policy } = deps;
  const to: ActionRef = { id: action.id, subject: action.subject };
  const [old, found] = await ledger.actions([ref, to]);
  // In one shard the id has one row, which may still be the old one.
  const there = found?.action.subject === to.subject ? found : null;
  if (there !== null && there.approved?.approval === approval.id)
    return await closeAs(given, { decision, grant }, there.state, deps);
  if (there !== null) return await refuse(given, { reason: WAS_THERE, about: ABOUT_NOTHING, seen: null }, deps);
  const answer = await ledger.supersede(ref, approval, action.subject);
  if (answer.kind === "not_taken" || old === undefined || old === null)
    return await refuse(
      given,
      { reason: WHY[answer.kind === "not_taken" ? answer.why : "missing"], about: ABOUT_NOTHING, seen: null },
      deps,
    );
  const [state] = await ledger.putActions([
    {
      action,
      eventId: old.eventId,
      causedAt: old.createdAt,
      grant,
      notBefore: null,
      caseReason: null,
      caseAbout: null,
      caseSeen: decision.seen ?? null,
      approved: { ...approvedBy(given), names: given.claims.approvers.map(({ name }) => name) },
      caseRound: old.caseRound,
      numbers: duplicateNumbersOf(policy),
    },
  ]);
  if (state === undefined) throw new Error(`the ledger did not say what became of ${action.id}`);
  return await closeAs(given, { decision, grant }, state, deps);
}

const WAS_THERE = "what is to be executed was given to that target before: carry it out by hand";

async function closeAs(
  { claimed }: Given,
  { decision, grant }: Passed,
  state: ActionState,
  deps: DecisionDeps,
): Promise<Verdict> {
  const { action, record } = decision;
  const { id: actionId, subject } = action;
  const outcome: EventOutcome = { kind: "action", actionId, subject, reason: record.reason };
  const { event } = claimed;
  await Promise.all([
    deps.ledger.close([{ id: event.id, outcome, factRowKey: approvalRowKey(event) }]),
    ringFor(state, { action, grant, notBefore: null }, deps),
  ]);
  return ack(action.kind);
}

/** For the people to whom the case comes back. */
const WHY: Record<NotApproved, string> = {
  not_open: "the case is not open any more",
  other_request: "something else was sent under its key",
  other_round: "the case was opened once more since",
  other_proposal: "the case does not stand as it was shown",
  approved_before: "somebody has approved it before",
  same_person: "another person must approve it too",
  begun: "an attempt has begun meanwhile, so it cannot be executed in another way: look at the provider",
  uncertain: "a call may have had an effect that was not read yet, so it cannot be executed in another way",
  missing: "the action is not there any more",
  not_approved: "the row does not have these yeses",
  expired: "the approval has expired: approve it again",
  other_action:
    "what would be executed is about something else than what was approved: look at what has changed, and approve it again",
  not_executable: "a person carries this out",
};
