import { type CaseApprovals, isApproved } from "../../../shared/contracts/case-decision.ts";
import type { ActionView } from "../../../shared/contracts/views.ts";
import { secondOf } from "../../../shared/core/time.ts";

/** One thing that a decision needs, as a line for people: "refundable", "32.50 USD". */
export type Said = { label: string; text: string };

/** The yeses of an open case: what another one must be to, so that it is to the same. Null: there are none. */
export type GivenYes = Pick<CaseApprovals, "overrides" | "change" | "needs" | "expiresAt"> & {
  approvers: string[];
  /** All have said yes, and nothing was sent on: whoever was to do it was stopped. One of them repeats it. */
  isUnsent: boolean;
};

export function givenYes({ state, caseApprovals: given, caseRound }: ActionView): GivenYes | null {
  if (state !== "case_open" || given === null || given.round !== caseRound) return null;
  const { overrides, change, needs, expiresAt, approvals } = given;
  const approvers = approvals.map(({ by }) => by.name);
  return { overrides, change, needs, expiresAt, approvers, isUnsent: isApproved({ caseApprovals: given }) };
}

export function sayGiven(given: GivenYes | null): Said[] {
  if (given === null) return [];
  const { approvers, needs, isUnsent } = given;
  const names = approvers.join(" and ");
  const until = `${secondOf(given.expiresAt)} UTC`;
  const text = isUnsent
    ? `by ${names}, and not yet sent on: repeat the approval, until ${until}`
    : `by ${names}, ${approvers.length} of ${needs}: another person must approve it too, until ${until}`;
  return [{ label: "approved", text }];
}
