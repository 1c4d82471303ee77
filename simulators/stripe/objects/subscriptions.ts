/** Subscriptions, without credits for unused time. https://docs.stripe.com/api/subscriptions */

import type Stripe from "stripe";

import { type Endpoint, endpoint } from "../endpoint.ts";
import { invalidRequest, missingResource } from "../errors.ts";
import { listPage } from "../lists.ts";
import { expand, flag, integer, oneOf, searching, unmodelled } from "../params.ts";
import { idOf } from "../resources.ts";
import { search } from "../search.ts";
import { subscription as subscriptionShape } from "../shapes/billing.ts";
import { noteChange } from "../subscription-log.ts";
import { birthIn, type Context, emit, mergeMetadata, need, save } from "../world.ts";
import { attemptInvoice } from "./invoice-collection.ts";
import { close, finalize, methodFor, methodOf } from "./invoices.ts";
import { draftFor, settle } from "./subscription-billing.ts";
import { endSubscription } from "./subscription-cycle.ts";
import { amountOf, itemsAfter, periodEndOf } from "./subscription-items.ts";
import { anchor, createParams, details, listParams, prorationBehavior, updateParams } from "./subscription-params.ts";
import { requireDue } from "./subscription-rules.ts";
import { methodOfCustomer, requireFuture, update, warnOfTrialEnd } from "./subscription-update.ts";

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
        cancellation_details: details,
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
        billing_cycle_anchor: anchor,
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
  requireDue(params);
  const subscription = subscriptionShape(birthIn(context), {
    collection_method: params.collection_method ?? "charge_automatically",
    customer: customer.id,
    days_until_due: params.days_until_due ?? null,
    description: params.description || null,
    metadata: mergeMetadata(null, params.metadata),
  });
  if (params.default_payment_method !== undefined) {
    subscription.default_payment_method = methodOfCustomer(context, subscription, params.default_payment_method);
  }
  subscription.items.data = itemsAfter(context, subscription, params.items ?? []);
  subscription.currency = subscription.items.data[0]?.price.currency ?? "usd";
  requireOneCurrency(context, subscription);
  startTrial(context, subscription, params);
  if (params.cancel_at_period_end === true) {
    subscription.cancel_at_period_end = true;
    subscription.cancel_at = periodEndOf(subscription);
    subscription.canceled_at = subscription.created;
  }
  start(context, subscription, params.payment_behavior ?? "allow_incomplete");
  return subscription;
}

function startTrial(
  context: Context,
  subscription: Stripe.Subscription,
  { trial_end: end, trial_period_days: days }: Stripe.SubscriptionCreateParams,
): void {
  const now = context.world.clock.nowSeconds();
  const endsAt = days === undefined ? (end === undefined || end === "now" ? null : end) : now + days * 86_400;
  if (endsAt === null) return;
  requireFuture(endsAt, now, "trial_end");
  subscription.status = "trialing";
  subscription.trial_start = now;
  subscription.trial_end = endsAt;
  subscription.billing_cycle_anchor = endsAt;
  for (const item of subscription.items.data) item.current_period_end = endsAt;
}

/** A customer with an active subscription cannot have one in another currency. */
function requireOneCurrency(context: Context, { customer, currency }: Stripe.Subscription): void {
  const other = context.world.store
    .where("subscription", "customer", idOf(customer) ?? "")
    .find(
      ({ status, currency: theirs }) => !["canceled", "incomplete_expired"].includes(status) && theirs !== currency,
    );
  if (other === undefined) return;
  throw invalidRequest(
    `You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency ${other.currency}.`,
  );
}

/** Makes the first invoice; its payment decides the status of the subscription. */
function start(context: Context, subscription: Stripe.Subscription, behavior: string): void {
  if (behavior === "pending_if_incomplete") {
    throw invalidRequest("`payment_behavior=pending_if_incomplete` is only supported when updating a subscription.", {
      param: "payment_behavior",
    });
  }
  const amount = subscription.status === "trialing" ? 0 : amountOf(subscription.items.data);
  const isCharged = amount > 0 && subscription.collection_method === "charge_automatically";
  if (isCharged && behavior !== "default_incomplete") methodOf(context, subscription);
  const invoice = amount === 0 ? undefined : draftFor(context, subscription, amount, "subscription_create");
  if (isCharged && invoice !== undefined && behavior === "error_if_incomplete") {
    finalize(context, invoice);
    requireFirstPayment(context, invoice);
  }
  if (isCharged && invoice?.status === "draft") subscription.status = "incomplete";
  save(context, subscription);
  emit(context, "customer.subscription.created", subscription);
  warnOfTrialEnd(context, subscription);
  if (invoice?.status !== "draft") return;
  if (isCharged && behavior === "default_incomplete") finalize(context, invoice);
  else settle(context, subscription, invoice, "manual");
}

/** Throws the 402; the subscription is not created. */
function requireFirstPayment(context: Context, invoice: Stripe.Invoice): void {
  try {
    attemptInvoice(context, invoice, methodFor(context, invoice), "tentative");
  } catch (error) {
    close(context, invoice.id, "void");
    throw error;
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

/** Cancels at once. A second cancellation is a 404, as at Stripe. */
function cancel(context: Context, params: Stripe.SubscriptionCancelParams, id: string): Stripe.Subscription {
  const subscription = need(context, "subscription", id, "id");
  if (["canceled", "incomplete_expired"].includes(subscription.status)) {
    throw missingResource("subscription", id, "id");
  }
  noteChange(context, subscription, "cancel");
  const details = params.cancellation_details;
  subscription.canceled_at = context.world.clock.nowSeconds();
  subscription.cancellation_details = {
    comment: details?.comment || (subscription.cancellation_details?.comment ?? null),
    feedback: details?.feedback || (subscription.cancellation_details?.feedback ?? null),
    feedback_option: null,
    reason: "cancellation_requested",
  };
  endSubscription(context, subscription);
  return subscription;
}

function pause(context: Context, _params: Stripe.SubscriptionPauseParams, id: string): Stripe.Subscription {
  const subscription = need(context, "subscription", id, "id");
  if (subscription.status !== "active") {
    throw invalidRequest(`Subscription ${id} cannot be paused because it has a status of ${subscription.status}.`);
  }
  if (subscription.schedule !== null || subscription.pause_collection !== null) {
    const what = subscription.schedule === null ? "its collection is paused" : "it has an attached schedule";
    throw invalidRequest(`Subscription ${id} cannot be paused because ${what}.`);
  }
  noteChange(context, subscription, "pause_subscription");
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
  if (subscription.collection_method === "send_invoice") {
    throw invalidRequest(`Subscription ${id} cannot be resumed because its collection method is send_invoice.`);
  }
  noteChange(context, subscription, "resume_subscription");
  subscription.status = "active";
  delete subscription.status_details;
  save(context, subscription);
  emit(context, "customer.subscription.resumed", subscription);
  emit(context, "customer.subscription.updated", subscription, { status: "paused" });
  return subscription;
}
