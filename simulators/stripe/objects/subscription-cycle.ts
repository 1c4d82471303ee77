/** The end of a period. It happens without an API request, so its events name none. */

import type Stripe from "stripe";

import type { ErrorBody } from "../errors.ts";
import { idOf } from "../resources.ts";
import { type Context, emit, save, snapshot } from "../world.ts";
import { close, hasMethod } from "./invoices.ts";
import { dropPendingUpdate } from "./pending-updates.ts";
import { draftFor, settle, stopCollecting } from "./subscription-billing.ts";
import { amountOf, periodEndOf, periodSecondsOf } from "./subscription-items.ts";
import { emitUpdated } from "./subscription-update.ts";

export interface Renewed {
  subscription: Stripe.Subscription;
  /** Null where the end of the period makes none. */
  invoice: Stripe.Invoice | null;
  error?: ErrorBody;
}

/** What `status_details` says of a trial that ended without a way to pay. */
const TRIAL_PAUSE = "trial_end_without_payment_method";

export function renew(context: Context, subscription: Stripe.Subscription, nextPaymentAttempt: number | null): Renewed {
  const { status } = subscription;
  if (!["active", "past_due", "trialing", "unpaid"].includes(status)) {
    throw new Error(`Subscription ${subscription.id} is ${status}: its periods do not end.`);
  }
  const end = periodEndOf(subscription) ?? context.world.clock.nowSeconds();
  expirePendingUpdate(context, subscription);
  resumeInTime(context, subscription, end);
  if (subscription.cancel_at !== null && subscription.cancel_at <= end) {
    endSubscription(context, subscription);
    return { subscription, invoice: null };
  }
  const before = snapshot(subscription);
  if (status === "trialing" && endTrial(context, subscription) !== "active") return { subscription, invoice: null };
  subscription.items.data = subscription.items.data.map((item) => ({
    ...item,
    current_period_start: item.current_period_end,
    current_period_end: item.current_period_end + periodSecondsOf(item.price),
  }));
  const amount = amountOf(subscription.items.data);
  const invoice = draftFor(context, subscription, amount, "subscription_cycle");
  invoice.next_payment_attempt = nextPaymentAttempt;
  save(context, subscription);
  emitUpdated(context, before, subscription);
  const error = settle(context, subscription, invoice, "automatic");
  return { subscription, invoice, ...(error === null ? {} : { error }) };
}

/** Ends a subscription. `cancel_at` and the items are kept. `reason`: of `cancellation_details`. */
export function endSubscription(
  context: Context,
  subscription: Stripe.Subscription,
  reason: Stripe.Subscription.CancellationDetails.Reason = "cancellation_requested",
): void {
  const now = context.world.clock.nowSeconds();
  subscription.status = "canceled";
  subscription.canceled_at ??= now;
  subscription.ended_at = now;
  const details = subscription.cancellation_details;
  subscription.cancellation_details = {
    comment: details?.comment ?? null,
    feedback: details?.feedback ?? null,
    feedback_option: details?.feedback_option ?? null,
    reason: details?.reason ?? reason,
  };
  subscription.pending_update = null;
  save(context, subscription);
  emit(context, "customer.subscription.deleted", subscription);
  stopCollecting(context, subscription);
}

function expirePendingUpdate(context: Context, subscription: Stripe.Subscription): void {
  if (subscription.pending_update === null) return;
  const waiting = context.world.store.get("invoice", idOf(subscription.latest_invoice));
  dropPendingUpdate(context, subscription, true);
  if (waiting?.status === "open") close(context, waiting.id, "void");
}

function resumeInTime(context: Context, subscription: Stripe.Subscription, end: number): void {
  const resumesAt = subscription.pause_collection?.resumes_at ?? null;
  if (resumesAt === null || resumesAt > end) return;
  const before = snapshot(subscription);
  subscription.pause_collection = null;
  save(context, subscription);
  emitUpdated(context, before, subscription);
}

/** `trial_settings.end_behavior` decides what happens without a payment method. */
function endTrial(context: Context, subscription: Stripe.Subscription): string {
  const behavior = subscription.trial_settings?.end_behavior.missing_payment_method;
  const before = snapshot(subscription);
  const canPay = hasMethod(context, subscription);
  if (!canPay && behavior === "cancel") {
    endSubscription(context, subscription);
    return subscription.status;
  }
  if (canPay || behavior !== "pause") {
    subscription.status = "active";
    return subscription.status;
  }
  subscription.status = "paused";
  subscription.status_details = {
    paused: {
      subscription: { type: TRIAL_PAUSE },
      transitioned_at: context.world.clock.nowSeconds(),
      type: "subscription",
    },
  };
  save(context, subscription);
  emit(context, "customer.subscription.paused", subscription);
  emitUpdated(context, before, subscription);
  return subscription.status;
}
