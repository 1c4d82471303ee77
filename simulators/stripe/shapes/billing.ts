/** Complete customers, invoices, invoice payments, subscriptions, prices and products. */

import type Stripe from "stripe";

import { newId } from "../ids.ts";
import type { Birth, Given } from "./payments.ts";

const MONTH_SECONDS = 30 * 86_400;

export function customer(birth: Birth, given: Given<Stripe.Customer>): Stripe.Customer {
  return {
    id: newId("cus", 14),
    object: "customer",
    address: null,
    balance: 0,
    created: birth.nowSeconds,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: newId("x", 8).slice(2).toUpperCase(),
    livemode: birth.livemode,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
    test_clock: null,
    ...given,
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
      ...given.invoice_settings,
    },
  };
}

export function invoice(birth: Birth, given: Given<Stripe.Invoice>): Stripe.Invoice {
  const id = given.id ?? newId("in");
  const status = given.status ?? "open";
  const total = given.total ?? given.amount_due ?? given.amount_paid ?? 0;
  const isPaid = status === "paid";
  const finalizedAt = status === "draft" ? null : birth.nowSeconds;
  return {
    id,
    object: "invoice",
    account_country: "US",
    account_name: "Stand-in",
    account_tax_ids: null,
    amount_due: total,
    amount_overpaid: 0,
    amount_paid: isPaid ? total : 0,
    amount_remaining: isPaid ? 0 : Math.max(0, total - (given.amount_paid ?? 0)),
    amount_shipping: 0,
    application: null,
    attempt_count: isPaid ? 1 : 0,
    attempted: isPaid || (given.attempt_count ?? 0) > 0,
    auto_advance: status === "open",
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    billing_reason: given.parent ? "subscription_cycle" : "manual",
    collection_method: "charge_automatically",
    created: birth.nowSeconds,
    currency: "usd",
    custom_fields: null,
    customer: null,
    customer_account: null,
    customer_address: null,
    customer_email: null,
    customer_name: null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: "none",
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: finalizedAt,
    ending_balance: finalizedAt === null ? null : 0,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: "self" },
    last_finalization_error: null,
    latest_revision: null,
    lines: { object: "list", data: [], has_more: false, url: `/v1/invoices/${id}/lines` },
    livemode: birth.livemode,
    metadata: {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: null,
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: birth.nowSeconds,
    period_start: birth.nowSeconds,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status,
    status_transitions: {
      finalized_at: finalizedAt,
      marked_uncollectible_at: null,
      paid_at: isPaid ? birth.nowSeconds : null,
      voided_at: null,
    },
    subtotal: total,
    subtotal_excluding_tax: total,
    test_clock: null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
    ...given,
  };
}

/** The link between an invoice and its payment. Since API version 2025-03-31 they do not name each other. */
export function invoicePayment(birth: Birth, given: Given<Stripe.InvoicePayment>): Stripe.InvoicePayment {
  const isPaid = given.status === "paid";
  return {
    id: newId("inpay"),
    object: "invoice_payment",
    amount_paid: isPaid ? (given.amount_requested ?? 0) : null,
    amount_requested: 0,
    created: birth.nowSeconds,
    currency: "usd",
    invoice: "",
    is_default: true,
    livemode: birth.livemode,
    payment: { type: "payment_intent" },
    status: "open",
    status_transitions: { canceled_at: null, paid_at: isPaid ? birth.nowSeconds : null },
    ...given,
  };
}

export function subscription(birth: Birth, given: Given<Stripe.Subscription>): Stripe.Subscription {
  const id = given.id ?? newId("sub");
  return {
    id,
    object: "subscription",
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: birth.nowSeconds,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: { proration_discounts: "included" }, type: "flexible" },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: "charge_automatically",
    created: birth.nowSeconds,
    currency: "usd",
    customer: "",
    customer_account: null,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    items: { object: "list", data: [], has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    latest_invoice: null,
    livemode: birth.livemode,
    managed_payments: null,
    metadata: {},
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: "off",
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: birth.nowSeconds,
    status: "active",
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: { end_behavior: { missing_payment_method: "create_invoice" } } as Stripe.Subscription.TrialSettings,
    trial_start: null,
    ...given,
  };
}

export function subscriptionItem(
  birth: Birth,
  given: Given<Stripe.SubscriptionItem> & { price: Stripe.Price; subscription: string },
): Stripe.SubscriptionItem {
  return {
    id: newId("si", 14),
    object: "subscription_item",
    billing_thresholds: null,
    created: birth.nowSeconds,
    current_period_end: birth.nowSeconds + MONTH_SECONDS,
    current_period_start: birth.nowSeconds,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(given.price),
    quantity: 1,
    tax_rates: [],
    ...given,
  };
}

export function price(birth: Birth, given: Given<Stripe.Price>): Stripe.Price {
  const amount = given.unit_amount ?? null;
  return {
    id: newId("price"),
    object: "price",
    active: true,
    billing_scheme: "per_unit",
    created: birth.nowSeconds,
    currency: "usd",
    custom_unit_amount: null,
    livemode: birth.livemode,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: "prod_standin",
    tax_behavior: "unspecified",
    tiers_mode: null,
    transform_quantity: null,
    type: "recurring",
    unit_amount: amount,
    // On the wire it is a string; the SDK makes its Decimal of it.
    unit_amount_decimal: (amount === null ? null : String(amount)) as Stripe.Price["unit_amount_decimal"],
    ...given,
    recurring: given.type === "one_time" ? null : recurringOf(given.recurring),
  };
}

function recurringOf(given: Given<Stripe.Price.Recurring> | null | undefined): Stripe.Price.Recurring {
  const monthly = {
    interval: "month",
    interval_count: 1,
    meter: null,
    trial_period_days: null,
    usage_type: "licensed",
  };
  return { ...monthly, ...given } as Stripe.Price.Recurring;
}

export function product(birth: Birth, given: Given<Stripe.Product>): Stripe.Product {
  return {
    id: newId("prod", 14),
    object: "product",
    active: true,
    created: birth.nowSeconds,
    default_price: null,
    description: null,
    images: [],
    livemode: birth.livemode,
    marketing_features: [],
    metadata: {},
    name: "Product",
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: "service",
    unit_label: null,
    updated: birth.nowSeconds,
    url: null,
    ...given,
  };
}

/** The older form of a price, which items still contain. */
export function planOf(price: Stripe.Price): Stripe.Plan {
  return {
    id: price.id,
    object: "plan",
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? "month",
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: price.livemode,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: "licensed",
  } as Stripe.Plan;
}
