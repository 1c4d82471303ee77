/** Refunds, their rules and what they do to the charge and the balance. https://docs.stripe.com/api/refunds */

import type Stripe from "stripe";

import { planReturn, takeBack } from "../connect.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { invalidRequest, refusal } from "../errors.ts";
import { listPage } from "../lists.ts";
import { printMoney } from "../money.ts";
import { expand, flag, integer, metadata, oneOf, paging, range, type Spec, text, unmodelled } from "../params.ts";
import { moveAvailable } from "../payments.ts";
import { idOf } from "../resources.ts";
import { balanceTransaction, refund as refundShape } from "../shapes/payments.ts";
import { birthIn, type Context, emit, mergeMetadata, need, save } from "../world.ts";
import { closeReview } from "./reviews.ts";

const createParams: Spec<Stripe.RefundCreateParams> = {
  fields: {
    amount: integer({ minimum: 1 }),
    charge: text(),
    payment_intent: text(),
    reason: oneOf("duplicate", "fraudulent", "requested_by_customer"),
    metadata,
    expand,
    refund_application_fee: flag,
    reverse_transfer: flag,
    ...unmodelled("currency customer instructions_email origin"),
  },
};

const listParams: Spec<Stripe.RefundListParams> = {
  fields: { charge: text(), payment_intent: text(), created: range, expand, ...paging },
};

export const refundEndpoints: Endpoint[] = [
  endpoint<Stripe.RefundCreateParams>({ method: "POST", path: "/v1/refunds", params: createParams, run: createRefund }),
  endpoint<Stripe.RefundListParams>({ method: "GET", path: "/v1/refunds", params: listParams, run: list }),
  endpoint<Stripe.RefundRetrieveParams>({
    method: "GET",
    path: "/v1/refunds/:refund",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "refund", id, "refund"),
  }),
  endpoint<Stripe.RefundUpdateParams>({
    method: "POST",
    path: "/v1/refunds/:refund",
    params: { fields: { metadata, expand } },
    run: update,
  }),
  endpoint<Stripe.RefundCancelParams>({
    method: "POST",
    path: "/v1/refunds/:refund/cancel",
    params: { fields: { expand } },
    run: cancel,
  }),
];

export function createRefund(context: Context, params: Stripe.RefundCreateParams): Stripe.Refund {
  const charge = chargeToRefund(context, params);
  // With overcapture, more was captured than authorised: https://docs.stripe.com/payments/overcapture
  const remaining = Math.max(charge.amount, charge.amount_captured) - charge.amount_refunded;
  requireRefundable(context, charge, remaining);
  const amount = params.amount ?? remaining;
  requireWithin(charge, amount, remaining);
  const planned = planReturn(context, charge, amount, params);
  const intentId = idOf(charge.payment_intent);
  const step = context.world.outcomes.nextRefund([charge.id, intentId, idOf(charge.customer)]);
  if (step === "balance_insufficient") throw insufficientBalance();
  const refund = refundShape(birthIn(context), {
    amount,
    charge: charge.id,
    currency: charge.currency,
    metadata: mergeMetadata(null, params.metadata),
    payment_intent: intentId,
    reason: params.reason ?? null,
    ...statusOf(context, step, charge.currency, amount),
  });
  if (refund.status !== "failed") takeBack(context, refund, planned);
  apply(context, refund, charge);
  return refund;
}

/** Without the balance for it, Stripe keeps a refund pending until there is: https://docs.stripe.com/refunds#refund-requests */
function statusOf(context: Context, step: string, currency: string, amountMinor: number): Partial<Stripe.Refund> {
  const [status = "succeeded", failureReason] = step.split(":");
  if (status === "failed") return { status, failure_reason: failureReason ?? "unknown" };
  if (status === "pending") return { status, pending_reason: failureReason ?? "processing" };
  if (status === "requires_action") return { status };
  const availableMinor = context.world.availableMinorByCurrency.get(currency) ?? Number.POSITIVE_INFINITY;
  return availableMinor < amountMinor
    ? { status: "pending", pending_reason: "insufficient_funds" }
    : { status: "succeeded" };
}

