import type { PaymentSnapshot } from "../../contracts/provider.ts";
import { formatMoney } from "../../core/money.ts";
import { confidence, fourEyes, isAmount, isNamed } from "./payment.ts";
import { allow, escalate, leave, type Rule } from "./rule.ts";

export const AUTHORIZE: readonly Rule<PaymentSnapshot>[] = [
  {
    rule: "variant",
    check: ({ variant }) =>
      variant === "capture" || variant === "release"
        ? allow(variant)
        : escalate("nothing says whether the held money is to be captured or released, and neither can be taken back"),
  },
  {
    rule: "capturable",
    check: ({ variant, extent, amountMinor, words }, { firstGrant, stated }, payment) => {
      if (payment.status !== "held")
        return leave(`the payment is ${payment.status}: there is nothing to capture or release`);
      if (variant === "release") return allow("a held authorisation may always be released");
      if (extent === "unclear") return escalate("the agent cannot tell whether all of it is meant");
      const { capturableMinor, currency } = payment;
      const money = (minor: number): string => formatMoney({ amountMinor: minor, currency });
      if (extent === "whole" && stated !== null && !isAmount(stated, capturableMinor, currency))
        return escalate(
          `the event says ${formatMoney(stated)} is held, and ${money(capturableMinor)} is authorised now`,
        );
      if (amountMinor === null) {
        if (!firstGrant) return escalate("a granted capture has an amount");
        return extent === "whole"
          ? { verdict: "lower", amountMinor: capturableMinor, reason: "all that was authorised" }
          : escalate("a part is asked for, and no amount of it");
      }
      // A capture is final: the rest of the authorised amount is released.
      if (!firstGrant && extent === "whole" && amountMinor !== capturableMinor)
        return escalate(
          `all that was authorised was granted, ${money(amountMinor)}, and ${money(capturableMinor)} is authorised now`,
        );
      if (amountMinor !== capturableMinor && !isNamed(amountMinor, words, payment))
        return escalate("the amount is neither in the request nor in the event, and it is not all that was authorised");
      return amountMinor > 0 && amountMinor <= capturableMinor
        ? allow("within what was authorised")
        : escalate(`${money(amountMinor)} asked for, ${money(capturableMinor)} authorised`);
    },
  },
  {
    rule: "risk",
    check: ({ variant }, { policy }, { riskLevel }) =>
      variant !== "release" && riskLevel !== null && policy.authorize.riskyLevels.includes(riskLevel)
        ? escalate(`the provider's fraud score is ${riskLevel}: not captured without a person`)
        : allow(`fraud score: ${riskLevel ?? "none"}`),
  },
  {
    rule: "confidence",
    check: (proposal, { policy }, payment) =>
      confidence(proposal, payment, policy.authorize.mediumConfidenceMaxUsdCents, policy),
  },
  {
    rule: "four_eyes",
    check: (proposal, { policy }, payment) =>
      proposal.variant === "capture"
        ? fourEyes(proposal, payment, policy.authorize.fourEyesAboveUsdCents, policy)
        : allow("a release moves no money"),
  },
];
