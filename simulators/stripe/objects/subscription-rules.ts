/** What an update may not do to a subscription in its state. https://docs.stripe.com/api/subscriptions/update */

import type Stripe from "stripe";

import { invalidRequest } from "../errors.ts";

type Params = Stripe.SubscriptionUpdateParams;

const AFTER_THE_END = new Set(["cancellation_details", "expand", "metadata"]);
/** "A subscription in this status can only have metadata and default_source updated" (the SDK on `status`). */
const BEFORE_THE_FIRST_PAYMENT = new Set(["default_source", "expand", "metadata"]);
const CANCELATION = new Set(["cancel_at", "cancel_at_period_end"]);
const PHASE = new Set(["billing_cycle_anchor", "items", "proration_date", "trial_end"]);
/** https://docs.stripe.com/billing/subscriptions/pending-updates-reference; metadata since 2026-05-27. */
const PENDING = new Set([
  "add_invoice_items",
  "billing_cycle_anchor",
  "discounts",
  "expand",
  "items",
  "metadata",
  "payment_behavior",
  "proration_behavior",
  "proration_date",
  "trial_end",
  "trial_from_plan",
]);

export function requireUpdatable(subscription: Stripe.Subscription, params: Params): void {
  const names = Object.keys(params);
  requireState(subscription, names);
  requireNoSchedule(subscription, names);
  if (params.payment_behavior === "pending_if_incomplete") requirePending(subscription, names);
}

/** An invoice that is sent needs a day to be paid by. */
export function requireDue(params: { collection_method?: string; days_until_due?: number }): void {
  if (params.collection_method !== "send_invoice" || params.days_until_due !== undefined) return;
  throw invalidRequest("You must pass `days_until_due` when `collection_method` is set to `send_invoice`.", {
    param: "days_until_due",
  });
}

function requireState({ status }: Stripe.Subscription, names: readonly string[]): void {
  if (status === "canceled" && names.some((name) => !AFTER_THE_END.has(name))) {
    throw invalidRequest("A canceled subscription can only update its cancellation_details and metadata.", {
      code: "invalid_canceled_subscription_fields",
    });
  }
  if (status === "incomplete_expired" && names.some((name) => !AFTER_THE_END.has(name))) {
    throw invalidRequest("You cannot update a subscription that is `canceled` or `incomplete_expired`.");
  }
  if (status === "incomplete" && names.some((name) => !BEFORE_THE_FIRST_PAYMENT.has(name))) {
    throw invalidRequest(
      "You cannot update a subscription in `incomplete` status in this way. Only metadata and default_source can be updated.",
    );
  }
}

function requireNoSchedule({ schedule }: Stripe.Subscription, names: readonly string[]): void {
  if (schedule === null) return;
  const id = typeof schedule === "string" ? schedule : schedule.id;
  const what = names.some((name) => CANCELATION.has(name))
    ? "any cancelation behavior"
    : names.some((name) => PHASE.has(name))
      ? "its items or billing period"
      : null;
  if (what === null) return;
  throw invalidRequest(
    `The subscription is managed by the subscription schedule \`${id}\`, and updating ${what} directly is not allowed. Please update the schedule instead.`,
  );
}

function requirePending({ collection_method: method }: Stripe.Subscription, names: readonly string[]): void {
  const param = names.find((name) => !PENDING.has(name));
  if (param !== undefined) {
    throw invalidRequest(
      `When \`payment_behavior\` is set to \`pending_if_incomplete\`, you can only pass supported params. \`${param}\` is not supported. See https://stripe.com/docs/billing/subscriptions/pending-updates-reference#supported-attributes for more details.`,
      { param },
    );
  }
  if (method === "send_invoice") {
    throw invalidRequest(
      "`payment_behavior=pending_if_incomplete` is not supported when `collection_method` is `send_invoice`.",
      { param: "payment_behavior" },
    );
  }
}
