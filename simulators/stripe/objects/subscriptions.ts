/** Subscriptions. No proration and no invoicing is modelled: what is stored is what was asked for. */

import type Stripe from "stripe";

import { type Endpoint, endpoint } from "../endpoint.ts";
import { invalidRequest } from "../errors.ts";
import { listPage } from "../lists.ts";
import {
  anyOf,
  expand,
  flag,
  integer,
  listOf,
  metadata,
  oneOf,
  paging,
  range,
  type Spec,
  searching,
  shape,
  text,
  unmodelled,
} from "../params.ts";
import { search } from "../search.ts";
import { subscriptionItem, subscription as subscriptionShape } from "../shapes/billing.ts";
import { birthIn, type Context, emit, mergeMetadata, need, save, snapshot } from "../world.ts";

const item = shape({ id: text(), price: text(), quantity: integer({ minimum: 0 }), deleted: flag, metadata });
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
const prorationBehavior = oneOf("always_invoice", "create_prorations", "none");

const createParams: Spec<Stripe.SubscriptionCreateParams> = {
  fields: {
    cancel_at_period_end: flag,
    collection_method: oneOf("charge_automatically", "send_invoice"),
    customer: text(),
    default_payment_method: text(),
    description: text({ emptyable: true }),
    expand,
    items: listOf(item),
    metadata,
    off_session: flag,
    payment_behavior: oneOf("allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"),
    proration_behavior: prorationBehavior,
    ...unmodelled(
      "add_invoice_items application_fee_percent automatic_tax backdate_start_date",
      "billing_cycle_anchor billing_cycle_anchor_config billing_mode billing_schedules",
      "billing_thresholds cancel_at currency customer_account days_until_due default_source",
      "default_tax_rates discounts invoice_settings on_behalf_of payment_settings",
      "pending_invoice_item_interval transfer_data trial_end trial_from_plan trial_period_days",
      "trial_settings",
    ),
  },
  required: ["customer", "items"],
};

const updateParams: Spec<Stripe.SubscriptionUpdateParams> = {
  fields: {
    billing_cycle_anchor: oneOf("unchanged"),
    cancel_at_period_end: flag,
    cancellation_details: shape({
      comment: text({ emptyable: true }),
      feedback: anyOf(feedback, text({ emptyable: true })),
    }),
    default_payment_method: text(),
    description: text({ emptyable: true }),
    expand,
    items: listOf(item),
    metadata,
    off_session: flag,
    pause_collection: shape(
      { behavior: oneOf("keep_as_draft", "mark_uncollectible", "void"), resumes_at: integer({ minimum: 0 }) },
      { required: ["behavior"], emptyable: true },
    ),
    payment_behavior: oneOf("allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"),
    proration_behavior: prorationBehavior,
    proration_date: integer({ minimum: 0 }),
    ...unmodelled(
      "add_invoice_items application_fee_percent automatic_tax billing_schedules billing_thresholds",
      "cancel_at collection_method days_until_due default_source default_tax_rates discounts",
      "invoice_settings on_behalf_of payment_settings pending_invoice_item_interval transfer_data",
      "trial_end trial_from_plan trial_settings",
    ),
  },
};

