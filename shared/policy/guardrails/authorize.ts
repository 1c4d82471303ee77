import type { PaymentSnapshot } from "../../contracts/provider.ts";
import { formatMoney } from "../../core/money.ts";
import { POLICY } from "../policy.ts";
import { confidence, fourEyes, isAmount, isNamed } from "./payment.ts";
import { allow, escalate, leave, type Rule } from "./rule.ts";

/** https://docs.stripe.com/radar/risk-evaluation#risk-outcomes */
const RISKY = new Set(["elevated", "highest"]);

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
    check: ({ variant }, _context, { riskLevel }) =>
      variant !== "release" && riskLevel !== null && RISKY.has(riskLevel)
        ? escalate(`the provider's fraud score is ${riskLevel}: not captured without a person`)
        : allow(`fraud score: ${riskLevel ?? "none"}`),
  },
  {
    rule: "confidence",
    check: (proposal, _context, payment) => confidence(proposal, payment, POLICY.authorize.mediumConfidenceMaxUsdCents),
  },
  {
    rule: "four_eyes",
    check: (proposal, _context, payment) =>
      proposal.variant === "capture"
        ? fourEyes(proposal, payment, POLICY.authorize.fourEyesAboveUsdCents)
        : allow("a release moves no money"),
  },
];
