import type { Action } from "../contracts/action.ts";
import type { Snapshot } from "../contracts/provider.ts";
import { guard } from "./guardrails/guard.ts";
import type { Guarded, GuardedProposal } from "./guardrails/rule.ts";

/**
 * A granted action before the guardrails once more, with what was read just now: allow, escalate or leave. Its
 * confidence was judged, and its amount is known by having been granted.
 */
export function guardAgain(
  action: Action,
  seen: Snapshot | null,
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
    decline: null,
    reservedMinor: 0,
    now,
    firstGrant: false,
  };
  return guard(proposal, context, seen).result;
}
