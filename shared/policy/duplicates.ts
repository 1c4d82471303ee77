import {
  type Action,
  type ActionState,
  isTerminal,
  isUnderWay,
  type Outcome,
  providerObjectOf,
} from "../contracts/action.ts";
import { ACTIONS, type DuplicateRule } from "../contracts/actions.ts";
import type { DuplicateNumbers, PolicyDocument } from "../contracts/policy.ts";
import type { CaseAbout } from "../contracts/rules.ts";
import { formatMoney } from "../core/money.ts";
import { DAY_MS, SECOND_MS } from "../core/time.ts";

/** Another action of the same subject. `uncertain`: one of its calls may have had an effect that was not read yet. */
export type Sibling = {
  id: string;
  action: Action;
  state: ActionState;
  uncertain: boolean;
  outcome: Outcome | null;
  createdAt: number;
  updatedAt: number;
};

/** Why a new action is a duplicate of one that its subject already has, and what becomes of it. */
export type Duplicate = { kind: "skip"; reason: string } | { kind: "case"; reason: string; about: CaseAbout };

/** Actions in these states moved no money, unless they are uncertain. A dead letter may have moved some. */
const NOT_EXECUTED: readonly ActionState[] = [
  "skipped",
  "declined",
  "case_open",
  "case_closed",
  "case_opening",
  "denied",
  "superseded",
];

/** It may still be executed (also after a redrive), or may have had an effect that was not read yet. */
const isOpen = ({ state, uncertain }: Sibling): boolean => uncertain || !isTerminal(state) || state === "dead_lettered";

/** It moved money, or may move it still. A case is none of these, unless another amount moved than was granted. */
const mayBeExecuted = ({ uncertain, state, outcome }: Sibling): boolean =>
  uncertain || outcome?.kind === "unmeant" || !NOT_EXECUTED.includes(state);

/** Another action of the kind, for another fact, which the ledger does not know to have moved nothing. */
const isRival = (row: Sibling, { kind, factKey }: Action): boolean =>
  row.action.kind === kind && row.action.factKey !== factKey && mayBeExecuted(row);

type Check = (
  action: Action,
  siblings: readonly Sibling[],
  numbers: DuplicateNumbers,
  causedAt: number,
  now: number,
) => Duplicate | null;

/**
 * Two refunds of one payment and amount for two facts are duplicates if their causes came within the refund window of each
 * other, or if the first is still open, at any age. Why: docs/decisions/0016. What others refunded, the guardrails see.
 */
const sameAmount: Check = (action, siblings, { refundWindowMs }, causedAt) => {
  const other = siblings.find(
    (row) =>
      isRival(row, action) &&
      row.action.amountMinor === action.amountMinor &&
      (isOpen(row) || causedAt - row.createdAt <= refundWindowMs),
  );
  if (other === undefined) return null;
  const { amountMinor, currency } = action;
  const money = amountMinor !== null && currency !== null ? formatMoney({ amountMinor, currency }) : "the same amount";
  const within = Number.isFinite(refundWindowMs) ? ` within ${refundWindowMs / DAY_MS} days` : "";
  return {
    kind: "case",
    about: { rule: "duplicate", refund: providerObjectOf(other.outcome) },
    reason: `possible duplicate: ${action.kind} of ${money} on ${action.subject} was decided for another fact${within}, or is not over (${sayOther(other)}). Compare both: if they are about the same, nothing is left to do; if a second one is meant, a person approves it over duplicate`,
  };
};

/** The other action for people: its id, its state, since when, and its refund at the provider. */
function sayOther({ id, state, outcome, createdAt }: Sibling): string {
  const refund = providerObjectOf(outcome);
  const its = refund === null ? "no refund of it is known" : `its refund is ${refund}`;
  return `${id}, ${state}, since ${new Date(createdAt).toISOString()}, ${its}`;
}

