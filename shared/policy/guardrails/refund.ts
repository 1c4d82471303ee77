import type { PaymentSnapshot } from "../../contracts/provider.ts";
import { doubtAgainst, sayDoubt } from "../../contracts/words.ts";
import { formatMoney } from "../../core/money.ts";
import { POLICY } from "../policy.ts";
import { confidence, fourEyes, isAmount } from "./payment.ts";
import { allow, escalate, type GuardedContext, type GuardedProposal, type Rule, type Verdict } from "./rule.ts";

/** Everything that remains is meant where every amount that is named is exactly that. */
function isWholeMeant(
  { words }: GuardedProposal,
  { reservedMinor }: GuardedContext,
  { capturedMinor, refundedMinor, currency }: PaymentSnapshot,
): Verdict {
  const left = capturedMinor - refundedMinor - reservedMinor;
  const other = words.amounts.find((named) => !isAmount(named, left, currency));
  // Where nothing is left, the next rule says so.
  if (other === undefined || left <= 0) return allow("nothing but what remains is named");
  return escalate(
    `${moneyOf(other, currency)} is named, and what remains is ${moneyOf({ amountMinor: left }, currency)}`,
  );
}

/**
 * A part is meant where its amount is asked for, and every other amount that is named is larger and is what the provider
 * states: captured, refunded or remaining. "I paid $100, refund $20" leaves nothing open; "$20 and $30" does.
 */
function isPartMeant({ amountMinor, words }: GuardedProposal, payment: PaymentSnapshot): Verdict {
  const { capturedMinor, refundedMinor, currency } = payment;
  if (amountMinor === null) return escalate("a part is asked for, and no amount of it");
  const asked = words.amounts.find((named) => isAmount(named, amountMinor, currency));
  const said = moneyOf({ amountMinor }, currency);
  if (asked === undefined) return escalate(`${said} is not among the amounts that are named`);
  if (!asked.isAsked) return escalate(`${said} is named, but not where the text asks, in words that code knows`);
  const stated = [capturedMinor, refundedMinor, capturedMinor - refundedMinor];
  const other = words.amounts.find(
    (named) =>
      !isAmount(named, amountMinor, currency) &&
      !(!named.isAsked && named.amountMinor > amountMinor && stated.some((minor) => isAmount(named, minor, currency))),
  );
  return other === undefined
    ? allow("the amount that is asked for")
    : escalate(`${said} is asked for, and ${moneyOf(other, currency)} is named as well`);
}

const moneyOf = (named: { amountMinor: number; currency?: string | null }, currency: string): string =>
  formatMoney({ amountMinor: named.amountMinor, currency: named.currency ?? currency });

export const REFUND: readonly Rule<PaymentSnapshot>[] = [
  {
    rule: "asked",
    check: ({ words }) =>
      words.asks
        ? allow("it is asked for")
        : escalate("nothing in the text asks for money back, in words that code knows"),
  },
  {
    rule: "amount_known",
    check: (proposal, context, payment) => {
      const { extent, words } = proposal;
      const doubt = doubtAgainst(extent === "part" ? "refund" : "whole", words);
      if (doubt !== null) return escalate(sayDoubt(doubt));
      if (extent === "unclear") return escalate("the agent cannot tell whether all of it is meant");
      return extent === "whole" ? isWholeMeant(proposal, context, payment) : isPartMeant(proposal, payment);
    },
  },
  {
    rule: "captured",
    check: ({ amountMinor }, { reservedMinor, firstGrant }, payment) => {
      const left = payment.capturedMinor - payment.refundedMinor - reservedMinor;
      const money = (amount: number) => formatMoney({ amountMinor: Math.max(0, amount), currency: payment.currency });
      if (left <= 0)
        return escalate(
          `nothing is left to refund: ${money(payment.capturedMinor)} captured, ${money(payment.refundedMinor)} refunded, ${money(reservedMinor)} on its way`,
        );
      if (amountMinor === null)
        return firstGrant
          ? { verdict: "lower", amountMinor: left, reason: `what remains is ${money(left)}` }
          : escalate("a granted refund has an amount");
      if (amountMinor === 0) return escalate("a refund of nothing");
      return amountMinor <= left
        ? allow(`${money(amountMinor)} of ${money(left)} left`)
        : escalate(`${money(amountMinor)} asked for, only ${money(left)} left`);
    },
  },
  {
    rule: "window",
    check: (_proposal, { now }, payment) =>
      payment.capturedAt !== null && now - payment.capturedAt <= POLICY.refund.windowMs
        ? allow("captured within the refund window")
        : escalate("the payment is older than the refund window"),
  },
  {
    rule: "confidence",
    check: (proposal, _context, payment) => confidence(proposal, payment, POLICY.refund.mediumConfidenceMaxUsdCents),
  },
  {
    rule: "four_eyes",
    check: (proposal, _context, payment) => fourEyes(proposal, payment, POLICY.refund.fourEyesAboveUsdCents),
  },
];
