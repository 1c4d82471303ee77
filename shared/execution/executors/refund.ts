import type { Action } from "../../contracts/action.ts";
import type { PaymentSnapshot, RefundView } from "../../contracts/provider.ts";
import type { CaseAbout } from "../../contracts/rules.ts";
import { guardAgain } from "../../policy/again.ts";
import { goesBackWith } from "../../policy/guardrails/connect.ts";
import { isOwn, isStanding } from "../../policy/guardrails/refunded-before.ts";
import { type Executor, goneAtProvider, type JudgeContext, type Judgement } from "../executor.ts";
import { outcomeOfEffect, unmeant } from "../unmeant.ts";
import { guardrailFailure } from "./refusals.ts";

/** A refund of ours carries the action id in its metadata. Stripe cannot search refunds, so those of the payment are listed. */
export const refund: Executor<PaymentSnapshot> = {
  judge(action, snapshot, context) {
    const own = ownOf(action, snapshot.refunds ?? [], context);
    if (own) return judgeOwn(action, own);
    const { providerObject } = context;
    if (providerObject !== null)
      return {
        kind: "refuse",
        failure: { ...goneAtProvider(action, providerObject), about: aboutRefund(providerObject) },
      };
    return judgeNew(action, snapshot, context);
  },
  send(action, snapshot, provider, call, policy) {
    const { amountMinor, currency } = action;
    const payment = snapshot.payment ?? action.charge;
    if (amountMinor === null || currency === null || payment === null)
      throw new Error(`${action.id} was granted without amount, currency or payment`);
    return provider.refund({ payment, amountMinor, currency, ...goesBackWith(snapshot, policy) }, call);
  },
  async declined(_action, { note }) {
    return { reason: "provider_refused", detail: `the bank refused the refund: ${note}` };
  },
};

/**
 * The refund that the provider named; without one, the oldest of the granted amount that carries our id. Metadata can be
 * copied: a copy is newer, or of another amount, and what a person made is not ours. One that stands has given the money back,
 * whoever made it; one that failed has not, and ends the action only if a call of ours may have made it.
 */
function ownOf(
  action: Action,
  refunds: readonly RefundView[],
  { providerObject, mayHaveActedSince }: Pick<JudgeContext, "providerObject" | "mayHaveActedSince">,
) {
  return providerObject === null
    ? refunds.findLast((refund) => isOwn(refund, action) && (isStanding(refund) || mayHaveActedSince !== null))
    : refunds.find(({ id }) => id === providerObject);
}

const aboutRefund = (id: string): CaseAbout => ({ rule: null, refund: id });

function judgeOwn(action: Action, own: RefundView): Judgement {
  const { id, amountMinor, currency, status } = own;
  if (!isStanding(own))
    return {
      kind: "refuse",
      failure: { reason: "provider_refused", detail: notReceived(own), about: aboutRefund(id) },
    };
  if (currency !== action.currency)
    return { kind: "settle", outcome: unmeant(action, id, null, `it is in ${currency.toUpperCase()}`) };
  const isOver = status === "succeeded";
  const note = isOver ? "found at the provider" : `the provider says ${status}`;
  return {
    kind: "settle",
    outcome: outcomeOfEffect(action, { providerObject: id, amountMinor, pending: !isOver, note }),
  };
}

/** The money is back on the balance, so another way to pay the customer is needed: https://docs.stripe.com/refunds#failed-refunds */
function notReceived({ id, status, failureReason }: RefundView): string {
  const why = failureReason === null ? "" : ` (${failureReason})`;
  const what = status === "failed" ? `the bank failed the refund ${id}${why}` : `the refund ${id} was cancelled`;
  return `${what}: the customer has not got the money, it is back on the balance at the provider. Ask the customer how to get it to them; nothing is sent again by itself`;
}

function judgeNew(action: Action, snapshot: PaymentSnapshot, { policy, now, mode, approved }: JudgeContext): Judgement {
  const result = guardAgain(action, snapshot, { policy, mode, now, approved });
  return result.kind === "allow" ? { kind: "send" } : guardrailFailure(result);
}
