/** Invoices, and the payment of one. https://docs.stripe.com/api/invoices */

import type Stripe from "stripe";

import { type Endpoint, endpoint } from "../endpoint.ts";
import { invalidRequest } from "../errors.ts";
import { listPage } from "../lists.ts";
import {
  anyOf,
  expand,
  flag,
  integer,
  metadata,
  oneOf,
  paging,
  range,
  type Spec,
  searching,
  text,
  unmodelled,
} from "../params.ts";
import { idOf, subscriptionOf } from "../resources.ts";
import { search } from "../search.ts";
import { invoice as invoiceShape } from "../shapes/billing.ts";
import { requireOwn, resolvePaymentMethod } from "../usable-methods.ts";
import { birthIn, type Context, emit, mergeMetadata, need, save } from "../world.ts";
import { attemptInvoice, cancelOpenPayments, intentOf, markPaid } from "./invoice-collection.ts";
import { dropPendingUpdate, subscriptionAwaiting } from "./pending-updates.ts";

const createParams: Spec<Stripe.InvoiceCreateParams> = {
  fields: {
    auto_advance: flag,
    collection_method: oneOf("charge_automatically", "send_invoice"),
    currency: text(),
    customer: text(),
    days_until_due: integer({ minimum: 0 }),
    default_payment_method: text(),
    description: text(),
    expand,
    metadata,
    number: text(),
    subscription: text(),
    ...unmodelled(
      "account_tax_ids application_fee_amount automatic_tax automatically_finalizes_at custom_fields",
      "customer_account default_source default_tax_rates discounts due_date effective_at footer",
      "from_invoice issuer on_behalf_of payment_settings pending_invoice_items_behavior rendering",
      "shipping_cost shipping_details statement_descriptor transfer_data",
    ),
  },
  required: ["customer"],
};

const updateParams: Spec<Stripe.InvoiceUpdateParams> = {
  fields: {
    auto_advance: flag,
    default_payment_method: text(),
    description: text({ emptyable: true }),
    expand,
    metadata,
    ...unmodelled(
      "account_tax_ids application_fee_amount automatic_tax automatically_finalizes_at collection_method",
      "custom_fields days_until_due default_source default_tax_rates discounts due_date effective_at footer issuer",
      "number on_behalf_of payment_settings rendering shipping_cost shipping_details statement_descriptor",
      "transfer_data",
    ),
  },
};

/** No `metadata`: Stripe's pay takes none. */
const payParams: Spec<Stripe.InvoicePayParams> = {
  fields: {
    expand,
    off_session: anyOf(flag, oneOf("one_off", "recurring")),
    paid_out_of_band: flag,
    payment_method: text(),
    ...unmodelled("forgive mandate source"),
  },
};

const listParams: Spec<Stripe.InvoiceListParams> = {
  fields: {
    collection_method: oneOf("charge_automatically", "send_invoice"),
    created: range,
    customer: text(),
    expand,
    status: oneOf("draft", "open", "paid", "uncollectible", "void"),
    subscription: text(),
    ...paging,
    ...unmodelled("customer_account due_date"),
  },
};

