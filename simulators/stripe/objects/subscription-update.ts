/** An update of a subscription: refused as a whole, or made, billed where necessary, and reported by events. */

import type Stripe from "stripe";

import { invalidRequest, isRefusal } from "../errors.ts";
import { idOf } from "../resources.ts";
import { noteChange } from "../subscription-log.ts";
import { type Context, emit, mergeMetadata, need, save, snapshot } from "../world.ts";
import { attemptInvoice, markPastDue } from "./invoice-collection.ts";
import { close, finalize, methodFor, methodOf } from "./invoices.ts";
import { dropPendingUpdate, pendingUpdate } from "./pending-updates.ts";
import { draftFor, settle } from "./subscription-billing.ts";
import { amountOf, itemsAfter, periodEndOf, periodSecondsOf } from "./subscription-items.ts";
import { requireDue, requireUpdatable } from "./subscription-rules.ts";

type Params = Stripe.SubscriptionUpdateParams;

const TRIAL_WARNING_SECONDS = 3 * 86_400;

export function update(context: Context, params: Params, id: string): Stripe.Subscription {
  const subscription = need(context, "subscription", id, "id");
  requireUpdatable(subscription, params);
  const before = snapshot(subscription);
  const after = changed(context, before, params);
  const due = isBilling(after) ? amountDue(context, before, after, params) : 0;
  const isAutomatic = after.collection_method === "charge_automatically";
  if (due > 0 && isAutomatic && after.pause_collection === null) methodOf(context, after);
  if (due > 0 && isAutomatic && params.payment_behavior === "pending_if_incomplete") {
    return updateOncePaid(context, subscription, after, due, params);
  }
  if (due > 0 && isAutomatic && params.payment_behavior === "error_if_incomplete") {
    requirePayment(context, subscription, due);
  }
  noteChanges(context, before, after, params);
  take(subscription, before, after);
  const isPaidAlready = params.payment_behavior === "error_if_incomplete" && isAutomatic;
  const invoice = due > 0 && !isPaidAlready ? draftFor(context, subscription, due, "subscription_update") : undefined;
  save(context, subscription);
  emitUpdated(context, before, subscription);
  if (params.trial_end !== undefined) warnOfTrialEnd(context, subscription);
  if (invoice !== undefined) collect(context, subscription, invoice, params);
  return subscription;
}

/** What a payment has done meanwhile stays: the invoice that was made, and a status that it turned good. */
function take(subscription: Stripe.Subscription, before: Stripe.Subscription, after: Stripe.Subscription): void {
  const { latest_invoice, status } = subscription;
  Object.assign(subscription, after, { latest_invoice, status: status === before.status ? after.status : status });
}

function collect(
  context: Context,
  subscription: Stripe.Subscription,
  invoice: Stripe.Invoice,
  params: Pick<Params, "payment_behavior">,
): void {
  if (params.payment_behavior !== "default_incomplete" || subscription.pause_collection !== null) {
    settle(context, subscription, invoice, "manual");
    return;
  }
  finalize(context, invoice);
  if (invoice.status === "open") markPastDue(context, invoice);
}

/** A trial or paused subscription is not billed. */
function isBilling({ status }: Stripe.Subscription): boolean {
  return status === "active" || status === "past_due" || status === "unpaid";
}

/** The subscription after the update, or Stripe's refusal. `before` is not changed. */
function changed(context: Context, before: Stripe.Subscription, params: Params): Stripe.Subscription {
  const after = snapshot(before);
  const now = context.world.clock.nowSeconds();
  if (params.items !== undefined) after.items.data = itemsAfter(context, after, params.items);
  if (params.trial_end !== undefined) setTrialEnd(after, params.trial_end, now);
  if (isNewAnchor(before, after, params)) restartPeriod(after, now);
  if (params.pause_collection !== undefined) after.pause_collection = pauseOf(params.pause_collection, now);
  setCancellation(after, params, now);
  setCollection(after, params);
  if (params.default_payment_method !== undefined) {
    after.default_payment_method = methodOfCustomer(context, after, params.default_payment_method);
  }
  if (params.description !== undefined) after.description = params.description || null;
  after.metadata = mergeMetadata(after.metadata, params.metadata);
  return after;
}

function setCollection(after: Stripe.Subscription, params: Params): void {
  if (params.collection_method === undefined) return;
  requireDue(params);
  after.collection_method = params.collection_method;
  after.days_until_due = params.days_until_due ?? null;
}

/** A new interval of the only item moves the anchor, and so does the first price that is not free. */
function isNewAnchor(before: Stripe.Subscription, after: Stripe.Subscription, params: Params): boolean {
  if (params.billing_cycle_anchor?.type === "now") return true;
  if (!isBilling(after)) return false;
  if (before.status === "trialing") return true;
  const [old] = before.items.data;
  const [moved] = after.items.data;
  if (old === undefined || moved === undefined || params.items === undefined) return false;
  if (amountOf(before.items.data) === 0 && amountOf(after.items.data) > 0) return true;
  return after.items.data.length === 1 && periodSecondsOf(old.price) !== periodSecondsOf(moved.price);
}

