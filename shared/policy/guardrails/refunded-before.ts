import type { PaymentSnapshot, RefundView } from "../../contracts/provider.ts";
import { isActionId } from "../../core/ids.ts";
import { formatMoney } from "../../core/money.ts";
import { leftOf } from "./left.ts";
import { allow, escalate, type GuardedContext, type Rule, unseen, type Verdict } from "./rule.ts";

/** It gave money back, or will; a failed or cancelled one did not, and a release moved none. */
export const isStanding = ({ status, isRelease }: RefundView): boolean =>
  !isRelease && (status === "succeeded" || status === "pending" || status === "requires_action");

/** Metadata can be copied, so a refund is an action's own only if the amount is its own too. */
export const isOwn = (
  { actionId, amountMinor, currency }: RefundView,
  own: { id: string; amountMinor: number | null; currency: string | null },
): boolean => actionId === own.id && amountMinor === own.amountMinor && currency === own.currency;

/** Another standing refund of the same amount, within the refund window, whoever made it. */
export const REFUNDED_BEFORE: Rule<PaymentSnapshot> = {
  rule: "duplicate",
  check: ({ amountMinor }, context, payment) => {
    if (payment.refunds === null) return unseen("the refunds of the payment were not read");
    const left = leftOf(payment, context);
    if (!left.ok) return unseen(left.error);
    const { leftMinor, baseMinor } = left.value;
    // All of it: what remains; and where nothing does, what one refund has given back before.
    const wantedMinor = amountMinor ?? (leftMinor > 0 ? leftMinor : baseMinor);
    const other = payment.refunds.find(
      (one) => one.amountMinor === wantedMinor && isAnother(one, wantedMinor, context, payment),
    );
    return other === undefined ? allow("no other refund of this amount") : duplicateOf(other, wantedMinor, leftMinor);
  },
};

function isAnother(
  one: RefundView,
  amountMinor: number,
  { actionId, now, policy }: GuardedContext,
  { currency }: PaymentSnapshot,
): boolean {
  const isOurs = actionId !== null && isOwn(one, { id: actionId, amountMinor, currency });
  return isStanding(one) && !isOurs && one.currency === currency && now - one.createdAt <= policy.refund.windowMs;
}

function duplicateOf(other: RefundView, wantedMinor: number, leftMinor: number): Verdict {
  const { currency } = other;
  const left = leftMinor === 0 ? "nothing" : `only ${formatMoney({ amountMinor: leftMinor, currency })}`;
  const again =
    wantedMinor <= leftMinor
      ? "if a second one is meant, a person approves it over duplicate"
      : `a second one is not possible: ${left} is left to refund`;
  return escalate(
    `possible duplicate: ${sayRefund(other)}. Compare it with what is asked for: if it is the answer, nothing is left to do; ${again}`,
    other.id,
  );
}

/** The refund for people: id, amount, date, and by whom. */
export function sayRefund({ id, amountMinor, currency, status, actionId, createdAt }: RefundView): string {
  const by = actionId !== null && isActionId(actionId) ? `by our action ${actionId}` : "not made by this system";
  return `the refund ${id} of ${formatMoney({ amountMinor, currency })} stands since ${new Date(createdAt).toISOString()} (${status}, ${by})`;
}
