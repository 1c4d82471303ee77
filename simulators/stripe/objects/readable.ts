/** What is only read: balance, events, early fraud warnings, prices, products. */

import type Stripe from "stripe";

import { type Endpoint, endpoint } from "../endpoint.ts";
import { listPage } from "../lists.ts";
import { expand, listOf, paging, range, text, unmodelled } from "../params.ts";
import { type Context, need } from "../world.ts";

export const readableEndpoints: Endpoint[] = [
  endpoint<Stripe.Radar.EarlyFraudWarningListParams>({
    method: "GET",
    path: "/v1/radar/early_fraud_warnings",
    params: { fields: { charge: text(), created: range, expand, payment_intent: text(), ...paging } },
    run: (context, params) => listPage(context, "/v1/radar/early_fraud_warnings", warningsOf(context, params), params),
  }),
  endpoint<Stripe.Radar.EarlyFraudWarningRetrieveParams>({
    method: "GET",
    path: "/v1/radar/early_fraud_warnings/:early_fraud_warning",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "radar.early_fraud_warning", id, "early_fraud_warning"),
  }),
  endpoint<Stripe.BalanceRetrieveParams>({
    method: "GET",
    path: "/v1/balance",
    params: { fields: { expand } },
    run: balance,
  }),
  endpoint<Stripe.BalanceTransactionListParams>({
    method: "GET",
    path: "/v1/balance_transactions",
    params: {
      fields: {
        created: range,
        currency: text(),
        expand,
        source: text(),
        type: text(),
        ...paging,
        ...unmodelled("payout"),
      },
    },
    run: listTransactions,
  }),
  endpoint<Stripe.BalanceTransactionRetrieveParams>({
    method: "GET",
    path: "/v1/balance_transactions/:id",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "balance_transaction", id, "id"),
  }),
  endpoint<Stripe.EventListParams>({
    method: "GET",
    path: "/v1/events",
    params: {
      fields: {
        created: range,
        expand,
        type: text(),
        types: listOf(text()),
        ...paging,
        ...unmodelled("delivery_success"),
      },
    },
    run: listEvents,
  }),
  endpoint<Stripe.EventRetrieveParams>({
    method: "GET",
    path: "/v1/events/:id",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "event", id, "id"),
  }),
  endpoint<Stripe.PriceRetrieveParams>({
    method: "GET",
    path: "/v1/prices/:price",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "price", id, "price"),
  }),
  endpoint<Stripe.ProductRetrieveParams>({
    method: "GET",
    path: "/v1/products/:id",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "product", id, "id"),
  }),
];

function warningsOf(context: Context, params: Stripe.Radar.EarlyFraudWarningListParams) {
  const { store } = context.world;
  const name = "radar.early_fraud_warning";
  if (params.charge !== undefined) return store.where(name, "charge", params.charge);
  if (params.payment_intent !== undefined) return store.where(name, "payment_intent", params.payment_intent);
  return store.all(name);
}

function balance(context: Context): Stripe.Balance {
  const available = [...context.world.availableMinorByCurrency].map(([currency, amount]) => ({
    amount,
    currency,
    source_types: { card: amount },
  }));
  return { object: "balance", available, livemode: context.livemode, pending: [] };
}

function listTransactions(context: Context, params: Stripe.BalanceTransactionListParams) {
  const { store } = context.world;
  const all =
    params.source === undefined
      ? store.all("balance_transaction")
      : store.where("balance_transaction", "source", params.source);
  const wanted = all.filter(
    (transaction) =>
      (params.type === undefined || transaction.type === params.type) &&
      (params.currency === undefined || transaction.currency === params.currency),
  );
  return listPage(context, "/v1/balance_transactions", wanted, params);
}

/** `type` may end in a star: `invoice.*`. */
function listEvents(context: Context, params: Stripe.EventListParams) {
  const wantedTypes = params.types ?? (params.type === undefined ? undefined : [params.type]);
  const events = context.world.store
    .all("event")
    .filter((event) => wantedTypes?.some((type) => isOfType(event.type, type)) ?? true);
  return listPage(context, "/v1/events", events, params);
}

function isOfType(type: string, pattern: string): boolean {
  return pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}
