/** Payment intents: create, confirm, capture, cancel. https://docs.stripe.com/payments/paymentintents/lifecycle */

import type Stripe from "stripe";

import { requireSplit } from "../connect.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { invalidRequest } from "../errors.ts";
import { listPage } from "../lists.ts";
import { isCurrency } from "../money.ts";
import { expand, searching, unmodelled } from "../params.ts";
import { attemptPayment, cardError } from "../payments.ts";
import { idOf } from "../resources.ts";
import { search } from "../search.ts";
import { paymentIntent } from "../shapes/payments.ts";
import { resolvePaymentMethod } from "../usable-methods.ts";
import { birthIn, type Context, emit, mergeMetadata, need, save } from "../world.ts";
import { cancel, capture, increment, unexpectedState } from "./authorisations.ts";
import { openInvoicesOf, recordInvoiceAttempt } from "./invoice-collection.ts";
import {
  cancelParams,
  captureParams,
  confirmParams,
  createParams,
  incrementParams,
  listParams,
  updateParams,
} from "./payment-intent-params.ts";

export const paymentIntentEndpoints: Endpoint[] = [
  endpoint<Stripe.PaymentIntentSearchParams>({
    method: "GET",
    path: "/v1/payment_intents/search",
    params: { fields: searching, required: ["query"] },
    run: (context, params) => search(context, "payment_intent", "/v1/payment_intents/search", params),
  }),
  endpoint<Stripe.PaymentIntentCreateParams>({
    method: "POST",
    path: "/v1/payment_intents",
    params: createParams,
    run: create,
  }),
  endpoint<Stripe.PaymentIntentListParams>({
    method: "GET",
    path: "/v1/payment_intents",
    params: listParams,
    run: list,
  }),
  endpoint<Stripe.PaymentIntentRetrieveParams>({
    method: "GET",
    path: "/v1/payment_intents/:intent",
    params: { fields: { expand, ...unmodelled("client_secret") } },
    run: (context, _params, id) => need(context, "payment_intent", id, "intent"),
  }),
  endpoint<Stripe.PaymentIntentUpdateParams>({
    method: "POST",
    path: "/v1/payment_intents/:intent",
    params: updateParams,
    run: update,
  }),
  endpoint<Stripe.PaymentIntentConfirmParams>({
    method: "POST",
    path: "/v1/payment_intents/:intent/confirm",
    params: confirmParams,
    run: confirm,
  }),
  endpoint<Stripe.PaymentIntentCaptureParams>({
    method: "POST",
    path: "/v1/payment_intents/:intent/capture",
    params: captureParams,
    run: capture,
  }),
  endpoint<Stripe.PaymentIntentCancelParams>({
    method: "POST",
    path: "/v1/payment_intents/:intent/cancel",
    params: cancelParams,
    run: cancel,
  }),
  endpoint<Stripe.PaymentIntentIncrementAuthorizationParams>({
    method: "POST",
    path: "/v1/payment_intents/:intent/increment_authorization",
    params: incrementParams,
    run: increment,
  }),
];

