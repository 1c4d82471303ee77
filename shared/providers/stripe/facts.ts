import type { PaymentEvent } from "../../contracts/event.ts";
import type { ActionNews, FactKind, Tells } from "../../contracts/facts.ts";

/** The one event type that triggers each fact. Its siblings are recorded as `none`; a type that is not listed needs no decision. */
const FACTS: Readonly<Record<string, FactKind>> = {
  "invoice.payment_failed": "failed_renewal",
  "payment_intent.payment_failed": "failed_payment",
  "payment_intent.amount_capturable_updated": "held_authorization",
  "charge.dispute.created": "dispute",
  "radar.early_fraud_warning.created": "early_fraud_warning",
  "review.opened": "review",
  "refund.failed": "failed_refund",
};

/** Event types that always come with another one → that other type. */
const SIBLINGS: Readonly<Record<string, string>> = {
  "charge.failed": "payment_intent.payment_failed or invoice.payment_failed",
  "invoice.payment_action_required": "invoice.payment_failed",
  "charge.dispute.funds_withdrawn": "charge.dispute.created",
  "charge.refunded": "refund.created",
  "charge.refund.updated": "refund.updated",
  "invoice.payment_succeeded": "invoice.paid",
};

/**
 * Event types that report the result of one of our actions. A bank causes a refund's later events; they name our action in
 * the refund's metadata.
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

/** What a Stripe event means, by its type and the status of its refund. */
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