function restartPeriod(after: Stripe.Subscription, now: number): void {
  after.billing_cycle_anchor = now;
  after.items.data = after.items.data.map((item) => ({
    ...item,
    current_period_start: now,
    current_period_end: now + periodSecondsOf(item.price),
  }));
}

/**
 * The amount that the change costs at once: a new period in full, and with `always_invoice` the higher price for the rest of
 * the current period. Credits are not modelled, so the amount is never negative.
 */
function amountDue(context: Context, before: Stripe.Subscription, after: Stripe.Subscription, params: Params): number {
  const now = context.world.clock.nowSeconds();
  const isNew = isNewAnchor(before, after, params);
  const began = after.items.data.filter((item) => {
    const old = before.items.data.find(({ id }) => id === item.id);
    return isNew || (old !== undefined && periodSecondsOf(old.price) !== periodSecondsOf(item.price));
  });
  const full = amountOf(began);
  if (params.proration_behavior !== "always_invoice" || params.items === undefined) return full;
  const at = params.proration_date ?? now;
  const rest = after.items.data.reduce((sum, item) => {
    if (began.includes(item)) return sum;
    const old = before.items.data.filter(({ id }) => id === item.id);
    const span = Math.max(1, item.current_period_end - item.current_period_start);
    const share = Math.min(1, Math.max(0, (item.current_period_end - at) / span));
    return sum + Math.round((amountOf([item]) - amountOf(old)) * share);
  }, 0);
  return full + Math.max(0, rest);
}

function pauseOf(
  given: Stripe.Emptyable<Stripe.SubscriptionUpdateParams.PauseCollection>,
  now: number,
): Stripe.Subscription.PauseCollection | null {
  if (given === "" || given === null) return null;
  const { behavior, resumes_at: resumesAt = null } = given;
  if (resumesAt !== null) requireFuture(resumesAt, now, "pause_collection[resumes_at]");
  return { behavior, resumes_at: resumesAt };
}

function setCancellation(after: Stripe.Subscription, params: Params, now: number): void {
  const { cancel_at: at, cancel_at_period_end: atPeriodEnd, cancellation_details: details } = params;
  if (at !== undefined && at !== "" && atPeriodEnd === true) {
    throw invalidRequest("You may only specify one of these parameters: cancel_at, cancel_at_period_end.", {
      param: "cancel_at",
    });
  }
  if (at !== undefined) setCancelAt(after, at, now);
  else if (atPeriodEnd === true) scheduleEnd(after, periodEndOf(after), true, now);
  else if (atPeriodEnd === false && after.cancel_at_period_end) scheduleEnd(after, null, false, null);
  if (details === undefined || after.cancellation_details === null) return;
  if (details.comment !== undefined) after.cancellation_details.comment = details.comment || null;
  if (details.feedback !== undefined) after.cancellation_details.feedback = details.feedback || null;
}

function setCancelAt(
  after: Stripe.Subscription,
  at: Stripe.Emptyable<number | Stripe.SubscriptionUpdateParams.CancelAt>,
  now: number,
): void {
  if (at === "" || at === null) {
    scheduleEnd(after, null, false, null);
  } else if (typeof at === "number") {
    requireFuture(at, now, "cancel_at");
    scheduleEnd(after, at, false, now);
  } else {
    const ends = after.items.data.map((item) => item.current_period_end);
    scheduleEnd(after, at === "min_period_end" ? Math.min(...ends) : Math.max(...ends), false, now);
  }
}

/** `canceled_at` is when it was last asked for, not when it will be. */
function scheduleEnd(
  after: Stripe.Subscription,
  at: number | null,
  atPeriodEnd: boolean,
  canceledAt: number | null,
): void {
  const details = after.cancellation_details ?? { comment: null, feedback: null, feedback_option: null, reason: null };
  after.cancel_at = at;
  after.cancel_at_period_end = atPeriodEnd;
  after.canceled_at = canceledAt;
  after.cancellation_details = { ...details, reason: canceledAt === null ? null : "cancellation_requested" };
}

function setTrialEnd(after: Stripe.Subscription, end: "now" | number, now: number): void {
  if (end === "now") {
    if (after.status === "trialing") after.status = "active";
    if (after.trial_end !== null) after.trial_end = now;
    return;
  }
  requireFuture(end, now, "trial_end");
  after.status = "trialing";
  after.trial_start ??= now;
  after.trial_end = end;
  after.billing_cycle_anchor = end;
  after.items.data = after.items.data.map((item) => ({
    ...item,
    current_period_start: now,
    current_period_end: end,
  }));
}

