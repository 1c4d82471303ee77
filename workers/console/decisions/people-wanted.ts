import { ACTIONS } from "../../../shared/contracts/actions.ts";
import type { ProposalChange } from "../../../shared/contracts/case-decision.ts";
import type { PolicyDocument } from "../../../shared/contracts/policy.ts";
import type { ActionView } from "../../../shared/contracts/views.ts";
import { roughUsdCents } from "../../../shared/policy/worth.ts";

type Numbers = Pick<PolicyDocument, "guardrails" | "approvals">;

/**
 * How many people must approve it. Many small refunds of one payment are one large one, so what was refunded of it counts too.
 * What cannot be measured against the threshold is not below it.
 */
export function peopleWanted(
  { action, caseSeen }: Pick<ActionView, "action" | "caseSeen">,
  change: ProposalChange | null,
  { guardrails, approvals }: Numbers,
): 1 | 2 {
  const variant = change?.variant ?? action.variant;
  if (!ACTIONS[action.kind].movesMoney || variant === "release") return 1;
  const amountMinor = change?.amountMinor ?? action.amountMinor;
  const currency = change?.currency ?? action.currency;
  if (amountMinor === null || currency === null) return 2;
  const isOfThis = change?.payment === undefined && change?.invoice === undefined;
  const refunded = action.kind === "refund" && isOfThis ? caseSeen?.facts.refundedMinor : 0;
  const before = typeof refunded === "number" ? refunded : 0;
  const cents = roughUsdCents(amountMinor + before, currency, guardrails.worthUsdCents);
  return cents !== null && cents <= approvals.fourEyesAboveUsdCents ? 1 : 2;
}
