/** Invoice payments: what links an invoice to a payment intent. https://docs.stripe.com/api/invoice-payment */

import type Stripe from "stripe";

import { type Endpoint, endpoint } from "../endpoint.ts";
import { listPage } from "../lists.ts";
import { expand, oneOf, paging, range, shape, text, unmodelled } from "../params.ts";
import { idOf } from "../resources.ts";
import { type Context, need } from "../world.ts";

export const invoicePaymentEndpoints: Endpoint[] = [
  endpoint<Stripe.InvoicePaymentListParams>({
    method: "GET",
    path: "/v1/invoice_payments",
    params: {
      fields: {
        created: range,
        expand,
        invoice: text(),
        payment: shape(
          { type: oneOf("payment_intent", "payment_record"), payment_intent: text(), ...unmodelled("payment_record") },
          { required: ["type"] },
        ),
        status: oneOf("canceled", "open", "paid"),
        ...paging,
      },
    },
    run: list,
  }),
  endpoint<Stripe.InvoicePaymentRetrieveParams>({
    method: "GET",
    path: "/v1/invoice_payments/:invoice_payment",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "invoice_payment", id, "invoice_payment"),
  }),
];

function list(context: Context, params: Stripe.InvoicePaymentListParams) {
  const { store } = context.world;
  const intentId = params.payment?.payment_intent;
  let links: Stripe.InvoicePayment[];
  if (params.invoice !== undefined) links = store.where("invoice_payment", "invoice", params.invoice);
  else if (intentId !== undefined) links = store.where("invoice_payment", "payment_intent", intentId);
  else links = store.all("invoice_payment");
  const wanted = links.filter(
    (link) =>
      (intentId === undefined || idOf(link.payment.payment_intent) === intentId) &&
      (params.status === undefined || link.status === params.status),
  );
  return listPage(context, "/v1/invoice_payments", wanted, params);
}