export function requireFuture(at: number, now: number, param: string): void {
  if (at > now) return;
  throw invalidRequest("Invalid timestamp: must be an integer Unix timestamp in the future.", { param });
}

export function methodOfCustomer(context: Context, { customer }: Stripe.Subscription, id: string): string {
  const method = need(context, "payment_method", id, "default_payment_method");
  if (idOf(method.customer) === idOf(customer)) return method.id;
  throw invalidRequest(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    { code: "resource_missing", param: "default_payment_method" },
  );
}

/** Throws the 402 of a payment that fails, after its effects; the subscription stays as it was. */
function requirePayment(context: Context, subscription: Stripe.Subscription, due: number): void {
  const latest = subscription.latest_invoice;
  const invoice = draftFor(context, subscription, due, "subscription_update");
  finalize(context, invoice);
  try {
    attemptInvoice(context, invoice, methodFor(context, invoice), "tentative");
  } catch (error) {
    subscription.latest_invoice = latest;
    close(context, invoice.id, "void");
    throw error;
  }
}

/** The change waits for its payment. An earlier pending change is voided with its invoice. */
function updateOncePaid(
  context: Context,
  subscription: Stripe.Subscription,
  after: Stripe.Subscription,
  due: number,
  params: Params,
): Stripe.Subscription {
  const before = snapshot(subscription);
  const superseded = subscription.pending_update === null ? null : idOf(subscription.latest_invoice);
  if (superseded !== null) {
    dropPendingUpdate(context, subscription, false);
    close(context, superseded, "void");
  }
  const invoice = draftFor(context, subscription, due, "subscription_update");
  save(context, subscription);
  finalize(context, invoice);
  try {
    attemptInvoice(context, invoice, methodFor(context, invoice), "tentative");
  } catch (error) {
    if (!isRefusal(error)) throw error;
    subscription.pending_update = pendingUpdate(context, subscription, {
      billing_cycle_anchor:
        after.billing_cycle_anchor === before.billing_cycle_anchor ? null : after.billing_cycle_anchor,
      metadata: params.metadata === undefined || params.metadata === "" ? null : after.metadata,
      subscription_items: params.items === undefined ? null : after.items.data,
      trial_end: after.trial_end === before.trial_end ? null : after.trial_end,
    });
    noteChange(context, before, "pending_update");
    save(context, subscription);
    emitUpdated(context, before, subscription);
    return subscription;
  }
  noteChanges(context, before, after, params);
  take(subscription, before, after);
  subscription.pending_update = null;
  save(context, subscription);
  emitUpdated(context, before, subscription);
  return subscription;
}

function noteChanges(context: Context, before: Stripe.Subscription, after: Stripe.Subscription, params: Params): void {
  const differs = (name: keyof Stripe.Subscription) => JSON.stringify(before[name]) !== JSON.stringify(after[name]);
  if (params.items !== undefined) {
    const pricesOf = ({ items }: Stripe.Subscription) => items.data.map(({ price }) => price.id).join();
    const asksForPrice = params.items.some(({ id, price }) => id !== undefined && price !== undefined);
    noteChange(
      context,
      before,
      asksForPrice ? "price" : "items",
      pricesOf(before) !== pricesOf(after) || differs("items"),
    );
  }
  if (params.pause_collection !== undefined) {
    noteChange(context, before, after.pause_collection === null ? "resume" : "pause", differs("pause_collection"));
  }
  if (params.cancel_at !== undefined) {
    noteChange(context, before, after.cancel_at === null ? "keep" : "cancel_at", differs("cancel_at"));
  }
  if (params.cancel_at_period_end !== undefined) {
    const change = params.cancel_at_period_end ? "cancel_at_period_end" : "keep";
    noteChange(context, before, change, differs("cancel_at_period_end"));
  }
  if (params.trial_end !== undefined) noteChange(context, before, "trial_end", differs("trial_end"));
}

/** Stripe sends this event three days before a trial ends. The stand-in sends it only if fewer days are left, at once. */
export function warnOfTrialEnd(context: Context, subscription: Stripe.Subscription): void {
  const { trial_end: end } = subscription;
  if (end === null || end > context.world.clock.nowSeconds() + TRIAL_WARNING_SECONDS) return;
  emit(context, "customer.subscription.trial_will_end", subscription);
}

/** An update that changes nothing sends no event. */
export function emitUpdated(context: Context, before: Stripe.Subscription, after: Stripe.Subscription): void {
  const previous = changedFields(before, after);
  if (Object.keys(previous).length > 0) emit(context, "customer.subscription.updated", after, previous);
}

/** `previous_attributes`: the old values of the top-level fields that changed. */
function changedFields(before: Stripe.Subscription, after: Stripe.Subscription): object {
  return Object.fromEntries(
    Object.entries(before).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(after[field as keyof Stripe.Subscription]),
    ),
  );
}
