import type { PaymentSnapshot } from "../../contracts/provider.ts";
import { formatMoney } from "../../core/money.ts";
import { POLICY } from "../policy.ts";
import { confidence, fourEyes, isNamed } from "./payment.ts";
import { allow, escalate, type Rule } from "./rule.ts";

export const REFUND: readonly Rule<PaymentSnapshot>[] = [
  {
    rule: "amount_known",
    check: ({ amountMinor, knownAmounts, doubtfulAmounts = [] }, _context, payment) => {
      const [doubtful] = doubtfulAmounts;
      if (doubtful !== undefined) return escalate(`an amount in the text cannot be read exactly: "${doubtful}"`);
      const left = payment.capturedMinor - payment.refundedMinor;
      if (knownAmounts.length === 0 && (amountMinor === null || amountMinor === left))
        return allow("no amount was named: what remains");
      // If an amount was named, a refund of everything must be that amount.
      if (isNamed(amountMinor ?? left, knownAmounts, payment)) return allow("the amount that was named");
      const asked = formatMoney({ amountMinor: Math.max(0, amountMinor ?? left), currency: payment.currency });
      return escalate(
        knownAmounts.length === 0
          ? `the amount ${asked} was not named, and it is not what remains`
          : `${asked} is not the amount that was named`,
      );
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
