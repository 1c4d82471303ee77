import type { PaymentSnapshot } from "../../contracts/provider.ts";
import type { FoundAmount } from "../../contracts/words.ts";
import type { Guardrails } from "../document.ts";
import { roughUsdCents, withoutWorth } from "../worth.ts";
import { amountHasCurrency, requesterOwns } from "./asked.ts";
import { DISPUTE } from "./dispute.ts";
import { allow, escalate, type GuardedProposal, type Rule, type Verdict } from "./rule.ts";

/** The rules for every action on a payment. The most important reason for a person comes first. */
export const ON_PAYMENT: readonly Rule<PaymentSnapshot>[] = [
  {
    rule: "mode",
    check: (_proposal, { mode }, payment) =>
      payment.mode === mode
        ? allow(`both ${mode}`)
        : escalate(`the payment is ${payment.mode}, this system works in ${mode} mode`),
  },
  {
    rule: "requester",
    check: (_proposal, context, payment) => requesterOwns(context, payment.customer, "payment"),
  },
  {
    rule: "currency",
    check: (proposal, _context, payment) => {
      const { currency } = proposal;
      if (currency !== null && currency !== payment.currency)
        return escalate(`asked for ${currency.toUpperCase()}, but the payment is in ${payment.currency.toUpperCase()}`);
      return amountHasCurrency(proposal);
    },
  },
  {
    rule: "customer",
    check: (_proposal, { customer }, payment) =>
      customer === null || customer === payment.customer
        ? allow("same customer")
        : escalate(`the payment belongs to ${payment.customer ?? "no customer"}, not to ${customer}`),
  },
  DISPUTE,
];

export const isNamed = (
  asked: number,
  { amounts }: GuardedProposal["words"],
  { currency }: Pick<PaymentSnapshot, "currency">,
): boolean => amounts.some((one) => isAmount(one, asked, currency));

export const isAmount = (named: FoundAmount, minor: number, currency: string): boolean =>
  named.amountMinor === minor && named.currency === currency;

export function confidence(
  { by, confidence: given, amountMinor }: GuardedProposal,
  { currency }: PaymentSnapshot,
  mediumMaxUsdCents: number,
  { worthUsdCents }: Pick<Guardrails, "worthUsdCents">,
): Verdict {
  if (by !== "agent") return allow("not asked of an outside proposal");
  if (given === "high") return allow("high");
  const cents = roughUsdCents(amountMinor ?? 0, currency, worthUsdCents);
  if (cents === null) return escalate(withoutWorth(currency, "medium confidence is not enough"));
  if (given === "medium" && cents <= mediumMaxUsdCents) return allow("medium, and the amount is small");
  return escalate(given === "low" ? "the agent is not sure" : "medium confidence is not enough for this amount");
}

export function fourEyes(
  { amountMinor }: GuardedProposal,
  { currency }: PaymentSnapshot,
  aboveUsdCents: number,
  { worthUsdCents }: Pick<Guardrails, "worthUsdCents">,
): Verdict {
  const cents = roughUsdCents(amountMinor ?? 0, currency, worthUsdCents);
  if (cents === null) return escalate(withoutWorth(currency, "a second person must approve it"));
  return cents > aboveUsdCents
    ? escalate(`above the four-eyes threshold (about ${aboveUsdCents / 100} USD)`)
    : allow("below the four-eyes threshold");
}
