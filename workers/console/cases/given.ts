import { type CaseApprovals, isApproved, type ProposalChange } from "../../../shared/contracts/case-decision.ts";
import { allOf } from "../../../shared/contracts/list.ts";
import type { ActionView } from "../../../shared/contracts/views.ts";
import { formatMoney } from "../../../shared/core/money.ts";
import { utc } from "../../../shared/core/time.ts";

/** One thing that a decision needs, as a line for people: "refundable", "32.50 USD". */
export type Said = { label: string; text: string };

/** The yeses of an open case: what another one must be to, so that it is to the same. Null: there are none. */
export type GivenYes = Pick<CaseApprovals, "overrides" | "change" | "needs" | "expiresAt"> & {
  approvers: string[];
  /** All have said yes, and nothing was sent on: whoever was to do it was stopped. One of them repeats it. */
  isUnsent: boolean;
};

export function givenYes({ state, caseApprovals: given, caseRound }: ActionView, now: number): GivenYes | null {
  if (state !== "case_open" || given === null || given.round !== caseRound || given.expiresAt <= now) return null;
  const { overrides, change, needs, expiresAt, approvals } = given;
  const approvers = approvals.map(({ by }) => by.name);
  return { overrides, change, needs, expiresAt, approvers, isUnsent: isApproved({ caseApprovals: given }) };
}

/** `by Ana, with 12.50 EUR, over duplicate, 1 of 2: another person must approve it too, until …`. */
export function sayGiven(given: GivenYes | null): Said[] {
  if (given === null) return [];
  const { approvers, overrides, change, needs, isUnsent } = given;
  const terms = [
    `by ${allOf(approvers)}`,
    ...(change === null ? [] : [`with ${termsOf(change)}`]),
    ...(overrides.length === 0 ? [] : [`over ${allOf(overrides)}`]),
    isUnsent
      ? "and not yet sent on: repeat the approval"
      : `${approvers.length} of ${needs}: another person must approve it too`,
  ];
  return [{ label: "approved", text: `${terms.join(", ")}, until ${utc(given.expiresAt)}` }];
}

function termsOf({ amountMinor, currency, ...others }: ProposalChange): string {
  const money =
    amountMinor !== undefined && currency !== undefined
      ? [formatMoney({ amountMinor, currency })]
      : [amountMinor, currency].filter((one) => one !== undefined).map(String);
  return allOf([...money, ...Object.values(others).flatMap((one) => (one == null ? [] : [one]))]);
}