/** A payment is captured once, and never after it was released: another amount or another day makes no second capture. */
const oneCapture: Check = (action, siblings) => {
  const other = siblings.find((row) => isRival(row, action));
  if (other === undefined) return null;
  return {
    kind: "case",
    about: { rule: "duplicate", refund: null },
    reason: `possible duplicate: ${action.subject} is captured or released once, and ${other.action.variant ?? "capture"} was decided for another fact (${other.id}, ${other.state})`,
  };
};

const oneUnderWay: Check = (action, siblings, { declinedMax, declinedWindowMs }, _causedAt, now) => {
  const retries = siblings.filter((row) => row.action.kind === action.kind && row.action.factKey !== action.factKey);
  const underWay = retries.find((row) => isUnderWay(row.state));
  if (underWay) return { kind: "skip", reason: `a retry of this payment is already under way: ${underWay.id}` };
  const recent = retries.filter((row) => row.state === "declined" && now - row.updatedAt < declinedWindowMs).length;
  if (recent < declinedMax) return null;
  const within = Number.isFinite(declinedWindowMs) ? ` within ${declinedWindowMs / DAY_MS} days` : "";
  return {
    kind: "case",
    about: { rule: "network_rules", refund: null },
    reason: `${recent} retries of this payment were declined${within}; the card networks' limit is near`,
  };
};

/**
 * Changes of one subscription come one after the other. The same change a second time leaves nothing to do; another one,
 * under way or asked for within the window, contradicts the first, and a person must say which is meant.
 */
const oneChange: Check = (action, siblings, { contradictionWindowMs }, causedAt) => {
  const others = siblings.filter(
    (row) =>
      ACTIONS[row.action.kind].duplicates === "one_change" &&
      row.action.factKey !== action.factKey &&
      mayBeExecuted(row),
  );
  const isSame = (row: Sibling): boolean =>
    row.action.kind === action.kind &&
    row.action.variant === action.variant &&
    row.action.amountMinor === action.amountMinor;
  // A row is made when its event is decided: whoever asked before that, in a long queue, did not know of it.
  const isNear = (row: Sibling): boolean => causedAt - row.createdAt < contradictionWindowMs;
  const other = others.find((row) => !isSame(row) && (isOpen(row) || isNear(row)));
  const within = Number.isFinite(contradictionWindowMs) ? ` within ${contradictionWindowMs / SECOND_MS} seconds` : "";
  if (other !== undefined)
    return {
      kind: "case",
      about: { rule: "duplicate", refund: null },
      reason: `${action.kind} contradicts ${other.action.kind} of the same subscription, which was asked for${within} or is not over (${other.id}, ${other.state})`,
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
  one_capture: oneCapture,
  one_under_way: oneUnderWay,
  one_change: oneChange,
  none: () => null,
};

/** What duplicates need of the policy under which the action was decided. */
export const duplicateNumbersOf = ({ guardrails, cases }: PolicyDocument): DuplicateNumbers => ({
  refundWindowMs: guardrails.refund.windowMs,
  declinedMax: guardrails.retry.declinedMax,
  declinedWindowMs: guardrails.retry.declinedWindowMs,
  contradictionWindowMs: guardrails.subscription.contradictionWindowMs,
  denialMs: cases.denialMs,
});

const EVER = Number.POSITIVE_INFINITY;
/** Of a caller that names no numbers, as a classifier of before: whatever there was is near, at any age. */
const UNSAID: DuplicateNumbers = {
  refundWindowMs: EVER,
  declinedMax: 1,
  declinedWindowMs: EVER,
  contradictionWindowMs: EVER,
  denialMs: {
    refund: EVER,
    authorize: EVER,
    retryPayment: EVER,
    pause: EVER,
    resume: EVER,
    downgrade: EVER,
    cancel: EVER,
  },
};

/**
 * `numbers`: of the caller's policy. `causedAt`: when the event that asks for the action was accepted, in epoch
 * milliseconds. Null: it is no duplicate.
 */
export function duplicateOf(
  action: Action,
  siblings: readonly Sibling[],
  numbers: DuplicateNumbers | undefined,
  causedAt: number,
  now: number,
): Duplicate | null {
  return CHECKS[ACTIONS[action.kind].duplicates](action, siblings, numbers ?? UNSAID, causedAt, now);
}