const listParams: Spec<Stripe.SubscriptionListParams> = {
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

export const subscriptionEndpoints: Endpoint[] = [
  endpoint<Stripe.SubscriptionSearchParams>({
    method: "GET",
    path: "/v1/subscriptions/search",
    params: { fields: searching, required: ["query"] },
    run: (context, params) => search(context, "subscription", "/v1/subscriptions/search", params),
  }),
  endpoint<Stripe.SubscriptionCreateParams>({
    method: "POST",
    path: "/v1/subscriptions",
    params: createParams,
    run: create,
  }),
  endpoint<Stripe.SubscriptionListParams>({ method: "GET", path: "/v1/subscriptions", params: listParams, run: list }),
  endpoint<Stripe.SubscriptionRetrieveParams>({
    method: "GET",
    path: "/v1/subscriptions/:subscription",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "subscription", id, "id"),
  }),
  endpoint<Stripe.SubscriptionUpdateParams>({
    method: "POST",
    path: "/v1/subscriptions/:subscription",
    params: updateParams,
    run: update,
  }),
  endpoint<Stripe.SubscriptionCancelParams>({
    method: "DELETE",
    path: "/v1/subscriptions/:subscription",
    params: {
      fields: {
        cancellation_details: shape({
          comment: text({ emptyable: true }),
          feedback: anyOf(feedback, text({ emptyable: true })),
        }),
        expand,
        invoice_now: flag,
        prorate: flag,
      },
    },
    run: cancel,
  }),
  endpoint<Stripe.SubscriptionPauseParams>({
    method: "POST",
    path: "/v1/subscriptions/:subscription/pause",
    params: { fields: { expand, type: oneOf("subscription"), ...unmodelled("bill_for invoicing_behavior") } },
    run: pause,
  }),
  endpoint<Stripe.SubscriptionResumeParams>({
    method: "POST",
    path: "/v1/subscriptions/:subscription/resume",
    params: {
      fields: {
        billing_cycle_anchor: oneOf("now", "unchanged"),
        expand,
        proration_behavior: prorationBehavior,
        proration_date: integer({ minimum: 0 }),
        ...unmodelled("payment_behavior"),
      },
    },
    run: resume,
  }),
];

function create(context: Context, params: Stripe.SubscriptionCreateParams): Stripe.Subscription {
  const customer = need(context, "customer", params.customer ?? "", "customer");
  const birth = birthIn(context);
  const subscription = subscriptionShape(birth, {
    cancel_at_period_end: params.cancel_at_period_end ?? false,
    collection_method: params.collection_method ?? "charge_automatically",
    customer: customer.id,
    default_payment_method: params.default_payment_method ?? null,
    description: params.description || null,
    metadata: mergeMetadata(null, params.metadata),
  });
  changeItems(context, subscription, params.items ?? []);
  subscription.currency = subscription.items.data[0]?.price.currency ?? "usd";
  save(context, subscription);
  emit(context, "customer.subscription.created", subscription);
  return subscription;
}

type ItemChange = Stripe.SubscriptionUpdateParams.Item;

/** An item with an id is changed or deleted; one without is added. */
function changeItems(context: Context, subscription: Stripe.Subscription, changes: readonly ItemChange[]): void {
  for (const [position, change] of changes.entries()) {
    const price =
      change.price === undefined ? undefined : need(context, "price", change.price, `items[${position}][price]`);
    if (change.id === undefined) {
      if (price === undefined) {
        throw invalidRequest(`Missing required param: items[${position}][price].`, {
          code: "parameter_missing",
          param: `items[${position}][price]`,
        });
      }
      subscription.items.data.push(
        subscriptionItem(birthIn(context), { price, quantity: change.quantity ?? 1, subscription: subscription.id }),
      );
      continue;
    }
    const index = subscription.items.data.findIndex(({ id }) => id === change.id);
    const known = subscription.items.data[index];
    if (known === undefined) {
      throw invalidRequest(`No such subscription_item: '${change.id}'`, {
        code: "resource_missing",
        param: `items[${position}][id]`,
      });
    }
    if (change.deleted === true) {
      subscription.items.data.splice(index, 1);
      continue;
    }
    subscription.items.data[index] = subscriptionItem(birthIn(context), {
      ...known,
      price: price ?? known.price,
      quantity: change.quantity ?? known.quantity ?? 1,
      ...(price === undefined
        ? {}
        : { plan: subscriptionItem(birthIn(context), { price, subscription: subscription.id }).plan }),
    });
  }
}

function list(context: Context, params: Stripe.SubscriptionListParams) {
  const { store } = context.world;
  const { customer, status, price } = params;
  const all = customer === undefined ? store.all("subscription") : store.where("subscription", "customer", customer);
  const wanted = all.filter(
    (subscription) =>
      hasStatus(subscription, status) &&
      (price === undefined || subscription.items.data.some((candidate) => candidate.price.id === price)),
  );
  return listPage(context, "/v1/subscriptions", wanted, params);
}