function apply(context: Context, refund: Stripe.Refund, charge: Stripe.Charge): void {
  if (refund.status === "failed") {
    save(context, refund);
    emit(context, "refund.created", refund);
    emit(context, "refund.failed", refund);
    return;
  }
  if (refund.status === "succeeded") pay(context, refund, charge);
  save(context, refund);
  const before = { amount_refunded: charge.amount_refunded, refunded: charge.refunded };
  charge.amount_refunded += refund.amount;
  charge.refunded = charge.amount_refunded >= Math.max(charge.amount, charge.amount_captured);
  save(context, charge);
  emit(context, "refund.created", refund);
  emit(context, "charge.refunded", charge, before);
  if (charge.refunded) closeRadar(context, charge);
}

/** A full refund closes a charge's fraud warning and review (the SDK on `actionable`, `closed_reason`). */
function closeRadar(context: Context, charge: Stripe.Charge): void {
  const { store } = context.world;
  for (const warning of store.where("radar.early_fraud_warning", "charge", charge.id)) {
    if (!warning.actionable) continue;
    warning.actionable = false;
    save(context, warning);
    emit(context, "radar.early_fraud_warning.updated", warning, { actionable: true });
  }
  for (const review of store.where("review", "charge", charge.id)) {
    if (review.open) closeReview(context, review, "refunded");
  }
}

function pay(context: Context, refund: Stripe.Refund, charge: Stripe.Charge): void {
  const transaction = balanceTransaction(birthIn(context), {
    amount: -refund.amount,
    currency: refund.currency,
    description: `REFUND FOR CHARGE${charge.description === null ? "" : ` (${charge.description})`}`,
    source: refund.id,
    type: "refund",
  });
  refund.balance_transaction = transaction.id;
  save(context, refund);
  save(context, transaction);
  moveAvailable(context, refund.currency, -refund.amount);
}

