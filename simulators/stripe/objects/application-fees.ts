/** The platform's application fees, and their refunds. https://docs.stripe.com/api/application_fees */

import type Stripe from "stripe";

import { refundFee } from "../connect.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { invalidRequest } from "../errors.ts";
import { listPage } from "../lists.ts";
import { printMoney } from "../money.ts";
import { expand, integer, metadata, paging, range, text } from "../params.ts";
import { idOf } from "../resources.ts";
import { type Context, mergeMetadata, need } from "../world.ts";

export const applicationFeeEndpoints: Endpoint[] = [
  endpoint<Stripe.ApplicationFeeListParams>({
    method: "GET",
    path: "/v1/application_fees",
    params: { fields: { charge: text(), created: range, expand, ...paging } },
    run: list,
  }),
  endpoint<Stripe.ApplicationFeeRetrieveParams>({
    method: "GET",
    path: "/v1/application_fees/:id",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "application_fee", id, "id"),
  }),
  endpoint<Stripe.ApplicationFeeListRefundsParams>({
    method: "GET",
    path: "/v1/application_fees/:id/refunds",
    params: { fields: { expand, ...paging } },
    run: (context, params, id) => {
      const fee = need(context, "application_fee", id, "id");
      const refunds = context.world.store.where("fee_refund", "fee", fee.id);
      return listPage(context, `/v1/application_fees/${id}/refunds`, refunds, params);
    },
  }),
  endpoint<Stripe.ApplicationFeeCreateRefundParams>({
    method: "POST",
    path: "/v1/application_fees/:id/refunds",
    params: { fields: { amount: integer({ minimum: 1 }), expand, metadata } },
    run: createFeeRefund,
  }),
  endpoint<Stripe.ApplicationFeeRetrieveRefundParams>({
    method: "GET",
    path: "/v1/application_fees/:fee/refunds/:id",
    params: { fields: { expand } },
    run: (context, _params, _fee, id) => need(context, "fee_refund", id, "id"),
  }),
];

function list(context: Context, params: Stripe.ApplicationFeeListParams) {
  const fees = context.world.store
    .all("application_fee")
    .filter(
      (fee) =>
        params.charge === undefined ||
        idOf(fee.charge) === params.charge ||
        idOf(fee.originating_transaction) === params.charge,
    );
  return listPage(context, "/v1/application_fees", fees, params);
}

export function createFeeRefund(
  context: Context,
  params: Stripe.ApplicationFeeCreateRefundParams,
  id: string,
): Stripe.FeeRefund {
  const fee = need(context, "application_fee", id, "id");
  const left = fee.amount - fee.amount_refunded;
  if (left <= 0) throw invalidRequest(`Application fee ${id} has already been refunded.`, { param: "id" });
  const amount = params.amount ?? left;
  if (amount > left) {
    throw invalidRequest(
      `Refund amount (${printMoney(amount, fee.currency)}) is greater than unrefunded amount on application fee (${printMoney(left, fee.currency)})`,
      { param: "amount" },
    );
  }
  return refundFee(context, fee, amount, { metadata: mergeMetadata(null, params.metadata) });
}
