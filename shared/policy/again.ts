import type { Action } from "../contracts/action.ts";
import { proposedOfKind } from "../contracts/actions.ts";
import type { Snapshot } from "../contracts/provider.ts";
import type { Guardrails } from "./document.ts";
import { factOf, mayFollow } from "./facts.ts";
import { guard } from "./guardrails/guard.ts";
import type { Guarded, GuardedContext, GuardedProposal } from "./guardrails/rule.ts";

type Now = Pick<GuardedContext, "policy" | "mode" | "now" | "changes" | "approved"> &
  Partial<Pick<GuardedContext, "triesForOthers">>;

/**
 * What was meant. A refund's amount was found to be meant with the first grant, and is asked for as a part since: what
 * remains beside it may have changed. A capture of all must still be one of all; rows of before say nothing, and meant all.
 */
function extentOf({ kind, extent, amountMinor }: Action): GuardedProposal["extent"] {
  if (kind === "authorize") return extent ?? "whole";
  return amountMinor === null ? "whole" : "part";
}

/** Why policy lets this kind follow from its fact no more; null where it does. */
function whyUnfit({ kind, factKey }: Action, policy: Guardrails): string | null {
  const fact = factOf(factKey);
  if (fact === null) return `${factKey} is of no fact that is known here`;
  const proposed = proposedOfKind[kind];
  return mayFollow(fact, proposed, policy)
    ? null
    : `policy lets no ${proposed} follow from this fact any more (${fact.replaceAll("_", " ")}): a person decides`;
}

/**
 * Asks the guardrails again about a granted action, with what was read just now: allow, escalate or leave. Its confidence
 * was judged with the first grant.
 */
export function guardAgain(
  action: Action,
  seen: Snapshot | null,
  { policy, mode, now, changes = null, triesForOthers = null, approved = null }: Now,
): Guarded["result"] {
  // No approval overrides it.
  const unfit = whyUnfit(action, policy);
  if (unfit !== null) return { kind: "escalate", rule: "fits_fact", reason: unfit };
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
    policy,
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