export const invoiceEndpoints: Endpoint[] = [
  endpoint<Stripe.InvoiceSearchParams>({
    method: "GET",
    path: "/v1/invoices/search",
    params: { fields: searching, required: ["query"] },
    run: (context, params) => search(context, "invoice", "/v1/invoices/search", params),
  }),
  endpoint<Stripe.InvoiceCreateParams>({ method: "POST", path: "/v1/invoices", params: createParams, run: create }),
  endpoint<Stripe.InvoiceListParams>({ method: "GET", path: "/v1/invoices", params: listParams, run: list }),
  endpoint<Stripe.InvoiceRetrieveParams>({
    method: "GET",
    path: "/v1/invoices/:invoice",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "invoice", id, "invoice"),
  }),
  endpoint<Stripe.InvoiceUpdateParams>({
    method: "POST",
    path: "/v1/invoices/:invoice",
    params: updateParams,
    run: update,
  }),
  endpoint<Stripe.InvoicePayParams>({ method: "POST", path: "/v1/invoices/:invoice/pay", params: payParams, run: pay }),
  endpoint<Stripe.InvoiceFinalizeInvoiceParams>({
    method: "POST",
    path: "/v1/invoices/:invoice/finalize",
    params: { fields: { auto_advance: flag, expand } },
    run: finalizeOnRequest,
  }),
  endpoint<Stripe.InvoiceVoidInvoiceParams>({
    method: "POST",
    path: "/v1/invoices/:invoice/void",
    params: { fields: { expand } },
    run: (context, _params, id) => close(context, id, "void"),
  }),
  endpoint<Stripe.InvoiceMarkUncollectibleParams>({
    method: "POST",
    path: "/v1/invoices/:invoice/mark_uncollectible",
    params: { fields: { expand } },
    run: (context, _params, id) => close(context, id, "uncollectible"),
  }),
];

function create(context: Context, params: Stripe.InvoiceCreateParams): Stripe.Invoice {
  const customer = need(context, "customer", params.customer ?? "", "customer");
  const subscription =
    params.subscription === undefined ? null : need(context, "subscription", params.subscription, "subscription");
  const invoice = invoiceShape(birthIn(context), {
    status: "draft",
    auto_advance: params.auto_advance ?? false,
    collection_method: params.collection_method ?? "charge_automatically",
    currency: params.currency?.toLowerCase() ?? "usd",
    customer: customer.id,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    default_payment_method: params.default_payment_method ?? null,
    description: params.description ?? null,
    metadata: mergeMetadata(null, params.metadata),
    number: params.number ?? null,
    parent:
      subscription === null
        ? null
        : {
            quote_details: null,
            subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
            type: "subscription_details",
          },
  });
  save(context, invoice);
  emit(context, "invoice.created", invoice);
  return invoice;
}

function list(context: Context, params: Stripe.InvoiceListParams) {
  const { store } = context.world;
  const { customer, subscription, status, collection_method: method } = params;
  let invoices: Stripe.Invoice[];
  if (subscription !== undefined) invoices = store.where("invoice", "subscription", subscription);
  else if (customer !== undefined) invoices = store.where("invoice", "customer", customer);
  else invoices = store.all("invoice");
  const wanted = invoices.filter(
    (invoice) =>
      (customer === undefined || idOf(invoice.customer) === customer) &&
      (status === undefined || invoice.status === status) &&
      (method === undefined || invoice.collection_method === method),
  );
  return listPage(context, "/v1/invoices", wanted, params);
}

function update(context: Context, params: Stripe.InvoiceUpdateParams, id: string): Stripe.Invoice {
  const invoice = need(context, "invoice", id, "invoice");
  const previous = { metadata: invoice.metadata };
  invoice.metadata = mergeMetadata(invoice.metadata, params.metadata);
  if (params.auto_advance !== undefined) invoice.auto_advance = params.auto_advance;
  if (params.description !== undefined) invoice.description = params.description || null;
  if (params.default_payment_method !== undefined) {
    invoice.default_payment_method = requireOwn(context, params.default_payment_method, idOf(invoice.customer));
  }
  save(context, invoice);
  emit(context, "invoice.updated", invoice, previous);
  return invoice;
}

function finalizeOnRequest(context: Context, params: Stripe.InvoiceFinalizeInvoiceParams, id: string): Stripe.Invoice {
  const invoice = need(context, "invoice", id, "invoice");
  if (invoice.status !== "draft") {
    throw invalidRequest("This invoice is already finalized, you can't re-finalize a non-draft invoice.", {
      code: "invoice_already_finalized",
    });
  }
  if (params.auto_advance !== undefined) invoice.auto_advance = params.auto_advance;
  finalize(context, invoice);
  return invoice;
}

