import type { CaseApprovals, ProposalChange } from "../../../shared/contracts/case-decision.ts";
import type { CaseRow } from "../../../shared/contracts/records.ts";
import type { ActionView } from "../../../shared/contracts/views.ts";
import { formatMoney } from "../../../shared/core/money.ts";
import { listOf, utc } from "../decisions/words.ts";

/** A yes that waits for another person's. Only on the same terms the other one completes it. */
export type HalfGiven = {
  by: string[];
  overrides: string[];
  change: ProposalChange | null;
  expiresAt: number;
};

/** Null: nobody has approved this round of an open case, or what they said is over. */
export function halfGiven({ state }: CaseRow, action: ActionView | null, now: number): HalfGiven | null {
  const given = action?.caseApprovals ?? null;
  if (state !== "open" || given === null || given.expiresAt <= now) return null;
  if (given.round !== action?.caseRound || given.approvals.length >= given.needs) return null;
  const { overrides, change, expiresAt } = given;
  return { by: given.approvals.map(({ by }) => by.name), overrides: [...overrides], change, expiresAt };
}

/** `by Ana, with 12.50 EUR, over duplicate; another person must approve it too, until …`. */
export function sayHalfGiven({ by, overrides, change, expiresAt }: HalfGiven): string {
  const terms = [
    `by ${listOf(by)}`,
    ...(change === null ? [] : [`with ${termsOf(change)}`]),
    ...(overrides.length === 0 ? [] : [`over ${listOf(overrides)}`]),
  ];
  return `${terms.join(", ")}; another person must approve it too, until ${utc(expiresAt)}`;
}

function termsOf({ amountMinor, currency, ...others }: NonNullable<CaseApprovals["change"]>): string {
  const money =
    amountMinor !== undefined && currency !== undefined
      ? [formatMoney({ amountMinor, currency })]
      : [amountMinor, currency].filter((one) => one !== undefined).map(String);
  return listOf([...money, ...Object.values(others).flatMap((one) => (one == null ? [] : [one]))]);
}
