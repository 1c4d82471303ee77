/** The parameters of subscriptions: https://docs.stripe.com/api/subscriptions */

import type Stripe from "stripe";

import {
  anyOf,
  expand,
  flag,
  integer,
  listOf,
  metadata,
  oneOf,
  paging,
  type Rule,
  range,
  type Spec,
  shape,
  text,
  unmodelled,
} from "../params.ts";

const feedback = oneOf(
  "customer_service",
  "low_quality",
  "missing_features",
  "other",
  "switched_service",
  "too_complex",
  "too_expensive",
  "unused",
);
const newItemFields = {
  metadata,
  price: text(),
  quantity: integer({ minimum: 0 }),
  ...unmodelled("billing_thresholds current_trial discounts plan price_data tax_rates"),
} satisfies Record<keyof Stripe.SubscriptionCreateParams.Item, Rule>;
const itemFields = {
  ...newItemFields,
  deleted: flag,
  id: text(),
  ...unmodelled("clear_usage"),
} satisfies Record<keyof Stripe.SubscriptionUpdateParams.Item, Rule>;
/** Stripe's new objects for "now" and "unchanged", since 2026. */
export const anchor = shape({ type: oneOf("now", "unchanged") }, { required: ["type"] });
export const details = shape({
  comment: text({ emptyable: true }),
  feedback: anyOf(feedback, text({ emptyable: true })),
  ...unmodelled("feedback_option"),
});
const trialEnd = anyOf(oneOf("now"), integer({ minimum: 0 }));
export const prorationBehavior = oneOf("always_invoice", "create_prorations", "none");

export const createParams: Spec<Stripe.SubscriptionCreateParams> = {
  fields: {
    cancel_at_period_end: flag,
    collection_method: oneOf("charge_automatically", "send_invoice"),
    customer: text(),
    days_until_due: integer({ minimum: 0 }),
    default_payment_method: text(),
    description: text({ emptyable: true }),
    expand,
    items: listOf(shape(newItemFields)),
    metadata,
    off_session: flag,
    payment_behavior: oneOf("allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"),
    proration_behavior: prorationBehavior,
    trial_end: trialEnd,
    trial_period_days: integer({ minimum: 1 }),
    ...unmodelled(
      "add_invoice_items application_fee_percent automatic_tax backdate_start_date",
      "billing_cycle_anchor billing_cycle_anchor_config billing_mode billing_schedules",
      "billing_thresholds cancel_at currency customer_account default_source",
      "default_tax_rates discounts invoice_settings on_behalf_of payment_settings",
      "pending_invoice_item_interval transfer_data trial_from_plan",
      "trial_settings",
    ),
  },
  required: ["customer", "items"],
};

export const updateParams: Spec<Stripe.SubscriptionUpdateParams> = {
  fields: {
    billing_cycle_anchor: anchor,
    cancel_at: anyOf(integer({ minimum: 0, emptyable: true }), oneOf("max_period_end", "min_period_end")),
    cancel_at_period_end: flag,
    cancellation_details: details,
    collection_method: oneOf("charge_automatically", "send_invoice"),
    days_until_due: integer({ minimum: 0 }),
    default_payment_method: text(),
    description: text({ emptyable: true }),
    expand,
    items: listOf(shape(itemFields)),
    metadata,
    off_session: flag,
    pause_collection: shape(
      { behavior: oneOf("keep_as_draft", "mark_uncollectible", "void"), resumes_at: integer({ minimum: 0 }) },
      { required: ["behavior"], emptyable: true },
    ),
    payment_behavior: oneOf("allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"),
    proration_behavior: prorationBehavior,
    proration_date: integer({ minimum: 0 }),
    trial_end: trialEnd,
    ...unmodelled(
      "add_invoice_items application_fee_percent automatic_tax billing_schedules billing_thresholds",
      "default_source default_tax_rates discounts",
      "invoice_settings on_behalf_of payment_settings pending_invoice_item_interval transfer_data",
      "trial_from_plan trial_settings",
    ),
  },
};

export const listParams: Spec<Stripe.SubscriptionListParams> = {
  fields: {
    created: range,
    customer: text(),
    expand,
    price: text(),
    status: oneOf(
      "active",
      "all",
      "canceled",
      "ended",
      "incomplete",
      "incomplete_expired",
      "past_due",
      "paused",
      "trialing",
      "unpaid",
    ),
    ...paging,
    ...unmodelled(
      "automatic_tax collection_method current_period_end current_period_start customer_account plan",
      "test_clock",
    ),
  },
};
