import type { PaymentSnapshot } from "../../contracts/provider.ts";
import { doubtAgainst, sayDoubt } from "../../contracts/words.ts";
import { formatMoney } from "../../core/money.ts";
import { leftOf } from "./left.ts";
import { isAmount } from "./payment.ts";
import { allow, escalate, type GuardedContext, type GuardedProposal, type Rule, type Verdict } from "./rule.ts";

/** Whether the amount of a refund is what the words ask for. */
export const AMOUNT_KNOWN: Rule<PaymentSnapshot> = {
  rule: "amount_known",
  check: (proposal, context, payment) => {
    const { extent, words } = proposal;
    const doubt = doubtAgainst(extent === "part" ? "refund" : "whole", words);
    if (doubt !== null) return escalate(sayDoubt(doubt));
    if (extent === "unclear") return escalate("the agent cannot tell whether all of it is meant");
    return extent === "whole" ? isWholeMeant(proposal, context, payment) : isPartMeant(proposal, payment);
  },
};

/** Everything that remains is meant where every amount that is named is exactly that. */
function isWholeMeant({ words }: GuardedProposal, context: GuardedContext, payment: PaymentSnapshot): Verdict {
  const { currency } = payment;
  const left = leftOf(payment, context);
  // Where nothing is left, or nobody can say what is, another rule says so.
  if (!left.ok || left.value.leftMinor === 0) return allow("nothing is left that could be named");
  const { leftMinor } = left.value;
  const other = words.amounts.find((named) => !isAmount(named, leftMinor, currency));
  if (other === undefined) return allow("nothing but what remains is named");
  return escalate(
    `${moneyOf(other, currency)} is named, and what remains is ${moneyOf({ amountMinor: leftMinor }, currency)}`,
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
