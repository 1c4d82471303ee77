import type { Action } from "../contracts/action.ts";
import type { CaseSeen } from "../contracts/case-seen.ts";
import type { Failure } from "../contracts/failure.ts";
import type { ApprovedBy } from "../contracts/overridable.ts";
import type { Snapshot } from "../contracts/provider.ts";
import { queueOfKind } from "../contracts/queues.ts";
import { referenceOfAction } from "../contracts/reference.ts";
import { seenOf } from "../contracts/seen.ts";
import type { ActionRef, ActionView } from "../contracts/views.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Terms } from "../grant/sign.ts";
import { signedBy } from "../grant/verify.ts";
import { failureOfForged, failureOfRevoked } from "../ledger/client/not-ours.ts";
import { ownChangesFor } from "../ledger/client/own-changes.ts";
import { triesFor } from "../ledger/client/tries.ts";
import { guardAgain } from "../policy/again.ts";
import { asPolicyLets } from "../policy/as-policy-lets.ts";
import type { Guarded } from "../policy/guardrails/rule.ts";
import { see } from "../providers/see.ts";
import { summaryOf } from "../queue/doorbells.ts";
import type { LastStep } from "../queue/each.ts";
import { ack, type Verdict, verdictOfFailure } from "../queue/verdict.ts";
import type { DecisionDeps } from "./deps.ts";
import { begunBefore, notBeforeNext, type Refused } from "./next-step.ts";
import { type Proof, proofOf } from "./proof.ts";

/**
 * Signs for a row that waits: its grant is no longer good, or it is the next try at a declined payment. Nothing is signed
 * that was not signed before (proof.ts). Then it resolves and asks the guardrails, without Claude. The action id stays.
 * Why: docs/decisions/0025.
 */
export async function regrant(ref: ActionRef, view: ActionView | null, deps: DecisionDeps): Promise<LastStep> {
  if (!waitsForGrant(view)) return async () => ack("nothing_to_grant");
  if (!mayBeGranted(view, deps.now())) return async () => ack("not_yet");
  const proof = await proofOf(view, deps.authenticate);
  switch (proof.kind) {
    case "forged":
      return async () => fail(ref, await failureOfForged(view.action, proof.reason, deps), deps);
    case "revoked":
      return async () => fail(ref, await failureOfRevoked(view.action, proof.kid, deps), deps);
    case "next_step":
      return await grantNextStep(ref, view.action, view.eventId, proof, deps);
    case "renewal":
      return await renew(ref, view.action, view.eventId, proof.terms, deps);
    case "of_before":
      return await renew(ref, view.action, view.eventId, { notBefore: null }, deps);
  }
}

type Waiting = ActionView & { state: "scheduled" };
const waitsForGrant = (view: ActionView | null): view is Waiting =>
  view?.state === "scheduled" && view.grantWanted !== null;

/** Whether it waits for a grant and its time has come. */
export const mayBeGranted = (view: ActionView | null, now: number): boolean =>
  waitsForGrant(view) && (view.notBefore === null || view.notBefore <= now);

type Kept = Pick<Terms, "notBefore" | "approved">;

/**
 * The same action under a new grant, which is good no earlier than the one before, and behind which the same people stand.
 * What they let pass they let pass until then, and no longer.
 */
async function renew(
  ref: ActionRef,
  action: Action,
  eventId: string,
  { notBefore, approved }: Kept,
  deps: DecisionDeps,
): Promise<LastStep> {
  if (approved !== undefined && approved.until <= deps.now()) return () => openCase(ref, approvedUntil(approved), deps);
  const judged = await judge(action, eventId, asPolicyLets(approved ?? null, deps.policy), deps);
  if (!judged.ok) return () => judged.error(ref, deps);
  // `leave` (paid meanwhile, left to the provider) is granted too: the executor reads before it acts, and settles it.
  return () => grant(ref, action, { notBefore, ...(approved === undefined ? {} : { approved }) }, deps);
}

const approvedUntil = ({ until }: ApprovedBy): Refused => ({
  rule: "grant",
  reason: `people approved it until ${new Date(until).toISOString()}, and it was not executed by then: approve it again`,
});

