import type { PaymentEvent } from "../../contracts/event.ts";
import type { ActionNews, FactKind, Tells } from "../../contracts/facts.ts";

/** For each fact exactly one type of event triggers; its siblings are recorded as `none`. What is not listed asks for nothing. */
const FACTS: Readonly<Record<string, FactKind>> = {
  "invoice.payment_failed": "failed_renewal",
  "payment_intent.payment_failed": "failed_payment",
  "payment_intent.amount_capturable_updated": "held_authorization",
  "charge.dispute.created": "dispute",
  "radar.early_fraud_warning.created": "early_fraud_warning",
  "review.opened": "review",
  "refund.failed": "failed_refund",
};

/** Events that always accompany a triggering one, and which. */
const SIBLINGS: Readonly<Record<string, string>> = {
  "charge.failed": "payment_intent.payment_failed or invoice.payment_failed",
  "invoice.payment_action_required": "invoice.payment_failed",
  "charge.dispute.funds_withdrawn": "charge.dispute.created",
  "charge.refunded": "refund.created",
  "charge.refund.updated": "refund.updated",
  "invoice.payment_succeeded": "invoice.paid",
};

/**
 * Events that tell what became of one of our actions; the others accompany these. A refund's later ones are the bank's
 * doing, and name our action by its metadata.
 */
const OF_ACTIONS: ReadonlySet<string> = new Set([
  "refund.created",
  "refund.updated",
  "refund.failed",
  "charge.refunded",
  "charge.refund.updated",
  "payment_intent.succeeded",
  "payment_intent.canceled",
  "invoice.paid",
]);

/** What an event of Stripe's tells, by its type and the status of the refund that it is about. */
export function tellsOfStripe({ type, refundStatus }: Pick<PaymentEvent, "type" | "refundStatus">): Tells {
  const fact = Object.hasOwn(FACTS, type) ? FACTS[type] : undefined;
  const accompanies = Object.hasOwn(SIBLINGS, type) ? SIBLINGS[type] : undefined;
  return {
    ...(fact === undefined ? {} : { fact }),
    ...(accompanies === undefined ? {} : { accompanies }),
    ...(OF_ACTIONS.has(type) ? { ofAction: newsOf(type, refundStatus) } : {}),
  };
}

function newsOf(type: string, refundStatus: string | undefined): ActionNews {
  if (type === "refund.failed" || refundStatus === "failed" || refundStatus === "canceled") return "failed";
  return refundStatus === "pending" || refundStatus === "requires_action" ? "pending" : "done";
}
