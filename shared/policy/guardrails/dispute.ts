import type { DisputeStatus, DisputeView, PaymentSnapshot } from "../../contracts/provider.ts";
import { formatMoney } from "../../core/money.ts";
import { leftOf } from "./left.ts";
import { allow, escalate, type GuardedContext, type GuardedProposal, type Rule, type Verdict } from "./rule.ts";

/**
 * By what became of each dispute: a charge stays `disputed` for ever. While the money is with the bank, or went to the
 * customer, a refund would pay it twice. https://docs.stripe.com/disputes/how-disputes-work
 */
export const DISPUTE: Rule<PaymentSnapshot> = {
  rule: "dispute",
  check: (proposal, context, payment) => {
    const { disputed, disputes } = payment;
    if (!disputed && (disputes ?? []).length === 0) return allow("not disputed");
    if (disputes === null || disputes.length === 0)
      return escalate("the charge was disputed, and what became of it was not read");
    const verdicts = disputes.map((one) => verdictOn(one, proposal, context, payment));
    return verdicts.find(({ verdict }) => verdict === "escalate") ?? verdicts[0] ?? allow("not disputed");
  },
};

/** What keeps every action from the payment, whatever is asked for. */
const STOPPED_BY: Readonly<Partial<Record<DisputeStatus, string>>> = {
  open: "is open: the money is with the bank until it is decided there",
  lost: "was lost: the bank has given the money to the customer",
  // Prevented by a block or by a resolution, as with Visa's Rapid Dispute Resolution, which credits the customer; the status
  // does not tell which: https://docs.stripe.com/changelog/basil/2025-08-27/add-preventions-to-dispute
  prevented: "was prevented: it may have been resolved by giving the customer the money",
  other: "has a status that this system does not know: look at it at the provider",
};

const OVER: Readonly<Partial<Record<DisputeStatus, string>>> = {
  won: "was won: the money is here again",
  inquiry_closed: "was an inquiry of the bank, which is closed: the money never left",
};

function verdictOn(
  dispute: DisputeView,
  proposal: GuardedProposal,
  context: GuardedContext,
  payment: PaymentSnapshot,
): Verdict {
  const { id, status, isRefundable } = dispute;
  const stopped = STOPPED_BY[status];
  if (stopped !== undefined) return escalate(`the charge was disputed: ${id} ${stopped}`);
  const over = OVER[status];
  const isRefund = proposal.kind === "refund";
  if (over === undefined && !isRefund) return escalate(`the bank asks about the charge (inquiry ${id})`);
  if (isRefund && !isRefundable)
    return escalate(
      `the charge was disputed: ${id} ${over ?? "is an inquiry of the bank"}, but the provider says that the charge cannot be refunded any more`,
    );
  return over === undefined
    ? verdictOnInquiry(id, proposal, context, payment)
    : allow(`the charge was disputed: ${id} ${over}`);
}

/**
 * The money is still here. "After the payment has been fully refunded, no further funds are withdrawn from your Stripe
 * account as a result of this dispute": https://docs.stripe.com/api/disputes/object#dispute_object-is_charge_refundable
 */
function verdictOnInquiry(
  id: string,
  { amountMinor, extent }: GuardedProposal,
  context: GuardedContext,
  payment: PaymentSnapshot,
): Verdict {
  const { capturedMinor, refundedMinor, currency } = payment;
  const remainsMinor = Math.max(0, capturedMinor - refundedMinor);
  const left = leftOf(payment, context);
  const wholeMinor = extent === "whole" && left.ok ? left.value.leftMinor : null;
  const money = formatMoney({ amountMinor: remainsMinor, currency });
  return (amountMinor ?? wholeMinor) === remainsMinor
    ? allow(`the bank asks about the charge (inquiry ${id}), and a refund of all that remains settles it`)
    : escalate(
        `the bank asks about the charge (inquiry ${id}): only a refund of all that remains of it (${money}) settles that; after a part, the bank may still take the whole`,
      );
}