function create(context: Context, params: Stripe.PaymentIntentCreateParams): Stripe.PaymentIntent {
  if (!isCurrency(params.currency)) {
    throw invalidRequest(
      `Invalid currency: ${params.currency}. Stripe currently supports these currencies: usd, eur, gbp, jpy, and others`,
      {
        param: "currency",
      },
    );
  }
  const customerId = params.customer === undefined ? null : need(context, "customer", params.customer, "customer").id;
  const methodId =
    params.payment_method === undefined ? null : resolvePaymentMethod(context, params.payment_method, customerId);
  const { amount, destination } = params.transfer_data ?? {};
  const data = destination === undefined ? null : { destination, ...(amount === undefined ? {} : { amount }) };
  requireSplit(context, {
    amount: params.amount,
    application_fee_amount: params.application_fee_amount ?? null,
    transfer_data: data,
  });
  const intent = paymentIntent(birthIn(context), {
    amount: params.amount,
    application_fee_amount: params.application_fee_amount ?? null,
    currency: params.currency.toLowerCase(),
    customer: customerId,
    payment_method: methodId,
    description: params.description ?? null,
    metadata: mergeMetadata(null, params.metadata),
    on_behalf_of: params.on_behalf_of ?? null,
    receipt_email: params.receipt_email || null,
    setup_future_usage: params.setup_future_usage ?? null,
    statement_descriptor: params.statement_descriptor ?? null,
    statement_descriptor_suffix: params.statement_descriptor_suffix ?? null,
    transfer_data: data,
    transfer_group: params.transfer_group ?? null,
    status: methodId === null ? "requires_payment_method" : "requires_confirmation",
    ...(params.capture_method === undefined ? {} : { capture_method: params.capture_method }),
    ...(params.automatic_payment_methods === undefined
      ? {}
      : { automatic_payment_methods: { allow_redirects: "always", ...params.automatic_payment_methods } }),
  });
  save(context, intent);
  emit(context, "payment_intent.created", intent);
  return params.confirm === true ? attempt(context, intent, methodId, isOffSession(params.off_session)) : intent;
}

function update(context: Context, params: Stripe.PaymentIntentUpdateParams, id: string): Stripe.PaymentIntent {
  const intent = need(context, "payment_intent", id, "intent");
  intent.metadata = mergeMetadata(intent.metadata, params.metadata);
  if (params.description !== undefined) intent.description = params.description;
  if (params.payment_method !== undefined) {
    if (!["requires_payment_method", "requires_confirmation", "requires_action"].includes(intent.status)) {
      throw unexpectedState(
        intent,
        `This PaymentIntent's payment_method could not be updated because it has a status of ${intent.status}.`,
      );
    }
    intent.payment_method = resolvePaymentMethod(context, params.payment_method, idOf(intent.customer));
    if (intent.status === "requires_payment_method") intent.status = "requires_confirmation";
  }
  save(context, intent);
  return intent;
}

export function confirm(context: Context, params: Stripe.PaymentIntentConfirmParams, id: string): Stripe.PaymentIntent {
  const intent = need(context, "payment_intent", id, "intent");
  if (!["requires_payment_method", "requires_confirmation", "requires_action"].includes(intent.status)) {
    const done =
      intent.status === "succeeded"
        ? "because it has already succeeded after being previously confirmed"
        : `because it has a status of ${intent.status}`;
    throw unexpectedState(intent, `You cannot confirm this PaymentIntent ${done}.`);
  }
  if (params.capture_method !== undefined) intent.capture_method = params.capture_method;
  const customerId = idOf(intent.customer);
  const methodId =
    params.payment_method === undefined
      ? idOf(intent.payment_method)
      : resolvePaymentMethod(context, params.payment_method, customerId);
  if (params.setup_future_usage) intent.setup_future_usage = params.setup_future_usage;
  return attempt(context, intent, methodId, isOffSession(params.off_session));
}

/** Stripe does not ask for `setup_future_usage` here: whether there was consent is the caller's to know. */
function isOffSession(given: boolean | string | undefined): boolean {
  return given !== undefined && given !== false;
}

function attempt(
  context: Context,
  intent: Stripe.PaymentIntent,
  methodId: string | null,
  offSession: boolean,
): Stripe.PaymentIntent {
  if (methodId === null) {
    throw unexpectedState(
      intent,
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
    );
  }
  const invoices = openInvoicesOf(context, intent);
  const result = attemptPayment(context, intent, methodId, { invoice: invoices[0]?.id ?? null, offSession });
  for (const invoice of invoices) recordInvoiceAttempt(context, invoice, intent, result, "manual");
  if (result.kind === "declined") throw cardError(intent, result.charge, result.decline);
  return intent;
}

function list(context: Context, params: Stripe.PaymentIntentListParams) {
  const { store } = context.world;
  const intents =
    params.customer === undefined
      ? store.all("payment_intent")
      : store.where("payment_intent", "customer", params.customer);
  return listPage(context, "/v1/payment_intents", intents, params);
}
