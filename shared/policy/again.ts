import type { Action } from "../contracts/action.ts";
import type { Snapshot } from "../contracts/provider.ts";
import { guard } from "./guardrails/guard.ts";
import type { Guarded, GuardedProposal } from "./guardrails/rule.ts";

/**
 * Asks the guardrails again about a granted action, with what was read just now: allow, escalate or leave. Its confidence
 * and its amount were judged with the first grant.
 */
export function guardAgain(
  action: Action,
  seen: Snapshot | null,
  { mode, now }: { mode: string; now: number },
): Guarded["result"] {
  const { id, kind, variant, amountMinor, currency, customer, invoice } = action;
  const amounts = amountMinor === null ? [] : [{ amountMinor, currency, isAsked: true }];
  const proposal: GuardedProposal = {
    kind,
    variant,
    amountMinor,
    currency,
    confidence: "high",
    by: "outside",
    extent: amountMinor === null ? "whole" : "part",
    words: { amounts, doubts: [], asks: true },
  };
  // Other refunds of this payment cannot be in flight beside this one's lease, or the provider's snapshot includes them.
  const context = {
    mode,
    customer,
    // The first grant has settled whose it is; the action names that customer.
    requester: null,
    decline: null,
    reservedMinor: 0,
    invoice,
    actionId: id,
    now,
    firstGrant: false,
  };
  return guard(proposal, context, seen).result;
}
