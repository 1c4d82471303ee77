/** Disputes: read by API callers, moved by the bank. https://docs.stripe.com/disputes/how-disputes-work */

import type Stripe from "stripe";

import { type Endpoint, endpoint } from "../endpoint.ts";
import { listPage } from "../lists.ts";
import { expand, metadata, paging, range, text, unmodelled } from "../params.ts";
import { moveAvailable } from "../payments.ts";
import { idOf } from "../resources.ts";
import { balanceTransaction } from "../shapes/payments.ts";
import { isRefundableIn } from "../shapes/risk.ts";
import { birthIn, type Context, emit, mergeMetadata, need, save, snapshot } from "../world.ts";

/** Of the SDK's `Dispute.Status`, without the appeals, which are for accounts that Stripe invites. */
export const DISPUTE_STATUSES = [
  "warning_needs_response",
  "warning_under_review",
  "warning_closed",
  "needs_response",
  "under_review",
  "won",
  "lost",
  "prevented",
] as const;
export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];

const CLOSED: readonly string[] = ["warning_closed", "won", "lost", "prevented"];
/** Stripe's list price for a chargeback in the US. */
const FEE_MINOR = 1500;

export const disputeEndpoints: Endpoint[] = [
  endpoint<Stripe.DisputeListParams>({
    method: "GET",
    path: "/v1/disputes",
    params: { fields: { charge: text(), created: range, expand, payment_intent: text(), ...paging } },
    run: list,
  }),
  endpoint<Stripe.DisputeRetrieveParams>({
    method: "GET",
    path: "/v1/disputes/:dispute",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "dispute", id, "dispute"),
  }),
  endpoint<Stripe.DisputeUpdateParams>({
    method: "POST",
    path: "/v1/disputes/:dispute",
    params: { fields: { expand, metadata, ...unmodelled("evidence intended_submission_method submit") } },
    run: update,
  }),
];

function list(context: Context, params: Stripe.DisputeListParams) {
  const { store } = context.world;
  const { charge, payment_intent: intent } = params;
  let disputes: Stripe.Dispute[];
  if (charge !== undefined) disputes = store.where("dispute", "charge", charge);
  else if (intent !== undefined) disputes = store.where("dispute", "payment_intent", intent);
  else disputes = store.all("dispute");
  const wanted = disputes.filter((dispute) => intent === undefined || idOf(dispute.payment_intent) === intent);
  return listPage(context, "/v1/disputes", wanted, params);
}

function update(context: Context, params: Stripe.DisputeUpdateParams, id: string): Stripe.Dispute {
  const dispute = need(context, "dispute", id, "dispute");
  const previous = { metadata: dispute.metadata };
  dispute.metadata = mergeMetadata(dispute.metadata, params.metadata);
  save(context, dispute);
  emit(context, "charge.dispute.updated", dispute, previous);
  return dispute;
}

export interface DisputeMove {
  status: DisputeStatus;
  /** Without it, as the status says. */
  isChargeRefundable?: boolean;
}

/** The bank or the card network moves a dispute on: its funds, and the events in Stripe's order. */
export function moveDispute(context: Context, dispute: Stripe.Dispute, move: DisputeMove): Stripe.Dispute {
  const previous = { status: dispute.status, is_charge_refundable: dispute.is_charge_refundable };
  const before = snapshot(dispute);
  dispute.status = move.status;
  dispute.is_charge_refundable = move.isChargeRefundable ?? isRefundableIn(move.status);
  const isInquiry = move.status.startsWith("warning_");
  if (dispute.payment_method_details?.card !== undefined && !isInquiry) {
    dispute.payment_method_details.card.case_type = "chargeback";
  }
  const funds = fundsOf(before, move.status);
  if (funds !== null) moveFunds(context, dispute, funds);
  save(context, dispute);
  emit(context, "charge.dispute.updated", dispute, previous);
  if (funds !== null) emit(context, `charge.dispute.funds_${funds}`, dispute);
  if (CLOSED.includes(move.status)) emit(context, "charge.dispute.closed", dispute, previous);
  return dispute;
}

/** The events of a new dispute, and its funds. */
export function opened(context: Context, dispute: Stripe.Dispute): Stripe.Dispute {
  const isTaken = ["needs_response", "under_review", "lost"].includes(dispute.status);
  if (isTaken) moveFunds(context, dispute, "withdrawn");
  save(context, dispute);
  emit(context, "charge.dispute.created", dispute);
  if (isTaken) emit(context, "charge.dispute.funds_withdrawn", dispute);
  return dispute;
}

type Funds = "withdrawn" | "reinstated";

/** An inquiry leaves the money; a chargeback takes it when it begins, and only a win brings it back. */
function fundsOf(before: Stripe.Dispute, status: DisputeStatus): Funds | null {
  const wasInquiry = before.status.startsWith("warning_");
  if (wasInquiry && ["needs_response", "under_review", "lost"].includes(status)) return "withdrawn";
  const wasTaken = !wasInquiry && before.status !== "won" && before.status !== "prevented";
  return wasTaken && status === "won" ? "reinstated" : null;
}

function moveFunds(context: Context, dispute: Stripe.Dispute, funds: Funds): void {
  const isTaken = funds === "withdrawn";
  const amount = isTaken ? -dispute.amount : dispute.amount;
  const transaction = balanceTransaction(birthIn(context), {
    amount,
    currency: dispute.currency,
    description: `Chargeback ${isTaken ? "withdrawal" : "reversal"} for ${idOf(dispute.charge)}`,
    fee: isTaken ? FEE_MINOR : 0,
    source: dispute.id,
    type: "adjustment",
    reporting_category: isTaken ? "dispute" : "dispute_reversal",
  });
  save(context, transaction);
  dispute.balance_transactions.push(snapshot(transaction));
  moveAvailable(context, dispute.currency, transaction.net);
}
