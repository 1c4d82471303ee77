/** Payment intents: create, confirm, capture, cancel. https://docs.stripe.com/payments/paymentintents/lifecycle */

import type Stripe from "stripe";

import { type Endpoint, endpoint } from "../endpoint.ts";
import { invalidRequest, type Refusal } from "../errors.ts";
import { listPage } from "../lists.ts";
import { isCurrency, printMoney } from "../money.ts";
import {
  anyOf,
  expand,
  flag,
  integer,
  listOf,
  metadata,
  oneOf,
  paging,
  range,
  type Spec,
  searching,
  shape,
  text,
  unmodelled,
} from "../params.ts";
import { attemptPayment, cardError, recordCharge, resolvePaymentMethod } from "../payments.ts";
import { idOf } from "../resources.ts";
import { search } from "../search.ts";
import { paymentIntent, refund } from "../shapes/payments.ts";
import { birthIn, type Context, emit, mergeMetadata, need, save, snapshot } from "../world.ts";
import { openInvoicesOf, recordInvoiceAttempt } from "./invoice-collection.ts";

const createParams: Spec<Stripe.PaymentIntentCreateParams> = {
  fields: {
    amount: integer({ minimum: 1 }),
    automatic_payment_methods: shape(
      { enabled: flag, allow_redirects: oneOf("always", "never") },
      { required: ["enabled"] },
    ),
    capture_method: oneOf("automatic", "automatic_async", "manual"),
    confirm: flag,
    currency: text(),
    customer: text(),
    description: text({ lengthMax: 1000 }),
    expand,
    metadata,
    off_session: anyOf(flag, oneOf("one_off", "recurring")),
    payment_method: text(),
    payment_method_types: listOf(text()),
    receipt_email: text({ emptyable: true }),
    return_url: text(),
    setup_future_usage: oneOf("off_session", "on_session"),
    statement_descriptor: text({ lengthMax: 22 }),
    statement_descriptor_suffix: text({ lengthMax: 22 }),
    ...unmodelled(
      "allowed_payment_method_types amount_details application_fee_amount confirmation_method",
      "confirmation_token customer_account error_on_requires_action excluded_payment_method_types",
      "hooks mandate mandate_data on_behalf_of payment_details payment_method_configuration",
      "payment_method_data payment_method_options radar_options shipping transfer_data transfer_group",
      "use_stripe_sdk",
    ),
  } as Spec<Stripe.PaymentIntentCreateParams>["fields"],
  required: ["amount", "currency"],
};

const updateParams: Spec<Stripe.PaymentIntentUpdateParams> = {
  fields: {
    description: text({ lengthMax: 1000 }),
    expand,
    metadata,
    payment_method: text(),
    ...unmodelled(
      "allowed_payment_method_types amount amount_details application_fee_amount capture_method currency customer",
      "customer_account excluded_payment_method_types hooks payment_details payment_method_configuration",
      "payment_method_data payment_method_options payment_method_types receipt_email setup_future_usage shipping",
      "statement_descriptor statement_descriptor_suffix transfer_data transfer_group",
    ),
  } as Spec<Stripe.PaymentIntentUpdateParams>["fields"],
};

const confirmParams: Spec<Stripe.PaymentIntentConfirmParams> = {
  fields: {
    capture_method: oneOf("automatic", "automatic_async", "manual"),
    expand,
    off_session: anyOf(flag, oneOf("one_off", "recurring")),
    payment_method: text(),
    receipt_email: text({ emptyable: true }),
    return_url: text(),
    setup_future_usage: oneOf("off_session", "on_session"),
    ...unmodelled(
      "allowed_payment_method_types amount_details amount_to_confirm confirmation_token",
      "error_on_requires_action excluded_payment_method_types hooks mandate mandate_data",
      "payment_details payment_method_data payment_method_options radar_options shipping",
      "use_stripe_sdk",
    ),
  },
};

const captureParams: Spec<Stripe.PaymentIntentCaptureParams> = {
  fields: {
    amount_to_capture: integer({ minimum: 1 }),
    expand,
    final_capture: flag,
    metadata,
    statement_descriptor: text({ lengthMax: 22 }),
    statement_descriptor_suffix: text({ lengthMax: 22 }),
    ...unmodelled("amount_details application_fee_amount hooks payment_details transfer_data"),
  },
};

const cancelParams: Spec<Stripe.PaymentIntentCancelParams> = {
  fields: {
    cancellation_reason: oneOf("abandoned", "duplicate", "fraudulent", "requested_by_customer"),
    expand,
  },
};

