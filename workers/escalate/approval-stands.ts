import { isApproved } from "../../shared/contracts/case-decision.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { CaseRow } from "../../shared/contracts/records.ts";
import type { ApprovalStands } from "./due.ts";

/** What became of the yeses to this round of a case: its row says it, whatever D1 has. */
export async function approvalOf(
  { actionId, subject, version }: CaseRow,
  ledger: Pick<Ledger, "actions">,
): Promise<ApprovalStands> {
  const [view = null] = await ledger.actions([{ id: actionId, subject }]);
  if (view === null) return "none";
  if (view.approved?.round === version || (view.state === "superseded" && view.caseRound === version)) return "used";
  return view.state === "case_open" && view.caseRound === version && isApproved(view) ? "unused" : "none";
}
