import type { Action } from "../contracts/action.ts";
import { type Guarded, type GuardedProposal, guard, type PaymentFacts } from "./guardrails.ts";

/**
 * A granted action before the guardrails once more, with what was read just now: allow, escalate or leave. Its
 * confidence was judged, and its amount is known by having been granted.
 */
export function guardAgain(
  action: Action,
  payment: PaymentFacts | null,
  { mode, now }: { mode: string; now: number },
): Guarded["result"] {
  const { kind, variant, amountMinor, currency, customer } = action;
  const knownAmounts = amountMinor === null ? [] : [{ amountMinor, currency }];
  const proposal: GuardedProposal = {
    kind,
    variant,
    amountMinor,
    currency,
    confidence: "high",
    by: "outside",
    knownAmounts,
  };
  // What was reserved for this payment is in flight under its lease, or in the provider's own word.
  const context = {
    mode,
    customer,
    declineCode: null,
    adviceCode: null,
    payment,
    reservedMinor: 0,
    now,
    firstGrant: false,
  };
  return guard(proposal, context).result;
}
