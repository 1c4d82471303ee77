/** Customers and their payment methods. */

import type Stripe from "stripe";

import { type Endpoint, endpoint } from "../endpoint.ts";
import { invalidRequest } from "../errors.ts";
import { listPage } from "../lists.ts";
import { expand, metadata, oneOf, paging, range, type Spec, searching, shape, text, unmodelled } from "../params.ts";
import { idOf } from "../resources.ts";
import { search } from "../search.ts";
import { BANK_DEBITS } from "../shapes/bank-debits.ts";
import { customer as customerShape } from "../shapes/billing.ts";
import { paymentMethod } from "../shapes/payments.ts";
import { attachMethod, detachMethod, isSpent, requireOwn, resolvePaymentMethod, spent } from "../usable-methods.ts";
import { birthIn, type Context, emit, mergeMetadata, need, save } from "../world.ts";

const invoiceSettings = shape({ default_payment_method: text() });

const createParams: Spec<Stripe.CustomerCreateParams> = {
  fields: {
    description: text(),
    email: text({ lengthMax: 512 }),
    expand,
    invoice_settings: invoiceSettings,
    metadata,
    name: text(),
    payment_method: text(),
    phone: text(),
    ...unmodelled(
      "address balance business_name cash_balance individual_name invoice_prefix next_invoice_sequence",
      "preferred_locales shipping source tax tax_exempt tax_id_data test_clock validate",
    ),
  },
};

const updateParams: Spec<Stripe.CustomerUpdateParams> = {
  fields: {
    description: text(),
    email: text({ lengthMax: 512 }),
    expand,
    invoice_settings: invoiceSettings,
    metadata,
    name: text(),
    phone: text(),
    ...unmodelled(
      "address balance business_name cash_balance default_source individual_name invoice_prefix",
      "next_invoice_sequence preferred_locales shipping source tax tax_exempt validate",
    ),
  },
};

export const customerEndpoints: Endpoint[] = [
  endpoint<Stripe.CustomerSearchParams>({
    method: "GET",
    path: "/v1/customers/search",
    params: { fields: searching, required: ["query"] },
    run: (context, params) => search(context, "customer", "/v1/customers/search", params),
  }),
  endpoint<Stripe.CustomerCreateParams>({ method: "POST", path: "/v1/customers", params: createParams, run: create }),
  endpoint<Stripe.CustomerListParams>({
    method: "GET",
    path: "/v1/customers",
    params: { fields: { created: range, email: text(), expand, ...paging, ...unmodelled("test_clock") } },
    run: list,
  }),
  endpoint<Stripe.CustomerRetrieveParams>({
    method: "GET",
    path: "/v1/customers/:customer",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "customer", id, "id"),
  }),
  endpoint<Stripe.CustomerUpdateParams>({
    method: "POST",
    path: "/v1/customers/:customer",
    params: updateParams,
    run: update,
  }),
  endpoint<Stripe.PaymentMethodCreateParams>({
    method: "POST",
    path: "/v1/payment_methods",
    // The other parameters belong to other kinds of methods. The stand-in supports only cards.
    params: {
      fields: {
        type: oneOf("card"),
        card: shape({ token: text() }),
        metadata,
        expand,
      } as unknown as Spec<Stripe.PaymentMethodCreateParams>["fields"],
      required: ["type"],
    },
    run: createMethod,
  }),
  endpoint<Stripe.PaymentMethodListParams>({
    method: "GET",
    path: "/v1/payment_methods",
    params: {
      fields: {
        customer: text(),
        type: oneOf("card", ...BANK_DEBITS),
        expand,
        ...paging,
        ...unmodelled("allow_redisplay customer_account"),
      },
    },
    run: (context, params) => {
      const { store } = context.world;
      const methods = params.customer === undefined ? [] : store.where("payment_method", "customer", params.customer);
      const wanted = methods.filter(({ type }) => params.type === undefined || type === params.type);
      return listPage(context, "/v1/payment_methods", wanted, params);
    },
  }),
  endpoint<Stripe.PaymentMethodRetrieveParams>({
    method: "GET",
    path: "/v1/payment_methods/:payment_method",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "payment_method", id, "payment_method"),
  }),
  endpoint<Stripe.PaymentMethodAttachParams>({
    method: "POST",
    path: "/v1/payment_methods/:payment_method/attach",
    params: { fields: { customer: text(), expand, ...unmodelled("customer_account") }, required: ["customer"] },
    run: attach,
  }),
  endpoint<Stripe.PaymentMethodDetachParams>({
    method: "POST",
    path: "/v1/payment_methods/:payment_method/detach",
    params: { fields: { expand } },
    run: (context, _params, id) => detachMethod(context, need(context, "payment_method", id, "payment_method")),
  }),
];

function create(context: Context, params: Stripe.CustomerCreateParams): Stripe.Customer {
  const customer = customerShape(birthIn(context), {
    description: params.description ?? null,
    email: params.email ?? null,
    metadata: mergeMetadata(null, params.metadata),
    name: params.name ?? null,
    phone: params.phone ?? null,
  });
  const attached =
    params.payment_method === undefined ? null : resolvePaymentMethod(context, params.payment_method, customer.id);
  const given = params.invoice_settings?.default_payment_method;
  // A test token that is used again names the method that it made before.
  if (given !== undefined) {
    customer.invoice_settings.default_payment_method =
      given === params.payment_method ? attached : resolvePaymentMethod(context, given, customer.id);
  }
  save(context, customer);
  emit(context, "customer.created", customer);
  return customer;
}

function update(context: Context, params: Stripe.CustomerUpdateParams, id: string): Stripe.Customer {
  const customer = need(context, "customer", id, "id");
  const previous = { metadata: customer.metadata, email: customer.email, name: customer.name };
  if (params.description !== undefined) customer.description = params.description;
  if (params.email !== undefined) customer.email = params.email;
  if (params.name !== undefined) customer.name = params.name;
  if (params.phone !== undefined) customer.phone = params.phone;
  const method = params.invoice_settings?.default_payment_method;
  if (method !== undefined)
    customer.invoice_settings.default_payment_method = requireOwn(
      context,
      resolvePaymentMethod(context, method, id),
      id,
    );
  customer.metadata = mergeMetadata(customer.metadata, params.metadata);
  save(context, customer);
  emit(context, "customer.updated", customer, previous);
  return customer;
}

function list(context: Context, params: Stripe.CustomerListParams) {
  const { store } = context.world;
  const customers = params.email === undefined ? store.all("customer") : store.where("customer", "email", params.email);
  return listPage(context, "/v1/customers", customers, params);
}

function createMethod(context: Context, params: Stripe.PaymentMethodCreateParams): Stripe.PaymentMethod {
  const method = paymentMethod(birthIn(context), { metadata: mergeMetadata(null, params.metadata) });
  save(context, method);
  return method;
}

function attach(context: Context, params: Stripe.PaymentMethodAttachParams, id: string): Stripe.PaymentMethod {
  const customer = need(context, "customer", params.customer ?? "", "customer");
  const method = need(context, "payment_method", resolvePaymentMethod(context, id, null), "payment_method");
  const owner = idOf(method.customer);
  if (owner !== null && owner !== customer.id) {
    throw invalidRequest("The payment method you provided has already been attached to a customer.", {
      param: "payment_method",
    });
  }
  if (isSpent(context, method)) throw spent();
  attachMethod(context, method, customer.id);
  return method;
}
