import { caseIdOf } from "../../contracts/asked.ts";
import { type ApprovalClaims, isApproved } from "../../contracts/case-decision.ts";
import { proposalOf } from "../../contracts/case-proposal.ts";
import type { ApprovalRefusal, GivenApproval } from "../../contracts/ledger.ts";
import { ABOUT_NOTHING } from "../../contracts/rules.ts";
import type { ActionView } from "../../contracts/views.ts";
import { canonicalJson } from "../../core/json.ts";

/** The approval as the row compares it with the yeses that it has. */
export function givenOf(id: string, claims: ApprovalClaims): GivenApproval {
  const { round, proposal, change, overrides, approvers, expiresAt } = claims;
  return { id, round, proposal, change, overrides, approvers, expiresAt };
}

/**
 * Why there is nothing left to do with an authentic approval, and nobody to tell: it was used, its round is over, or the row
 * does not stand as it was shown. Null: the row waits for exactly this approval. The row decides once more when it takes it.
 */
export function whyOver(view: ActionView | null, { id }: GivenApproval, claims: ApprovalClaims): string | null {
  if (view === null || view.action.mode !== claims.mode || claims.caseId !== caseIdOf(view.action.id))
    return `there is no case ${claims.caseId} of ${claims.actionId} on ${claims.subject}: nothing was done`;
  if (view.approved?.approval === id) return `it was used for ${view.action.id} before, which is ${words(view.state)}`;
  if (view.state !== "case_open")
    return `it is void: the case is not open any more, ${view.action.id} is ${words(view.state)}`;
  if (view.caseRound !== claims.round)
    return `it is void: it is of round ${claims.round} of the case, which is in round ${view.caseRound}`;
  if (proposalOf(view) !== claims.proposal) return "it is void: the case does not stand as it was shown";
  return isOf(view, claims) ? null : "it is void: the row does not have these yeses";
}

const words = (state: string): string => state.replaceAll("_", " ");

function isOf({ caseApprovals: given }: ActionView, claims: ApprovalClaims): boolean {
  if (given === null || !isApproved({ caseApprovals: given })) return false;
  const { change, overrides, approvers, expiresAt } = claims;
  const approvals = given.approvals.map(({ by }) => by.id);
  return (
    given.expiresAt === expiresAt &&
    canonicalJson([given.change, sorted(given.overrides), approvals]) ===
      canonicalJson([change, sorted(overrides), approvers.map((one) => one.id)])
  );
}

const sorted = (texts: readonly string[]): string[] => [...texts].sort();

/** Why people have to approve once more, whatever stands at the provider; null where they have not. */
export function whyVoid(
  { expiresAt }: ApprovalClaims,
  isRetired: boolean,
  now: number,
): Pick<ApprovalRefusal, "reason" | "about"> | null {
  if (expiresAt <= now)
    return {
      reason: `the approval was good until ${new Date(expiresAt).toISOString()} and was not used by then: approve it again`,
      about: ABOUT_NOTHING,
    };
  if (!isRetired) return null;
  return { reason: "the approval was signed with a key that is retired: approve it again", about: ABOUT_NOTHING };
}
