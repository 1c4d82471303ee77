import { allow, escalate, type GuardedContext, type GuardedProposal, type Verdict } from "./rule.ts";

/** The rules about who asks and for what money, for every target. */

/** An amount without a currency stands for nothing: 2000 may be 20.00 USD or 2000 JPY. */
export function amountHasCurrency({ amountMinor, currency, words }: GuardedProposal): Verdict {
  const proposed = currency === null ? amountMinor : null;
  const bare = proposed ?? words.amounts.find((named) => named.currency === null)?.amountMinor ?? null;
  return bare === null
    ? allow(currency ?? "no amount was given")
    : escalate(`an amount was given without a currency (${bare}), and may be of any: send it again with its currency`);
}

/**
 * A customer who asks must own it. For staff the holder of the key vouches. A customer in the text proves nothing. The reason
 * may be shown to whoever asked, so it does not say whose it is.
 */
export function requesterOwns(
  { requester, customer }: Pick<GuardedContext, "requester" | "customer">,
  its: string | null,
  what: string,
): Verdict {
  if (requester !== "customer") return allow(requester === null ? "no person asks" : "staff asks");
  if (customer === null) return escalate("a customer asks, and nothing says which");
  if (its === null)
    return escalate(`${customer} asks, and the ${what} has no customer: nothing shows that it is theirs`);
  return its === customer
    ? allow("asked by its customer")
    : escalate(`${customer} asks, and the ${what} is not theirs`);
}
