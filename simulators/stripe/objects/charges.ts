/** Charges, read; captured by their payment intent or directly. https://docs.stripe.com/api/charges */

import type Stripe from "stripe";

import { type Endpoint, endpoint } from "../endpoint.ts";
import { invalidRequest } from "../errors.ts";
import { listPage } from "../lists.ts";
import { expand, integer, metadata, paging, range, searching, text, unmodelled } from "../params.ts";
import { idOf } from "../resources.ts";
import { search } from "../search.ts";
import { type Context, emit, mergeMetadata, need, save } from "../world.ts";
import { captureIntent } from "./authorisations.ts";

export const chargeEndpoints: Endpoint[] = [
  endpoint<Stripe.ChargeSearchParams>({
    method: "GET",
    path: "/v1/charges/search",
    params: { fields: searching, required: ["query"] },
    run: (context, params) => search(context, "charge", "/v1/charges/search", params),
  }),
  endpoint<Stripe.ChargeListParams>({
    method: "GET",
    path: "/v1/charges",
    params: {
      fields: {
        created: range,
        customer: text(),
        payment_intent: text(),
        expand,
        transfer_group: text(),
        ...paging,
      },
    },
    run: list,
  }),
  endpoint<Stripe.ChargeRetrieveParams>({
    method: "GET",
    path: "/v1/charges/:charge",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "charge", id, "id"),
  }),
  endpoint<Stripe.ChargeUpdateParams>({
    method: "POST",
    path: "/v1/charges/:charge",
    params: {
      fields: {
        description: text({ emptyable: true }),
        expand,
        metadata,
        ...unmodelled("customer fraud_details receipt_email shipping transfer_group"),
      },
    },
    run: update,
  }),
  endpoint<Stripe.ChargeCaptureParams>({
    method: "POST",
    path: "/v1/charges/:charge/capture",
    params: {
      fields: {
        amount: integer({ minimum: 1 }),
        expand,
        ...unmodelled(
          "application_fee application_fee_amount receipt_email statement_descriptor",
          "statement_descriptor_suffix transfer_data transfer_group",
        ),
      },
    },
    run: capture,
  }),
];

function list(context: Context, params: Stripe.ChargeListParams) {
  const { store } = context.world;
  let charges: Stripe.Charge[];
  if (params.payment_intent !== undefined) charges = store.where("charge", "payment_intent", params.payment_intent);
  else if (params.customer !== undefined) charges = store.where("charge", "customer", params.customer);
  else charges = store.all("charge");
  const { customer, transfer_group: group } = params;
  if (group !== undefined) charges = charges.filter((charge) => charge.transfer_group === group);
  if (customer !== undefined) charges = charges.filter((charge) => charge.customer === customer);
  return listPage(context, "/v1/charges", charges, params);
}

function update(context: Context, params: Stripe.ChargeUpdateParams, id: string): Stripe.Charge {
  const charge = need(context, "charge", id, "id");
  const previous = { metadata: charge.metadata, description: charge.description };
  charge.metadata = mergeMetadata(charge.metadata, params.metadata);
  if (params.description !== undefined) charge.description = params.description || null;
  save(context, charge);
  emit(context, "charge.updated", charge, previous);
  return charge;
}

function capture(context: Context, params: Stripe.ChargeCaptureParams, id: string): Stripe.Charge {
  const charge = need(context, "charge", id, "id");
  if (charge.captured)
    throw invalidRequest(`Charge ${id} has already been captured.`, { code: "charge_already_captured" });
  const intent = context.world.store.get("payment_intent", idOf(charge.payment_intent));
  if (intent === undefined || intent.status !== "requires_capture") {
    throw invalidRequest(`Charge ${id} cannot be captured.`, { code: "charge_expired_for_capture" });
  }
  const amount = params.amount ?? intent.amount_capturable;
  if (amount > intent.amount_capturable) {
    throw invalidRequest("The amount to capture is greater than the amount that was authorized.", {
      code: "amount_too_large",
      param: "amount",
    });
  }
  captureIntent(context, intent, amount);
  return charge;
}
