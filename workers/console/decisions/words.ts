import {
  type Approval,
  type CaseApprovals,
  type CaseDecisionAnswer,
  type CaseStands,
  isApproved,
} from "../../../shared/contracts/case-decision.ts";
import { allOf } from "../../../shared/contracts/list.ts";
import type { ActionView } from "../../../shared/contracts/views.ts";
import { utc } from "../../../shared/core/time.ts";
import { type Refused, refused } from "./deps.ts";

type NotTaken = Extract<CaseDecisionAnswer, { kind: "not_taken" }>;

/** As other doors do, another body under a key that was used is no conflict of people. */
export const notTaken = (caseId: string, answer: NotTaken, now: number): Refused =>
  refused(answer.why === "other_request" ? 422 : 409, sayNotTaken(caseId, answer, now));

/** Why the row did not take a decision, and what to do: it stands otherwise than the person saw. */
function sayNotTaken(caseId: string, { why, stands }: NotTaken, now: number): string {
  const look = `Look at it as it stands now: \`npx countersign cases show ${caseId}\`.`;
  switch (why) {
    case "missing":
      return `The ledger has no row of ${caseId}: \`npx countersign records rebuild\`.`;
    case "not_open":
      return `${sayState(caseId, stands)} ${stands?.isComing === true ? "Send the request again in a moment." : "Nothing was done."}`;
    case "other_request":
      return "This Idempotency-Key was sent with another decision about this case before, and nothing was done. Use a new key.";
    case "other_round":
    case "other_proposal":
      return `${caseId} has changed since you looked, and nothing was done. ${look}`;
    case "approved_before":
      return `${sayGiven(caseId, stands, now)} Nothing was done.`;
    case "same_person":
      return `${sayGiven(caseId, stands, now)} Another person must approve it too: not you, and nobody who was added or given a role by the other.`;
    case "begun":
      return `An attempt has begun, so ${caseId} can only be approved as it is proposed, or denied. ${look}`;
    case "uncertain":
      return `A call may have had an effect that nobody has read yet, so ${caseId} can only be approved as it is proposed. Look at the provider first.`;
  }
}

/**
 * How a case stands for whoever repeats their half of a yes, or null where that half still waits for another person. `given`: as
 * it was answered to them; `view`: as the row stands now.
 */
export function sayHalfNow(
  caseId: string,
  given: CaseApprovals,
  view: Pick<ActionView, "state" | "caseRound" | "caseApprovals" | "caseDecided">,
  now: number,
): string | null {
  const { state, caseRound: round, caseApprovals: stands, caseDecided: decided } = view;
  const look = `\`npx countersign cases show ${caseId}\` shows it.`;
  if (state !== "case_open")
    return `${sayState(caseId, { state, round, decided, isComing: state === "case_opening" })} ${look}`;
  const gone = `Your approval was taken then, and counts no more.`;
  if (round !== given.round) return `${gone} ${caseId} has come back since. ${look}`;
  const yes = given.approvals.at(-1);
  const isMine = stands?.approvals.some(({ by, at }) => by.id === yes?.by.id && at === yes.at) ?? false;
  if (!isMine) return `${gone} ${sayGiven(caseId, { given: stands }, now)} ${look}`;
  if (stands !== null && isApproved({ caseApprovals: stands }))
    return `${sayGiven(caseId, { given: stands }, now)} ${look}`;
  return now < given.expiresAt ? null : `${gone} It was good until ${utc(given.expiresAt)}. ${look}`;
}

/** Nobody can approve beside it before it ends, and a denial cannot either: but nothing is executed by it. */
export function sayUnproven(
  caseId: string,
  yeses: readonly Approval[],
  { expiresAt }: Pick<CaseApprovals, "expiresAt">,
  now: number,
): string {
  const names = allOf(yeses.map(({ by }) => by.name));
  const until = expiresAt > now ? ` It is open to other decisions from ${utc(expiresAt)} on.` : "";
  return `${caseId} names ${names} as approving it, and this console has not heard that. Nothing is executed: ask them, and find out who can write to the ledger.${until}`;
}

/** All have said yes, nothing was sent on, and one of them is no approver any more. */
export function sayGone(caseId: string, yeses: readonly Approval[]): string {
  const names = allOf(yeses.map(({ by }) => by.name));
  return `${names} may approve no more, and nothing was sent on. Approve ${caseId} once more, under a new key: \`npx countersign cases show ${caseId}\`.`;
}

function sayState(caseId: string, stands: Pick<CaseStands, "state" | "round" | "decided" | "isComing"> | null): string {
  if (stands === null) return `${caseId} is not open.`;
  const { decided, state, isComing } = stands;
  if (isComing) return `${caseId} is on its way to the list of cases.`;
  if (decided !== null && decided.round === stands.round)
    return `${caseId} was ${decided.kind} by ${decided.by.name} at ${utc(decided.at)} (${decided.code}).`;
  return `${caseId} is not open any more: its action is ${state.replaceAll("_", " ")}.`;
}

function sayGiven(caseId: string, stands: Pick<CaseStands, "given"> | null, now: number): string {
  const given = stands?.given ?? null;
  if (given === null) return `${caseId} is approved already.`;
  const names = allOf(given.approvals.map(({ by }) => by.name));
  const until = given.expiresAt > now ? `, which is good until ${utc(given.expiresAt)}` : "";
  return `${caseId} was approved by ${names}${until}.`;
}