function chargeToRefund(context: Context, params: Stripe.RefundCreateParams): Stripe.Charge {
  if (params.charge !== undefined) {
    const charge = need(context, "charge", params.charge, "charge");
    if (params.payment_intent !== undefined && idOf(charge.payment_intent) !== params.payment_intent) {
      throw invalidRequest(`Charge ${charge.id} does not belong to PaymentIntent ${params.payment_intent}.`, {
        param: "charge",
      });
    }
    return charge;
  }
  if (params.payment_intent === undefined) {
    throw invalidRequest("One of the following params should be provided for this request: payment_intent or charge.", {
      code: "parameter_missing",
    });
  }
  const intent = need(context, "payment_intent", params.payment_intent, "payment_intent");
  const charge = context.world.store.get("charge", idOf(intent.latest_charge));
  if (charge === undefined || charge.status !== "succeeded" || !charge.captured) {
    throw invalidRequest(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`, {
      param: "payment_intent",
    });
  }
  return charge;
}

function requireRefundable(context: Context, charge: Stripe.Charge, remaining: number): void {
  if (charge.status !== "succeeded") {
    throw invalidRequest(`Charge ${charge.id} was not successful; only a successful charge can be refunded.`, {
      param: "charge",
    });
  }
  if (remaining <= 0) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, { code: "charge_already_refunded" });
  }
  if (isChargedBack(context, charge)) {
    throw invalidRequest(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: "charge_disputed",
    });
  }
  // A hold is released by cancelling its intent; the charge of an intent cannot be refunded before it is captured.
  if (!charge.captured) {
    throw invalidRequest(
      `Charge ${charge.id} has not been captured. Cancel its PaymentIntent to release the authorization instead.`,
      { param: "charge" },
    );
  }
}

function isChargedBack(context: Context, charge: Stripe.Charge): boolean {
  const disputes = context.world.store.where("dispute", "charge", charge.id);
  if (disputes.length === 0) return charge.disputed;
  return disputes.some((dispute) => !dispute.is_charge_refundable && dispute.status !== "won");
}

function requireWithin(charge: Stripe.Charge, amount: number, remaining: number): void {
  if (amount <= remaining) return;
  const asked = printMoney(amount, charge.currency);
  const bound =
    charge.amount_refunded === 0
      ? `charge amount (${printMoney(charge.amount, charge.currency)})`
      : `unrefunded amount on charge (${printMoney(remaining, charge.currency)})`;
  throw invalidRequest(`Refund amount (${asked}) is greater than ${bound}`, { param: "amount" });
}

function insufficientBalance(): Error {
  return refusal(400, {
    type: "invalid_request_error",
    code: "balance_insufficient",
    message:
      "You have insufficient funds in your Stripe account for this refund. Wait until your balance has enough, or add funds to it.",
  });
}

function list(context: Context, params: Stripe.RefundListParams) {
  const { store } = context.world;
  let refunds: Stripe.Refund[];
  if (params.charge !== undefined) refunds = store.where("refund", "charge", params.charge);
  else if (params.payment_intent !== undefined)
    refunds = store.where("refund", "payment_intent", params.payment_intent);
  else refunds = store.all("refund");
  const { charge, payment_intent: intent } = params;
  if (charge !== undefined && intent !== undefined)
    refunds = refunds.filter((refund) => refund.payment_intent === intent);
  return listPage(context, "/v1/refunds", refunds, params);
}

function update(context: Context, params: Stripe.RefundUpdateParams, id: string): Stripe.Refund {
  const refund = need(context, "refund", id, "refund");
  const previous = { metadata: refund.metadata };
  refund.metadata = mergeMetadata(refund.metadata, params.metadata);
  save(context, refund);
  emit(context, "refund.updated", refund, previous);
  emit(context, "charge.refund.updated", refund, previous);
  return refund;
}

function cancel(context: Context, _params: Stripe.RefundCancelParams, id: string): Stripe.Refund {
  const refund = need(context, "refund", id, "refund");
  if (refund.status !== "requires_action") {
    throw invalidRequest(`Refund ${id} cannot be canceled because it has a status of ${refund.status}.`);
  }
  giveBack(context, refund);
  refund.status = "canceled";
  save(context, refund);
  emit(context, "refund.updated", refund, { status: "requires_action" });
  emit(context, "charge.refund.updated", refund, { status: "requires_action" });
  return refund;
}

/** The bank returns the money, perhaps days after the refund succeeded: https://docs.stripe.com/refunds#failed-refunds */
export function failRefund(context: Context, refund: Stripe.Refund, reason: string): void {
  const isPaid = refund.balance_transaction !== null;
  const previous = {
    status: refund.status,
    failure_reason: null,
    ...(isPaid ? { failure_balance_transaction: null } : {}),
  };
  if (isPaid) {
    const transaction = balanceTransaction(birthIn(context), {
      amount: refund.amount,
      currency: refund.currency,
      description: "REFUND FAILURE",
      source: refund.id,
      type: "refund_failure",
    });
    save(context, transaction);
    refund.failure_balance_transaction = transaction.id;
    moveAvailable(context, refund.currency, refund.amount);
  }
  giveBack(context, refund);
  refund.status = "failed";
  refund.failure_reason = reason;
  save(context, refund);
  emit(context, "refund.failed", refund, previous);
  emit(context, "refund.updated", refund, previous);
  emit(context, "charge.refund.updated", refund, previous);
}

/** A pending refund succeeds. */
export function completeRefund(context: Context, refund: Stripe.Refund): void {
  const previous = { status: refund.status };
  refund.status = "succeeded";
  delete refund.pending_reason;
  const charge = context.world.store.get("charge", idOf(refund.charge));
  if (charge !== undefined) pay(context, refund, charge);
  save(context, refund);
  emit(context, "refund.updated", refund, previous);
  emit(context, "charge.refund.updated", refund, previous);
}

function giveBack(context: Context, refund: Stripe.Refund): void {
  const charge = context.world.store.get("charge", idOf(refund.charge));
  if (charge === undefined) return;
  charge.amount_refunded -= refund.amount;
  charge.refunded = false;
  save(context, charge);
}
