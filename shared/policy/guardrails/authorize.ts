import type { PaymentSnapshot } from "../../contracts/provider.ts";
import { formatMoney } from "../../core/money.ts";
import { POLICY } from "../policy.ts";
import { confidence, fourEyes, isNamed } from "./payment.ts";
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
    check: ({ variant, extent, amountMinor, words }, _context, payment) => {
      if (payment.status !== "held")
        return leave(`the payment is ${payment.status}: there is nothing to capture or release`);
      if (variant === "release") return allow("a held authorisation may always be released");
      if (extent === "unclear") return escalate("the agent cannot tell whether all of it is meant");
      if (amountMinor === null)
        return { verdict: "lower", amountMinor: payment.capturableMinor, reason: "all that was authorised" };
      // A capture is final: the rest of the authorised amount is released.
      if (amountMinor !== payment.capturableMinor && !isNamed(amountMinor, words, payment))
        return escalate("the amount is neither in the request nor in the event, and it is not all that was authorised");
      return amountMinor > 0 && amountMinor <= payment.capturableMinor
        ? allow("within what was authorised")
        : escalate(
            `${formatMoney({ amountMinor, currency: payment.currency })} asked for, ${formatMoney({ amountMinor: payment.capturableMinor, currency: payment.currency })} authorised`,
          );
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
    check: (proposal, _context, payment) => fourEyes(proposal, payment, POLICY.authorize.fourEyesAboveUsdCents),
  },
];
