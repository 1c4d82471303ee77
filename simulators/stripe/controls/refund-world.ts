/** What people, banks and card networks do to refunds, disputes and credit notes, beside the API. */

import type Stripe from "stripe";

import { createCreditNote } from "../objects/credit-notes.ts";
import { DISPUTE_STATUSES, moveDispute, opened } from "../objects/disputes.ts";
import { completeRefund, createRefund, failRefund } from "../objects/refunds.ts";
import { seedObjects } from "../seeding.ts";
import type { World } from "../world.ts";
import {
  amountIn,
  type Body,
  byItself,
  type Control,
  flagIn,
  known,
  metadataIn,
  numberIn,
  requireOnly,
  textIn,
  wordIn,
} from "./control.ts";

export const refundControls: Readonly<Record<string, Control>> = {
  "POST refunds": refundByHand,
  "POST refunds/:id/fail": failLater,
  "POST refunds/:id/succeed": succeedLater,
  "POST disputes": openByBank,
  "POST disputes/:id": disputeMoves,
  "POST credit_notes": creditByHand,
};

const REASONS = ["duplicate", "fraudulent", "requested_by_customer"] as const;

/** A refund in the dashboard: by Stripe's rules, without an API request, and never with an injected fault. */
function refundByHand(world: World, body: Body): unknown {
  requireOnly(body, "payment_intent", "charge", "amount", "metadata", "reason");
  const paid =
    body.payment_intent === undefined
      ? known(world, "charge", body.charge)
      : known(world, "payment_intent", body.payment_intent);
  const amount = amountIn(body, "amount");
  const metadata = metadataIn(body);
  return createRefund(byItself(world, paid), {
    ...(paid.object === "charge" ? { charge: paid.id } : { payment_intent: paid.id }),
    ...(amount === undefined ? {} : { amount }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(body.reason === undefined ? {} : { reason: wordIn(body, "reason", REASONS) }),
  });
}

function failLater(world: World, body: Body, id: string): unknown {
  const refund = known(world, "refund", id);
  if (refund.status === "failed" || refund.status === "canceled") throw new Error(`Refund ${id} is ${refund.status}.`);
  failRefund(byItself(world, refund), refund, typeof body.reason === "string" ? body.reason : "unknown");
  return refund;
}

function succeedLater(world: World, _body: Body, id: string): unknown {
  const refund = known(world, "refund", id);
  if (refund.status !== "pending" && refund.status !== "requires_action")
    throw new Error(`Refund ${id} is ${refund.status}.`);
  completeRefund(byItself(world, refund), refund);
  return refund;
}

/** Oldest first, as far as the new balance reaches. */
export function payPendingRefunds(world: World, currency: string): void {
  for (const refund of world.store.all("refund").toReversed()) {
    const isWaiting = refund.status === "pending" && refund.pending_reason === "insufficient_funds";
    if (!isWaiting || refund.currency !== currency) continue;
    if ((world.availableMinorByCurrency.get(currency) ?? 0) < refund.amount) return;
    completeRefund(byItself(world, refund), refund);
  }
}

/** The customer goes to the bank: an inquiry, or a chargeback, which takes the money at once. */
function openByBank(world: World, body: Body): Stripe.Dispute {
  requireOnly(body, "charge", "status", "reason", "amount", "isChargeRefundable", "dueBy");
  const charge = known(world, "charge", body.charge);
  const context = byItself(world, charge);
  const amount = amountIn(body, "amount");
  const reason = textIn(body, "reason");
  const isChargeRefundable = flagIn(body, "isChargeRefundable");
  const dueBy = body.dueBy === undefined ? undefined : numberIn(body, "dueBy");
  const [dispute] = seedObjects(context.world, [
    {
      object: "dispute",
      ...(charge.payment_intent === null ? {} : { payment_intent: charge.payment_intent }),
      ...(context.world.account === null ? {} : { stripe_account: context.world.account }),
      charge: charge.id,
      status: body.status === undefined ? "needs_response" : wordIn(body, "status", DISPUTE_STATUSES),
      ...(amount === undefined ? {} : { amount }),
      ...(reason === undefined ? {} : { reason }),
      ...(isChargeRefundable === undefined ? {} : { is_charge_refundable: isChargeRefundable }),
    },
  ]).objects;
  if (dueBy !== undefined) setDueBy(dispute as Stripe.Dispute, dueBy);
  return opened(context, dispute as Stripe.Dispute);
}

function disputeMoves(world: World, body: Body, id: string): Stripe.Dispute {
  requireOnly(body, "status", "isChargeRefundable", "dueBy");
  const dispute = known(world, "dispute", id);
  const isChargeRefundable = flagIn(body, "isChargeRefundable");
  const status = wordIn(body, "status", DISPUTE_STATUSES);
  if (body.dueBy !== undefined) setDueBy(dispute, numberIn(body, "dueBy"));
  return moveDispute(byItself(world, dispute), dispute, {
    status,
    ...(isChargeRefundable === undefined ? {} : { isChargeRefundable }),
  });
}

/** Epoch seconds; 0 where evidence cannot be submitted: the SDK's `evidence_details.due_by`. */
function setDueBy({ evidence_details: details }: Stripe.Dispute, dueBy: number): void {
  details.due_by = dueBy;
}

/** A credit note in the dashboard, by Stripe's rules. */
function creditByHand(world: World, body: Body): Stripe.CreditNote {
  requireOnly(
    body,
    ...["invoice", "amount", "credit_amount", "refund_amount", "out_of_band_amount", "refunds", "metadata", "memo"],
  );
  const invoice = known(world, "invoice", body.invoice);
  const amounts = ["amount", "credit_amount", "refund_amount", "out_of_band_amount"]
    .map((name) => [name, amountIn(body, name)] as const)
    .filter(([, amount]) => amount !== undefined);
  const metadata = metadataIn(body);
  return createCreditNote(byItself(world, invoice), {
    invoice: invoice.id,
    ...Object.fromEntries(amounts),
    ...(Array.isArray(body.refunds) ? { refunds: body.refunds as Stripe.CreditNoteCreateParams.Refund[] } : {}),
    ...(metadata === undefined ? {} : { metadata }),
    ...(typeof body.memo === "string" ? { memo: body.memo } : {}),
  });
}
