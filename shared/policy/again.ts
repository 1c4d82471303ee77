import type { Action } from "../contracts/action.ts";
import type { Snapshot } from "../contracts/provider.ts";
import { guard } from "./guardrails/guard.ts";
import type { Guarded, GuardedContext, GuardedProposal } from "./guardrails/rule.ts";

type Now = Pick<GuardedContext, "mode" | "now" | "changes" | "approved"> &
  Partial<Pick<GuardedContext, "triesForOthers">>;

/**
 * What was meant. A refund's amount was found to be meant with the first grant, and is asked for as a part since: what
 * remains beside it may have changed. A capture of all must still be one of all; rows of before say nothing, and meant all.
 */
function extentOf({ kind, extent, amountMinor }: Action): GuardedProposal["extent"] {
  if (kind === "authorize") return extent ?? "whole";
  return amountMinor === null ? "whole" : "part";
}

/**
 * Asks the guardrails again about a granted action, with what was read just now: allow, escalate or leave. Its confidence
 * was judged with the first grant.
 */
export function guardAgain(
  action: Action,
  seen: Snapshot | null,
  { mode, now, changes = null, triesForOthers = null, approved = null }: Now,
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
    extent: extentOf(action),
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
    // It was compared with the first grant; since then what was granted counts.
    stated: null,
    step: action.step,
    triesForOthers,
    changes,
    // Of the grant that was verified.
    approved,
  };
  return guard(proposal, context, seen).result;
}
