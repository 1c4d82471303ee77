/** Transfers to connected accounts, and their reversals. https://docs.stripe.com/api/transfers */

import type Stripe from "stripe";

import { refundFee, requireDestination, reverse } from "../connect.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { invalidRequest } from "../errors.ts";
import { listPage } from "../lists.ts";
import { printMoney } from "../money.ts";
import { expand, flag, integer, metadata, oneOf, paging, range, type Spec, text } from "../params.ts";
import { idOf } from "../resources.ts";
import { transfer } from "../shapes/connect.ts";
import { birthIn, type Context, emit, mergeMetadata, need, onPlatform, save } from "../world.ts";

const createParams: Spec<Stripe.TransferCreateParams> = {
  fields: {
    amount: integer({ minimum: 1 }),
    currency: text(),
    description: text(),
    destination: text(),
    expand,
    metadata,
    source_transaction: text(),
    source_type: oneOf("bank_account", "card", "fpx"),
    transfer_group: text(),
  },
  required: ["currency", "destination"],
};

export const transferEndpoints: Endpoint[] = [
  endpoint<Stripe.TransferCreateParams>({ method: "POST", path: "/v1/transfers", params: createParams, run: create }),
  endpoint<Stripe.TransferListParams>({
    method: "GET",
    path: "/v1/transfers",
    params: { fields: { created: range, destination: text(), expand, transfer_group: text(), ...paging } },
    run: list,
  }),
  endpoint<Stripe.TransferRetrieveParams>({
    method: "GET",
    path: "/v1/transfers/:transfer",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "transfer", id, "id"),
  }),
  endpoint<Stripe.TransferUpdateParams>({
    method: "POST",
    path: "/v1/transfers/:transfer",
    params: { fields: { description: text(), expand, metadata } },
    run: update,
  }),
  endpoint<Stripe.TransferCreateReversalParams>({
    method: "POST",
    path: "/v1/transfers/:id/reversals",
    params: {
      fields: {
        amount: integer({ minimum: 1 }),
        description: text(),
        expand,
        metadata,
        refund_application_fee: flag,
      },
    },
    run: createReversal,
  }),
  endpoint<Stripe.TransferListReversalsParams>({
    method: "GET",
    path: "/v1/transfers/:id/reversals",
    params: { fields: { expand, ...paging } },
    run: (context, params, id) => {
      const sent = need(context, "transfer", id, "id");
      const reversals = context.world.store.where("transfer_reversal", "transfer", sent.id);
      return listPage(context, `/v1/transfers/${id}/reversals`, reversals, params);
    },
  }),
  endpoint<Stripe.TransferRetrieveReversalParams>({
    method: "GET",
    path: "/v1/transfers/:transfer/reversals/:id",
    params: { fields: { expand } },
    run: (context, _params, _transfer, id) => need(context, "transfer_reversal", id, "id"),
  }),
];

/** Separate charges and transfers: https://docs.stripe.com/connect/separate-charges-and-transfers */
function create(context: Context, params: Stripe.TransferCreateParams): Stripe.Transfer {
  requireDestination(context, params.destination, "destination");
  const source = params.source_transaction === undefined ? null : sourceOf(context, params.source_transaction);
  const amount = params.amount ?? source?.amount_captured;
  if (amount === undefined) {
    throw invalidRequest("Missing required param: amount.", { code: "parameter_missing", param: "amount" });
  }
  const currency = params.currency.toLowerCase();
  if (source !== null) requireWithinSource(context, source, amount, currency);
  const group = params.transfer_group ?? source?.transfer_group ?? (source === null ? null : `group_${source.id}`);
  const made = transfer(birthIn(context), {
    amount,
    currency,
    description: params.description ?? null,
    destination: params.destination,
    metadata: mergeMetadata(null, params.metadata),
    source_transaction: source?.id ?? null,
    transfer_group: group,
  });
  save(context, made);
  if (source !== null && source.transfer_group === null) {
    source.transfer_group = group;
    save(context, source);
  }
  emit(context, "transfer.created", made);
  return made;
}

function sourceOf(context: Context, id: string): Stripe.Charge {
  const source = need(context, "charge", id, "source_transaction");
  if (source.captured && source.status === "succeeded") return source;
  throw invalidRequest(`Charge ${id} has not been captured, so it cannot be the source of a transfer.`, {
    param: "source_transaction",
  });
}

function requireWithinSource(context: Context, source: Stripe.Charge, amount: number, currency: string): void {
  if (currency !== source.currency) {
    throw invalidRequest(
      `The currency of source_transaction's balance transaction (${source.currency}) must be used.`,
      {
        param: "currency",
      },
    );
  }
  const already = context.world.store
    .where("transfer", "source_transaction", source.id)
    .reduce((sum, sent) => sum + sent.amount - sent.amount_reversed, 0);
  if (already + amount <= source.amount_captured) return;
  throw invalidRequest(
    `Transfers using this transaction as a source must not exceed the source amount of ${printMoney(source.amount_captured, source.currency)}. (There is already a transfer using this source, amounting to ${printMoney(already, source.currency)}.)`,
    { param: "amount" },
  );
}

function list(context: Context, params: Stripe.TransferListParams) {
  const { store } = context.world;
  const { destination, transfer_group: group } = params;
  let transfers: Stripe.Transfer[];
  if (group !== undefined) transfers = store.where("transfer", "transfer_group", group);
  else if (destination !== undefined) transfers = store.where("transfer", "destination", destination);
  else transfers = store.all("transfer");
  const wanted = transfers.filter((sent) => destination === undefined || idOf(sent.destination) === destination);
  return listPage(context, "/v1/transfers", wanted, params);
}

function update(context: Context, params: Stripe.TransferUpdateParams, id: string): Stripe.Transfer {
  const sent = need(context, "transfer", id, "id");
  const previous = { description: sent.description, metadata: sent.metadata };
  if (params.description !== undefined) sent.description = params.description;
  sent.metadata = mergeMetadata(sent.metadata, params.metadata);
  save(context, sent);
  emit(context, "transfer.updated", sent, previous);
  return sent;
}

export function createReversal(
  context: Context,
  params: Stripe.TransferCreateReversalParams,
  id: string,
): Stripe.TransferReversal {
  const sent = need(context, "transfer", id, "id");
  const left = sent.amount - sent.amount_reversed;
  if (left <= 0) throw invalidRequest(`Transfer ${id} is already fully reversed.`, { param: "id" });
  const amount = params.amount ?? left;
  if (amount > left) {
    throw invalidRequest(
      `Transfer reversal amount (${printMoney(amount, sent.currency)}) is greater than unreversed amount on transfer (${printMoney(left, sent.currency)})`,
      { param: "amount" },
    );
  }
  if (params.refund_application_fee === true) returnFee(context, sent, amount);
  return reverse(context, sent, amount, { metadata: mergeMetadata(null, params.metadata) });
}

/** In proportion to what is reversed. */
function returnFee(context: Context, sent: Stripe.Transfer, amount: number): void {
  const { store } = onPlatform(context).world;
  const charge = store.get("charge", idOf(sent.source_transaction));
  const fee = store.get("application_fee", idOf(charge?.application_fee));
  if (fee === undefined) {
    throw invalidRequest(`Attempting to refund_application_fee on ${sent.id}, but it has no application fee`, {
      param: "refund_application_fee",
    });
  }
  const share = Math.round((fee.amount * amount) / sent.amount);
  refundFee(context, fee, Math.min(share, fee.amount - fee.amount_refunded), {});
}
