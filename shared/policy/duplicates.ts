import { type Action, type ActionState, isTerminal, isUnderWay } from "../contracts/action.ts";
import { ACTIONS, type DuplicateRule } from "../contracts/actions.ts";
import type { CaseAbout } from "../contracts/rules.ts";
import { formatMoney } from "../core/money.ts";
import { POLICY } from "./policy.ts";

/** Another action of the same subject. `uncertain`: one of its calls may have had an effect that was not read yet. */
export type Sibling = {
  id: string;
  action: Action;
  state: ActionState;
  uncertain: boolean;
  createdAt: number;
  updatedAt: number;
};

/** Why a new action is a duplicate of one that its subject already has, and what becomes of it. */
export type Duplicate = { kind: "skip"; reason: string } | { kind: "case"; reason: string; about: CaseAbout };

/** Actions in these states moved no money, unless they are uncertain. A dead letter may have moved some. */
const NOT_EXECUTED: readonly ActionState[] = ["skipped", "declined", "case_open", "case_opening"];

/** It may still be executed (also after a redrive), or may have had an effect that was not read yet. */
const isOpen = ({ state, uncertain }: Sibling): boolean => uncertain || !isTerminal(state) || state === "dead_lettered";

type Check = (action: Action, siblings: readonly Sibling[], causedAt: number, now: number) => Duplicate | null;

/**
 * Two actions of one payment, kind and amount for two facts are duplicates if their causes came within the window of each
 * other, or if the first is still open, at any age. Why: docs/decisions/0016.
 */
const sameAmount: Check = (action, siblings, causedAt) => {
  const other = siblings.find(
    (row) =>
      row.action.kind === action.kind &&
      row.action.amountMinor === action.amountMinor &&
      row.action.factKey !== action.factKey &&
      (row.uncertain || !NOT_EXECUTED.includes(row.state)) &&
      (isOpen(row) || causedAt - row.createdAt < POLICY.duplicates.windowMs),
  );
  if (other === undefined) return null;
  const { amountMinor, currency } = action;
  const money = amountMinor !== null && currency !== null ? formatMoney({ amountMinor, currency }) : "the same amount";
  return {
    kind: "case",
    about: { rule: "duplicate", refund: null },
    reason: `possible duplicate: ${action.kind} of ${money} on ${action.subject} was decided for another fact within 24 hours, or is not over (${other.id}, ${other.state})`,
  };
};

const oneUnderWay: Check = (action, siblings, _causedAt, now) => {
  const { declinedMax, declinedWindowMs } = POLICY.retry;
  const retries = siblings.filter((row) => row.action.kind === action.kind && row.action.factKey !== action.factKey);
  const underWay = retries.find((row) => isUnderWay(row.state));
  if (underWay) return { kind: "skip", reason: `a retry of this payment is already under way: ${underWay.id}` };
  const recent = retries.filter((row) => row.state === "declined" && now - row.updatedAt < declinedWindowMs).length;
  if (recent < declinedMax) return null;
  return {
    kind: "case",
    about: { rule: "network_rules", refund: null },
    reason: `${recent} retries of this payment were declined within 30 days; the card networks' limit is near`,
  };
};

/**
 * Changes of one subscription come one after the other. The same change a second time leaves nothing to do; another one,
 * under way or asked for within the window, contradicts the first, and a person must say which is meant.
 */
const oneChange: Check = (action, siblings, causedAt) => {
  const { contradictionWindowMs } = POLICY.subscription;
  const others = siblings.filter(
    (row) =>
      ACTIONS[row.action.kind].duplicates === "one_change" &&
      row.action.factKey !== action.factKey &&
      (row.uncertain || !NOT_EXECUTED.includes(row.state)),
  );
  const isSame = (row: Sibling): boolean =>
    row.action.kind === action.kind &&
    row.action.variant === action.variant &&
    row.action.amountMinor === action.amountMinor;
  // A row is made when its event is decided: whoever asked before that, in a long queue, did not know of it.
  const isNear = (row: Sibling): boolean => causedAt - row.createdAt < contradictionWindowMs;
  const other = others.find((row) => !isSame(row) && (isOpen(row) || isNear(row)));
  if (other !== undefined)
    return {
      kind: "case",
      about: { rule: "duplicate", refund: null },
      reason: `${action.kind} contradicts ${other.action.kind} of the same subscription, which was asked for within a minute or is not over (${other.id}, ${other.state})`,
    };
  const same = others.find((row) => isSame(row) && isOpen(row));
  if (same === undefined) return null;
  if (isUnderWay(same.state))
    return { kind: "skip", reason: `the same change is under way already: ${same.id} (${same.state})` };
  // One that was given up makes itself no more. Whether it was made already, nobody has read.
  return {
    kind: "case",
    about: { rule: "duplicate", refund: null },
    reason: `the same change was given up, and may have been made: ${same.id} (${same.state})`,
  };
};

const CHECKS: Record<DuplicateRule, Check> = {
  same_amount: sameAmount,
  one_under_way: oneUnderWay,
  one_change: oneChange,
  none: () => null,
};

/** `causedAt`: when the event that asks for the action was accepted, in epoch milliseconds. Null: it is no duplicate. */
export function duplicateOf(
  action: Action,
  siblings: readonly Sibling[],
  causedAt: number,
  now: number,
): Duplicate | null {
  return CHECKS[ACTIONS[action.kind].duplicates](action, siblings, causedAt, now);
}