/** Gives the invoice its number and the payment intent that pays it, linked by an invoice payment. */
export function finalize(context: Context, invoice: Stripe.Invoice): void {
  const { store, clock } = context.world;
  const customer = store.get("customer", idOf(invoice.customer));
  if (invoice.number === null && customer !== undefined) {
    const sequence = customer.next_invoice_sequence ?? 1;
    invoice.number = `${customer.invoice_prefix ?? "STANDIN"}-${String(sequence).padStart(4, "0")}`;
    customer.next_invoice_sequence = sequence + 1;
    save(context, customer);
  }
  invoice.status = "open";
  invoice.status_transitions.finalized_at = clock.nowSeconds();
  invoice.effective_at = clock.nowSeconds();
  save(context, invoice);
  emit(context, "invoice.finalized", invoice);
  if (invoice.amount_remaining > 0) intentOf(context, invoice);
  else markPaid(context, invoice, 0);
}

export function pay(context: Context, params: Stripe.InvoicePayParams, id: string): Stripe.Invoice {
  const invoice = need(context, "invoice", id, "invoice");
  if (invoice.status === "paid") throw invalidRequest("Invoice is already paid");
  if (invoice.status === "void") throw invalidRequest("This invoice has been voided and can't be paid.");
  if (invoice.status === "draft") finalize(context, invoice);
  if (invoice.status === "paid") return invoice;
  if (params.paid_out_of_band === true) {
    invoice.amount_paid_off_stripe = invoice.amount_remaining;
    markPaid(context, invoice, invoice.amount_remaining);
    cancelOpenPayments(context, invoice);
    return invoice;
  }
  const methodId = methodFor(context, invoice, params.payment_method);
  attemptInvoice(context, invoice, methodId, "manual");
  return invoice;
}

/** The order in which Stripe looks: given, invoice, subscription, customer. */
export function methodFor(context: Context, invoice: Stripe.Invoice, given?: string): string {
  const customerId = idOf(invoice.customer);
  if (given !== undefined) return resolvePaymentMethod(context, given, customerId);
  const methodId = idOf(invoice.default_payment_method);
  if (methodId !== null) return methodId;
  const subscription = context.world.store.get("subscription", subscriptionOf(invoice));
  return methodOf(context, {
    customer: customerId,
    default_payment_method: subscription?.default_payment_method ?? null,
  });
}

type Payer = { customer: Stripe.Invoice["customer"]; default_payment_method: string | Stripe.PaymentMethod | null };

export function hasMethod(context: Context, payer: Payer): boolean {
  return defaultMethodOf(context, payer) !== null;
}

function defaultMethodOf(context: Context, payer: Payer): string | null {
  const customer = context.world.store.get("customer", idOf(payer.customer));
  return idOf(payer.default_payment_method) ?? idOf(customer?.invoice_settings.default_payment_method);
}

/** What a subscription is paid with, or Stripe's 400. */
export function methodOf(context: Context, payer: Payer): string {
  const methodId = defaultMethodOf(context, payer);
  if (methodId !== null) return methodId;
  throw invalidRequest(
    "This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.",
    { code: "resource_missing" },
  );
}

export function close(context: Context, id: string, status: "void" | "uncollectible"): Stripe.Invoice {
  const invoice = need(context, "invoice", id, "invoice");
  const allowed = status === "void" ? ["open", "uncollectible"] : ["open"];
  if (!allowed.includes(invoice.status ?? "")) {
    throw invalidRequest(
      `You can only pass in ${allowed.join(" or ")} invoices. This invoice isn't ${allowed.join(" or ")}.`,
      {
        param: "invoice",
      },
    );
  }
  invoice.status = status;
  const now = context.world.clock.nowSeconds();
  if (status === "void") invoice.status_transitions.voided_at = now;
  else invoice.status_transitions.marked_uncollectible_at = now;
  save(context, invoice);
  emit(context, status === "void" ? "invoice.voided" : "invoice.marked_uncollectible", invoice);
  if (status === "void") cancelOpenPayments(context, invoice);
  const awaiting = status === "void" ? subscriptionAwaiting(context, invoice) : undefined;
  if (awaiting !== undefined) dropPendingUpdate(context, awaiting, false);
  return invoice;
}
