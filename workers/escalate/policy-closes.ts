import type { CaseDecisionAnswer } from "../../shared/contracts/case-decision.ts";
import { proposalOf } from "../../shared/contracts/case-proposal.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import { POLICY_ITSELF } from "../../shared/contracts/people.ts";
import type { CaseRow } from "../../shared/contracts/records.ts";

export type PolicyClosesDeps = {
  ledger: Pick<Ledger, "actions" | "decideCase">;
  closeInRecords(id: string, closing: { code: string; round: number }): Promise<void>;
};

/** First the action's row, which decides races with people, then D1. The same again is safe. */
export async function policyCloses(
  { id, actionId, subject }: CaseRow,
  code: string,
  { ledger, closeInRecords }: PolicyClosesDeps,
): Promise<"closed" | "not_now"> {
  const ref = { id: actionId, subject };
  const [view] = await ledger.actions([ref]);
  if (view === undefined || view === null) return "not_now";
  if (view.state === "case_open") {
    const key = `policy:${code}:${view.caseRound}`;
    const decision = {
      kind: "close",
      code,
      round: view.caseRound,
      proposal: proposalOf(view),
      key,
      by: POLICY_ITSELF,
    } as const;
    const answer: CaseDecisionAnswer = await ledger.decideCase(ref, decision);
    if (answer.kind !== "closed") return "not_now";
  } else if (view.caseDecided?.by.id !== POLICY_ITSELF.id) {
    // A person was first: their decision is written by whoever took it.
    return "not_now";
  }
  await closeInRecords(id, { code, round: view.caseRound });
  return "closed";
}
