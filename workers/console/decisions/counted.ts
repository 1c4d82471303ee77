import type { Approval, CaseApprovals, SpokenYes } from "../../../shared/contracts/case-decision.ts";
import type { ActionView } from "../../../shared/contracts/views.ts";
import type { DecisionDeps } from "./deps.ts";

type Counting = Pick<DecisionDeps, "prove" | "mayApprove">;
type Of = Pick<ActionView, "action">;

/** What one person has said, as its proof is over it. */
export function spokenOf(
  { action: { id: actionId, subject, mode } }: Of,
  { round, proposal, change, overrides }: Pick<CaseApprovals, "round" | "proposal" | "change" | "overrides">,
  { by, key, until = 0 }: Pick<Approval, "by" | "key" | "until">,
): SpokenYes {
  const { id, name } = by;
  return {
    ...{ actionId, subject, mode, round, proposal, change, overrides: [...overrides].sort() },
    by: { id, name },
    key,
    until,
  };
}

/**
 * The yeses that the console has not heard, or not for so long. A row says who approved, and whoever can write to the ledger
 * can write that; what the console signs is only what it can prove.
 */
export async function unproven(view: Of, given: CaseApprovals, { prove }: Counting): Promise<Approval[]> {
  const isProven = async (yes: Approval): Promise<boolean> =>
    yes.proof === (await prove(spokenOf(view, given, yes))) && given.expiresAt <= (yes.until ?? 0);
  const proven = await Promise.all(given.approvals.map(isProven));
  return given.approvals.filter((_, index) => proven[index] !== true);
}

/** Who has approved it and may approve nothing any more. */
export async function mayNoMore(
  { approvals }: CaseApprovals,
  { mayApprove }: Pick<Counting, "mayApprove">,
): Promise<Approval[]> {
  const may = await Promise.all(approvals.map(({ by }) => mayApprove(by.id)));
  return approvals.filter((_, index) => may[index] !== true);
}

/** Whose half-given yes counts no longer: it has no proof, or they may approve nothing any more. */
export async function notCounted(view: ActionView, deps: Counting): Promise<string[]> {
  const { caseApprovals: given } = view;
  if (given === null) return [];
  const without = await unproven(view, given, deps);
  const gone = await mayNoMore(given, deps);
  return given.approvals.filter((yes) => gone.includes(yes) || without.includes(yes)).map(({ by }) => by.id);
}