const listParams: Spec<Stripe.PaymentIntentListParams> = {
  fields: { created: range, customer: text(), expand, ...paging, ...unmodelled("customer_account") },
};

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
  const intent = paymentIntent(birthIn(context), {
    amount: params.amount,
    currency: params.currency.toLowerCase(),
    customer: customerId,
    payment_method: methodId,
    description: params.description ?? null,
    metadata: mergeMetadata(null, params.metadata),
    receipt_email: params.receipt_email || null,
    setup_future_usage: params.setup_future_usage ?? null,
    statement_descriptor: params.statement_descriptor ?? null,
    statement_descriptor_suffix: params.statement_descriptor_suffix ?? null,
    status: methodId === null ? "requires_payment_method" : "requires_confirmation",
    ...(params.capture_method === undefined ? {} : { capture_method: params.capture_method }),
    ...(params.automatic_payment_methods === undefined
      ? {}
      : { automatic_payment_methods: { allow_redirects: "always", ...params.automatic_payment_methods } }),
  });
  save(context, intent);
  emit(context, "payment_intent.created", intent);
  return params.confirm === true ? attempt(context, intent, methodId) : intent;
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

function confirm(context: Context, params: Stripe.PaymentIntentConfirmParams, id: string): Stripe.PaymentIntent {
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
  return attempt(context, intent, methodId);
}

function attempt(context: Context, intent: Stripe.PaymentIntent, methodId: string | null): Stripe.PaymentIntent {
  if (methodId === null) {
    throw unexpectedState(
      intent,
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
    );
  }
  const invoices = openInvoicesOf(context, intent);
  const result = attemptPayment(context, intent, methodId, invoices[0]?.id ?? null);
  for (const invoice of invoices) recordInvoiceAttempt(context, invoice, intent, result, "manual");
  if (result.kind === "declined") throw cardError(intent, result.charge, result.decline);
  return intent;
}

function capture(context: Context, params: Stripe.PaymentIntentCaptureParams, id: string): Stripe.PaymentIntent {
  const intent = need(context, "payment_intent", id, "intent");
  if (intent.status !== "requires_capture") {
    throw unexpectedState(
      intent,
      `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
    );
  }
  const amount = params.amount_to_capture ?? intent.amount_capturable;
  if (amount > intent.amount_capturable) {
    throw invalidRequest(
      `The amount to capture (${printMoney(amount, intent.currency)}) is greater than the amount that can be captured (${printMoney(intent.amount_capturable, intent.currency)}).`,
      { code: "amount_too_large", param: "amount_to_capture" },
    );
  }
  if (params.metadata !== undefined) intent.metadata = mergeMetadata(intent.metadata, params.metadata);
  captureIntent(context, intent, amount);
  return intent;
}

/** Captures and, for the rest of the authorisation, releases. */
export function captureIntent(context: Context, intent: Stripe.PaymentIntent, amount: number): void {
  const charge = context.world.store.get("charge", idOf(intent.latest_charge));
  intent.status = "succeeded";
  intent.amount_received = amount;
  intent.amount_capturable = 0;
  save(context, intent);
  if (charge !== undefined) {
    charge.captured = true;
    charge.amount_captured = amount;
    charge.balance_transaction = recordCharge(context, charge, amount);
    release(context, charge, charge.amount - amount);
    save(context, charge);
    emit(context, "charge.captured", charge, { captured: false });
  }
  emit(context, "payment_intent.succeeded", intent);
}

/**
 * What is authorised and not captured shows as refunded: Stripe makes a refund of it, which moves no money and so has no
 * balance transaction. `amount - amount_refunded` stays what can still be refunded.
 */
function release(context: Context, charge: Stripe.Charge, amount: number): void {
  if (amount <= 0) return;
  save(
    context,
    refund(birthIn(context), {
      amount,
      charge: charge.id,
      currency: charge.currency,
      payment_intent: idOf(charge.payment_intent),
      destination_details: { card: { type: "reversal" }, type: "card" },
    }),
  );
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded >= charge.amount;
}

function cancel(context: Context, params: Stripe.PaymentIntentCancelParams, id: string): Stripe.PaymentIntent {
  const intent = need(context, "payment_intent", id, "intent");
  const cancelable = [
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
    "processing",
  ];
  if (!cancelable.includes(intent.status)) {
    throw unexpectedState(
      intent,
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: ${cancelable.join(", ")}.`,
    );
  }
  const charge =
    intent.status === "requires_capture" ? context.world.store.get("charge", idOf(intent.latest_charge)) : undefined;
  intent.status = "canceled";
  intent.amount_capturable = 0;
  intent.canceled_at = context.world.clock.nowSeconds();
  intent.cancellation_reason = params.cancellation_reason ?? null;
  save(context, intent);
  if (charge !== undefined) {
    release(context, charge, charge.amount);
    save(context, charge);
    emit(context, "charge.refunded", charge, { amount_refunded: 0, refunded: false });
  }
  emit(context, "payment_intent.canceled", intent);
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

function unexpectedState(intent: Stripe.PaymentIntent, message: string): Refusal {
  return invalidRequest(message, { code: "payment_intent_unexpected_state", payment_intent: snapshot(intent) });
}
