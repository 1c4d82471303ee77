import { ACTIONS } from "../contracts/actions.ts";
import type { ProposalChange } from "../contracts/case-decision.ts";
import type { PolicyDocument } from "../contracts/policy.ts";
import type { ActionView } from "../contracts/views.ts";
import { roughUsdCents } from "./worth.ts";

type Numbers = Pick<PolicyDocument, "guardrails" | "approvals">;

/**
 * How many people must approve it. Many small refunds of one payment are one large one, so what was refunded of it counts too.
 * What cannot be measured against the threshold is not below it.
 */
export function peopleWanted(
  { action, caseSeen, caseAbout }: Pick<ActionView, "action" | "caseSeen" | "caseAbout">,
  change: ProposalChange | null,
  { guardrails, approvals }: Numbers,
): 1 | 2 {
  const variant = change?.variant ?? action.variant;
  if (!ACTIONS[action.kind].movesMoney || variant === "release") return 1;
  const amountMinor = change?.amountMinor ?? action.amountMinor;
  const currency = change?.currency ?? action.currency;
  if (amountMinor === null || currency === null) return 2;
  // What was refunded of another target is read only later. Where that has shown that one is too few, this asks for two.
  const isOfThis = change?.payment === undefined && change?.invoice === undefined;
  if (!isOfThis && caseAbout?.rule === "four_eyes") return 2;
  const refunded = action.kind === "refund" && isOfThis ? caseSeen?.facts.refundedMinor : 0;
  const before = typeof refunded === "number" ? refunded : 0;
  const cents = roughUsdCents(amountMinor + before, currency, guardrails.worthUsdCents);
  return cents !== null && cents <= approvals.fourEyesAboveUsdCents ? 1 : 2;
}
