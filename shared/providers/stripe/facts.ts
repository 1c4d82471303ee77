import type { PaymentEvent } from "../../contracts/event.ts";
import type { ActionNews, Tells } from "../../contracts/facts.ts";
import { type FactLine, tellsByTable } from "../fact-table.ts";

/**
 * What Stripe's events tell of: https://docs.stripe.com/api/events/types. A fact is found by what the event says, not by its
 * type alone. docs/facts.md is written from this table.
 */
export const STRIPE_FACTS: readonly FactLine[] = [
  { types: ["invoice.payment_failed"], fact: "failed_renewal" },
  { types: ["payment_intent.payment_failed"], fact: "failed_payment" },
  { types: ["payment_intent.amount_capturable_updated"], fact: "held_authorization" },
  {
    types: [
      "charge.dispute.created",
      "charge.dispute.updated",
      "charge.dispute.funds_withdrawn",
      "charge.dispute.funds_reinstated",
      "charge.dispute.closed",
    ],
    fact: "dispute",
  },
  {
    types: ["radar.early_fraud_warning.created", "radar.early_fraud_warning.updated"],
    when: { circumstance: ["not_actionable"] },
    recorded: "nothing can be done about this warning, because the charge is refunded or disputed already",
  },
  { types: ["radar.early_fraud_warning.created"], fact: "early_fraud_warning" },
  { types: ["review.opened"], fact: "review" },
  { types: ["refund.failed"], fact: "failed_refund" },
  {
    // Before API version 2024-10-28 only charge.refund.updated tells of a refund that failed. A status that is not known is a person's.
    types: ["refund.created", "refund.updated", "charge.refund.updated"],
    when: { refundStatusBut: ["succeeded", "pending"] },
    fact: "failed_refund",
  },
  {
    types: ["refund.updated", "charge.refund.updated"],
    when: { refundStatus: ["succeeded", "pending"] },
    follows: "failed_refund",
  },
  { types: ["charge.failed"], when: { without: ["payment", "invoice"] }, fact: "failed_charge" },
  { types: ["charge.failed"], accompanies: "payment_intent.payment_failed or invoice.payment_failed" },
  { types: ["invoice.payment_action_required"], accompanies: "invoice.payment_failed" },
  { types: ["charge.expired"], fact: "expired_hold" },
  { types: ["checkout.session.async_payment_failed"], fact: "failed_checkout" },
  { types: ["invoice.finalization_failed"], fact: "failed_finalization" },
  // Before API version 2017-04-06 a payout was a transfer.
  { types: ["payout.failed", "transfer.failed"], fact: "failed_payout" },
  {
    types: ["customer.subscription.deleted"],
    when: { circumstance: ["unpaid", "ended_otherwise"] },
    fact: "subscription_ended",
  },
  {
    types: ["customer.subscription.deleted"],
    recorded: "it was ended on purpose, or the event does not say why; its failed payments were decided before",
  },
  // A case only where a retry waits on it: decision/matters/others.ts.
  { types: ["mandate.updated"], when: { circumstance: ["inactive"] }, fact: "mandate_ended" },
  {
    types: ["account.updated"],
    when: { circumstance: ["charges_disabled", "payouts_disabled", "charges_and_payouts_disabled", "enabled"] },
    fact: "account_restricted",
  },
  { types: ["account.application.deauthorized"], fact: "account_disconnected" },
  {
    types: ["invoice.marked_uncollectible"],
    recorded: "somebody, or a setting, gave the invoice up; its failed payments were decided before",
  },
  {
    types: ["invoice.overdue"],
    recorded: "the customer is to send the money and is late; reminders are the merchant's, and no card is charged",
  },
];

/**
 * Event types that report the result of one of our actions. A bank causes a refund's later events; they name our action in
 * the refund's metadata.
 */
export const STRIPE_REPORTS: ReadonlySet<string> = new Set([
  "refund.created",
  "refund.updated",
  "refund.failed",
  "charge.refunded",
  "charge.refund.updated",
  "payment_intent.succeeded",
  "payment_intent.canceled",
  "invoice.paid",
]);

type Said = Pick<PaymentEvent, "type" | "refundStatus" | "circumstance" | "payment" | "invoice">;

/** What a Stripe event means. */
export function tellsOfStripe(event: Said): Tells {
  const { type, refundStatus } = event;
  return {
    ...tellsByTable(STRIPE_FACTS, event),
    ...(STRIPE_REPORTS.has(type) ? { ofAction: newsOf(type, refundStatus) } : {}),
  };
}

function newsOf(type: string, refundStatus: string | undefined): ActionNews {
  if (type === "refund.failed" || refundStatus === "failed" || refundStatus === "canceled") return "failed";
  return refundStatus === "pending" || refundStatus === "requires_action" ? "pending" : "done";
}