/** Without a status, Stripe lists all that are not canceled. */
function hasStatus(subscription: Stripe.Subscription, status: string | undefined): boolean {
  if (status === undefined) return subscription.status !== "canceled";
  if (status === "all") return true;
  if (status === "ended") return ["canceled", "incomplete_expired"].includes(subscription.status);
  return subscription.status === status;
}

function update(context: Context, params: Stripe.SubscriptionUpdateParams, id: string): Stripe.Subscription {
  const subscription = need(context, "subscription", id, "id");
  if (subscription.status === "canceled") {
    throw invalidRequest("A canceled subscription can only update its cancellation_details and metadata.");
  }
  const before = snapshot(subscription);
  if (params.items !== undefined) changeItems(context, subscription, params.items);
  if (params.pause_collection !== undefined) {
    const pause = params.pause_collection;
    subscription.pause_collection =
      pause === "" || pause === null ? null : { behavior: pause.behavior, resumes_at: pause.resumes_at ?? null };
  }
  if (params.cancel_at_period_end !== undefined) {
    subscription.cancel_at_period_end = params.cancel_at_period_end;
    subscription.canceled_at = params.cancel_at_period_end ? context.world.clock.nowSeconds() : null;
    subscription.cancel_at = params.cancel_at_period_end
      ? (subscription.items.data[0]?.current_period_end ?? null)
      : null;
  }
  if (params.default_payment_method !== undefined) {
    subscription.default_payment_method = need(
      context,
      "payment_method",
      params.default_payment_method,
      "default_payment_method",
    ).id;
  }
  if (params.description !== undefined) subscription.description = params.description || null;
  subscription.metadata = mergeMetadata(subscription.metadata, params.metadata);
  save(context, subscription);
  emit(context, "customer.subscription.updated", subscription, changedFields(before, subscription));
  return subscription;
}

/** `previous_attributes`: the old values of the top-level fields that changed. */
function changedFields(before: Stripe.Subscription, after: Stripe.Subscription): object {
  return Object.fromEntries(
    Object.entries(before).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(after[field as keyof Stripe.Subscription]),
    ),
  );
}

function cancel(context: Context, params: Stripe.SubscriptionCancelParams, id: string): Stripe.Subscription {
  const subscription = need(context, "subscription", id, "id");
  if (subscription.status === "canceled") {
    throw invalidRequest(`No such subscription: '${id}'`, { code: "resource_missing", param: "id" });
  }
  const now = context.world.clock.nowSeconds();
  subscription.status = "canceled";
  subscription.canceled_at = now;
  subscription.ended_at = now;
  subscription.cancellation_details = {
    comment: params.cancellation_details?.comment || null,
    feedback: params.cancellation_details?.feedback || null,
    feedback_option: null,
    reason: "cancellation_requested",
  };
  save(context, subscription);
  emit(context, "customer.subscription.deleted", subscription);
  return subscription;
}

function pause(context: Context, _params: Stripe.SubscriptionPauseParams, id: string): Stripe.Subscription {
  const subscription = need(context, "subscription", id, "id");
  if (subscription.status !== "active") {
    throw invalidRequest(`Subscription ${id} cannot be paused because it has a status of ${subscription.status}.`);
  }
  subscription.status = "paused";
  subscription.status_details = {
    paused: {
      subscription: { type: "pause_requested" },
      transitioned_at: context.world.clock.nowSeconds(),
      type: "subscription",
    },
  } as Stripe.Subscription.StatusDetails;
  save(context, subscription);
  emit(context, "customer.subscription.paused", subscription);
  emit(context, "customer.subscription.updated", subscription, { status: "active" });
  return subscription;
}

function resume(context: Context, _params: Stripe.SubscriptionResumeParams, id: string): Stripe.Subscription {
  const subscription = need(context, "subscription", id, "id");
  if (subscription.status !== "paused") {
    throw invalidRequest(
      `Subscription ${id} cannot be resumed because it is not paused; its status is ${subscription.status}.`,
    );
  }
  subscription.status = "active";
  delete subscription.status_details;
  save(context, subscription);
  emit(context, "customer.subscription.resumed", subscription);
  emit(context, "customer.subscription.updated", subscription, { status: "paused" });
  return subscription;
}