/** An approval is used for one action: the next try is judged without what people let pass for the one before. */
async function grantNextStep(
  ref: ActionRef,
  action: Action,
  eventId: string,
  { before }: Extract<Proof, { kind: "next_step" }>,
  deps: DecisionDeps,
): Promise<LastStep> {
  const begunAt = await begunBefore(action, before, deps.ledger, deps.policy.guardrails);
  if (!begunAt.ok) return () => openCase(ref, begunAt.error, deps);
  const judged = await judge(action, eventId, null, deps);
  if (!judged.ok) return () => judged.error(ref, deps);
  const { result, seen } = judged.value;
  if (result.kind === "leave") return () => leave(ref, result.reason, deps);
  const notBefore = notBeforeNext(action, seen, begunAt.value, deps.retryDelayScale, deps.policy.guardrails);
  if (!notBefore.ok) return () => fail(ref, notBefore.error, deps);
  return () => grant(ref, action, { notBefore: notBefore.value }, deps);
}

type Judged = { seen: Snapshot | null; result: Exclude<Guarded["result"], { kind: "escalate" }> };
type Ending = (ref: ActionRef, deps: DecisionDeps) => Promise<Verdict>;

/** Reads the provider and asks the guardrails. The error is how the row ends instead. */
async function judge(
  action: Action,
  eventId: string,
  approved: ApprovedBy | null,
  deps: DecisionDeps,
): Promise<Result<Judged, Ending>> {
  const policy = deps.policy.guardrails;
  const lookups = deps.lookupsOf(eventId, action.account);
  const reference = referenceOfAction(action);
  if (lookups === null || reference === null) return err((ref) => openCase(ref, NOTHING_THERE, deps));
  const found = await see(lookups, reference, action.kind, policy);
  if (!found.ok) return err((ref) => fail(ref, found.error, deps));
  const { ledger, mode, now } = deps;
  const [changes, triesForOthers] = await Promise.all([
    ownChangesFor(action.kind, found.value, { ledger, isSigned: signedBy(deps.authenticate) }, now(), policy),
    triesFor(action, ledger, now(), policy),
  ]);
  const result = guardAgain(action, found.value, { policy, mode, now: now(), changes, triesForOthers, approved });
  if (result.kind === "escalate") return err((ref) => openCase(ref, result, deps, seenIn(found.value)));
  return ok({ seen: found.value, result });
}

const NOTHING_THERE: Refused = { rule: "executor", reason: "nothing at a provider to act on" };

async function grant(
  ref: ActionRef,
  action: Action,
  kept: Kept,
  { ledger, rings, sign, now, policy }: DecisionDeps,
): Promise<Verdict> {
  const { notBefore, approved } = kept;
  const startsAt = Math.max(now(), notBefore ?? 0);
  const { guardrails, sections } = policy;
  const expiresAt = Math.min(startsAt + guardrails.grantLifeMs, approved?.until ?? Number.POSITIVE_INFINITY);
  const terms = { ...kept, policyVersion: sections.guardrails, expiresAt };
  await ledger.regrant([{ ref, grant: await sign(action, terms), notBefore }]);
  if (startsAt <= now()) await rings.action(queueOfKind(action.kind), ref, summaryOf(action.kind, ref.subject));
  return ack("granted");
}

async function fail(ref: ActionRef, failure: Failure, { ledger, rings }: DecisionDeps): Promise<Verdict> {
  const answer = await ledger.failAction(ref, null, failure);
  if (answer.disposition === "case") await rings.action("escalate", ref, failure.reason);
  return verdictOfFailure(failure, answer);
}

async function leave(ref: ActionRef, reason: string, { ledger }: DecisionDeps): Promise<Verdict> {
  await ledger.leave(ref, reason);
  return ack("skipped");
}

const seenIn = (snapshot: Snapshot | null): CaseSeen | null => (snapshot === null ? null : seenOf(snapshot));

async function openCase(
  ref: ActionRef,
  { rule, reason, refund = null }: Refused & { refund?: string | null },
  { ledger, rings }: DecisionDeps,
  seen: CaseSeen | null = null,
): Promise<Verdict> {
  await ledger.openCase(ref, reason, { rule, refund }, seen);
  await rings.action("escalate", ref, reason);
  return ack("case");
}
