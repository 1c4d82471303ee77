import type { PaymentSnapshot } from "../../contracts/provider.ts";
import { formatMoney } from "../../core/money.ts";
import { AMOUNT_KNOWN } from "./amount-known.ts";
import { CONNECT } from "./connect.ts";
import { leftOf } from "./left.ts";
import { confidence, fourEyes } from "./payment.ts";
import { isStanding, REFUNDED_BEFORE, sayRefund } from "./refunded-before.ts";
import { allow, escalate, type GuardedContext, type GuardedProposal, type Rule, unseen, type Verdict } from "./rule.ts";

export const REFUND: readonly Rule<PaymentSnapshot>[] = [
  {
    rule: "asked",
    check: ({ words }) =>
      words.asks
        ? allow("it is asked for")
        : escalate("nothing in the text asks for money back, in words that code knows"),
  },
  {
    rule: "one_payment",
    check: (_proposal, context, payment) => {
      const left = leftOf(payment, context);
      return left.ok ? allow("what is left can be told") : escalate(left.error);
    },
  },
  AMOUNT_KNOWN,
  REFUNDED_BEFORE,
  {
    rule: "captured",
    check: ({ amountMinor }, context, payment) => {
      const left = leftOf(payment, context);
      if (!left.ok) return escalate(left.error);
      const { leftMinor, words } = left.value;
      if (payment.status === "held" && payment.capturedMinor === 0)
        return escalate(
          "the payment is only authorised: nothing was taken that could be refunded, and it can be released",
        );
      const money = (minor: number) => formatMoney({ amountMinor: minor, currency: payment.currency });
      if (leftMinor === 0) return byNewest(`nothing is left to refund: ${words}`, payment);
      if (amountMinor === null)
        return context.firstGrant
          ? { verdict: "lower", amountMinor: leftMinor, reason: `what remains is ${money(leftMinor)}` }
          : escalate("a granted refund has an amount");
      if (amountMinor === 0) return escalate("a refund of nothing");
      return amountMinor <= leftMinor
        ? allow(`${money(amountMinor)} of ${money(leftMinor)} left`)
        : byNewest(`${money(amountMinor)} asked for, only ${money(leftMinor)} left: ${words}`, payment);
    },
  },
  CONNECT,
  {
    rule: "window",
    check: (_proposal, { now, policy }, { capturedAt }) => {
      if (capturedAt === null) return unseen("when the payment was captured is not known");
      return now - capturedAt <= policy.refund.windowMs
        ? allow("captured within the refund window")
        : escalate("the payment is older than the refund window");
    },
  },
  {
    rule: "confidence",
    check: (proposal, { policy }, payment) =>
      confidence(proposal, payment, policy.refund.mediumConfidenceMaxUsdCents, policy),
  },
  { rule: "four_eyes", check: fourEyesOfPayment },
];

/** What was refunded before is the reason: the newest refund is named. */
function byNewest(reason: string, { refunds }: PaymentSnapshot): Verdict {
  const newest = refunds?.find(isStanding);
  return newest === undefined ? escalate(reason) : escalate(`${reason}; ${sayRefund(newest)}`, newest.id);
}

/** Many small refunds of one payment are one large one. */
function fourEyesOfPayment(proposal: GuardedProposal, context: GuardedContext, payment: PaymentSnapshot): Verdict {
  const { policy } = context;
  const beforeMinor = payment.refundedMinor + context.reservedMinor;
  const amountMinor = (proposal.amountMinor ?? 0) + beforeMinor;
  const said = fourEyes({ ...proposal, amountMinor }, payment, policy.refund.fourEyesAboveUsdCents, policy);
  if (said.verdict === "allow" || beforeMinor === 0) return said;
  const before = formatMoney({ amountMinor: beforeMinor, currency: payment.currency });
  return { ...said, reason: `${said.reason}, with ${before} of the payment that is refunded or on its way` };
}
