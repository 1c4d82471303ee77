/** The parameters of payment intents: https://docs.stripe.com/api/payment_intents */

import type Stripe from "stripe";

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
  shape,
  text,
  unmodelled,
} from "../params.ts";

export const createParams: Spec<Stripe.PaymentIntentCreateParams> = {
  fields: {
    amount: integer({ minimum: 1 }),
    application_fee_amount: integer({ minimum: 1 }),
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
    on_behalf_of: text(),
    payment_method: text(),
    payment_method_types: listOf(text()),
    receipt_email: text({ emptyable: true }),
    return_url: text(),
    setup_future_usage: oneOf("off_session", "on_session"),
    statement_descriptor: text({ lengthMax: 22 }),
    statement_descriptor_suffix: text({ lengthMax: 22 }),
    transfer_data: shape(
      { amount: integer({ minimum: 1 }), destination: text(), ...unmodelled("description metadata payment_data") },
      { required: ["destination"] },
    ),
    transfer_group: text(),
    ...unmodelled(
      "allowed_payment_method_types amount_details confirmation_method",
      "confirmation_token customer_account error_on_requires_action excluded_payment_method_types",
      "hooks mandate mandate_data payment_details payment_method_configuration",
      "payment_method_data payment_method_options radar_options shipping",
      "use_stripe_sdk",
    ),
  } as Spec<Stripe.PaymentIntentCreateParams>["fields"],
  required: ["amount", "currency"],
};

export const updateParams: Spec<Stripe.PaymentIntentUpdateParams> = {
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

export const confirmParams: Spec<Stripe.PaymentIntentConfirmParams> = {
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

export const captureParams: Spec<Stripe.PaymentIntentCaptureParams> = {
  fields: {
    amount_to_capture: integer({ minimum: 1 }),
    application_fee_amount: integer({ minimum: 1 }),
    expand,
    final_capture: flag,
    metadata,
    statement_descriptor: text({ lengthMax: 22 }),
    statement_descriptor_suffix: text({ lengthMax: 22 }),
    transfer_data: shape({
      amount: integer({ minimum: 1 }),
      ...unmodelled("description metadata payment_data"),
    }),
    ...unmodelled("amount_details hooks payment_details"),
  },
};

export const cancelParams: Spec<Stripe.PaymentIntentCancelParams> = {
  fields: {
    cancellation_reason: oneOf("abandoned", "duplicate", "fraudulent", "requested_by_customer"),
    expand,
  },
};

export const listParams: Spec<Stripe.PaymentIntentListParams> = {
  fields: { created: range, customer: text(), expand, ...paging, ...unmodelled("customer_account") },
};

export const incrementParams: Spec<Stripe.PaymentIntentIncrementAuthorizationParams> = {
  fields: {
    amount: integer({ minimum: 1 }),
    description: text({ lengthMax: 1000 }),
    expand,
    metadata,
    statement_descriptor: text({ lengthMax: 22 }),
    ...unmodelled("amount_details application_fee_amount hooks payment_details transfer_data"),
  },
  required: ["amount"],
};
