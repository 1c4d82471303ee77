/**
 * Stripe objects (API 2026-10-28) for the benchmark: in the mixture's events and in the fixed server's answers. An id is a
 * prefix and a tail. The tail begins with the kind of story, from which the server knows its answer.
 */
export const STORIES = ["plain", "renewal", "failed", "held", "refund"] as const;
export type Story = (typeof STORIES)[number];

/** The placeholder of an id's tail in a prebuilt text. */
export const TAIL = "~tail~";

/** Payments of 42.50 and refunds of 4.25, so that many refunds stay below every threshold and envelope. */
export const AMOUNT_MINOR = 4_250;
export const REFUND_MINOR = 425;

type Fields = Record<string, unknown>;
export type PaymentState = "owed" | "held" | "paid";

const secondsNow = Math.floor(Date.now() / 1000);
const CREATED = secondsNow - 3_600;

export function chargeOf(state: PaymentState): Fields {
  const failed = state === "owed";
  return {
    id: `ch_${TAIL}`,
    object: "charge",
    amount: AMOUNT_MINOR,
    amount_captured: state === "paid" ? AMOUNT_MINOR : 0,
    amount_refunded: 0,
    application: null,
    balance_transaction: state === "paid" ? `txn_${TAIL}` : null,
    billing_details: {
      address: { city: null, country: "US", line1: null, line2: null, postal_code: "94107", state: null },
      email: null,
      name: null,
      phone: null,
      tax_id: null,
    },
    calculated_statement_descriptor: "COUNTERSIGN BENCH",
    captured: state === "paid",
    created: CREATED,
    currency: "usd",
    customer: `cus_${TAIL}`,
    description: "Subscription creation",
    disputed: false,
    failure_code: failed ? "card_declined" : null,
    failure_message: failed ? "Your card has insufficient funds." : null,
    fraud_details: {},
    livemode: false,
    metadata: { order: TAIL },
    outcome: {
      advice_code: failed ? "try_again_later" : null,
      network_advice_code: null,
      network_decline_code: failed ? "51" : null,
      network_status: failed ? "declined_by_network" : "approved_by_network",
      reason: failed ? "insufficient_funds" : null,
      risk_level: "normal",
      risk_score: 12,
      seller_message: failed ? "The bank returned the decline code `insufficient_funds`." : "Payment complete.",
      type: failed ? "issuer_declined" : "authorized",
    },
    paid: !failed,
    payment_intent: `pi_${TAIL}`,
    payment_method: `pm_${TAIL}`,
    payment_method_details: {
      card: {
        amount_authorized: failed ? null : AMOUNT_MINOR,
        brand: "visa",
        checks: { address_line1_check: null, address_postal_code_check: "pass", cvc_check: "pass" },
        country: "US",
        exp_month: 11,
        exp_year: 2029,
        funding: "credit",
        last4: "4242",
        network: "visa",
        three_d_secure: null,
        wallet: null,
      },
      type: "card",
    },
    receipt_email: null,
    refunded: false,
    review: null,
    shipping: null,
    source_transfer: null,
    statement_descriptor: null,
    status: failed ? "failed" : "succeeded",
    transfer_data: null,
    transfer_group: null,
  };
}

const INTENT_STATUS: Record<PaymentState, string> = {
  owed: "requires_payment_method",
  held: "requires_capture",
  paid: "succeeded",
};

/** `latestCharge`: the expanded charge where the reader asks for it, otherwise its id. */
export function intentOf(state: PaymentState, latestCharge: Fields | string): Fields {
  const failed = state === "owed";
  return {
    id: `pi_${TAIL}`,
    object: "payment_intent",
    amount: AMOUNT_MINOR,
    amount_capturable: state === "held" ? AMOUNT_MINOR : 0,
    amount_details: { tip: {} },
    amount_received: state === "paid" ? AMOUNT_MINOR : 0,
    application: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: state === "held" ? "manual" : "automatic",
    client_secret: null,
    confirmation_method: "automatic",
    created: CREATED,
    currency: "usd",
    customer: `cus_${TAIL}`,
    description: "Subscription creation",
    last_payment_error: failed
      ? {
          advice_code: "try_again_later",
          charge: `ch_${TAIL}`,
          code: "card_declined",
          decline_code: "insufficient_funds",
          message: "Your card has insufficient funds.",
          payment_method: { id: `pm_${TAIL}`, object: "payment_method", type: "card" },
          type: "card_error",
        }
      : null,
    latest_charge: latestCharge,
    livemode: false,
    metadata: { order: TAIL },
    next_action: null,
    payment_method: failed ? null : `pm_${TAIL}`,
    payment_method_options: { card: { installments: null, network: null, request_three_d_secure: "automatic" } },
    payment_method_types: ["card"],
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: "off_session",
    shipping: null,
    statement_descriptor: null,
    status: INTENT_STATUS[state],
    transfer_data: null,
  };
}

/** Stripe plans no try of its own. As in a webhook, `payments` is missing. */
export function invoiceOf(status: "open" | "paid"): Fields {
  const paid = status === "paid";
  return {
    id: `in_${TAIL}`,
    object: "invoice",
    amount_due: AMOUNT_MINOR,
    amount_paid: paid ? AMOUNT_MINOR : 0,
    amount_remaining: paid ? 0 : AMOUNT_MINOR,
    attempt_count: 1,
    attempted: true,
    auto_advance: false,
    billing_reason: "subscription_cycle",
    collection_method: "charge_automatically",
    created: CREATED,
    currency: "usd",
    customer: `cus_${TAIL}`,
    default_payment_method: null,
    description: null,
    due_date: null,
    hosted_invoice_url: null,
    lines: { object: "list", data: [], has_more: false, url: `/v1/invoices/in_${TAIL}/lines` },
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: `B-${TAIL}`,
    parent: {
      quote_details: null,
      subscription_details: { metadata: {}, subscription: `sub_${TAIL}` },
      type: "subscription_details",
    },
    period_end: CREATED,
    period_start: CREATED - 2_592_000,
    starting_balance: 0,
    status,
    subtotal: AMOUNT_MINOR,
    total: AMOUNT_MINOR,
    total_taxes: [],
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    webhooks_delivered_at: CREATED,
  };
}

/** An invoice with `payments` and `customer` expanded. Its only payment is the intent with the same tail. */
export function invoiceWithPayments(status: "open" | "paid"): Fields {
  const paid = status === "paid";
  return {
    ...invoiceOf(status),
    customer: {
      id: `cus_${TAIL}`,
      object: "customer",
      created: CREATED - 31_536_000,
      default_source: null,
      invoice_settings: { default_payment_method: `pm_${TAIL}` },
      livemode: false,
      metadata: {},
    },
    payments: {
      object: "list",
      data: [
        {
          id: `inpay_${TAIL}`,
          object: "invoice_payment",
          amount_paid: paid ? AMOUNT_MINOR : null,
          amount_requested: AMOUNT_MINOR,
          created: CREATED,
          currency: "usd",
          invoice: `in_${TAIL}`,
          is_default: true,
          livemode: false,
          payment: { payment_intent: `pi_${TAIL}`, type: "payment_intent" },
          status: paid ? "paid" : "open",
          status_transitions: { canceled_at: null, paid_at: null },
        },
      ],
      has_more: false,
      url: `/v1/invoice_payments?invoice=in_${TAIL}`,
    },
  };
}

/** The card of a payment, attached to its customer. */
export function methodOf(): Fields {
  return {
    id: `pm_${TAIL}`,
    object: "payment_method",
    allow_redisplay: "limited",
    billing_details: {
      address: { city: null, country: "US", line1: null, line2: null, postal_code: "94107", state: null },
      email: null,
      name: null,
      phone: null,
      tax_id: null,
    },
    card: {
      brand: "visa",
      checks: { address_line1_check: null, address_postal_code_check: "pass", cvc_check: "pass" },
      country: "US",
      display_brand: "visa",
      exp_month: 11,
      exp_year: 2029,
      funding: "credit",
      generated_from: null,
      last4: "4242",
      networks: { available: ["visa"], preferred: null },
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: CREATED,
    customer: `cus_${TAIL}`,
    livemode: false,
    metadata: {},
    type: "card",
  };
}

export function subscriptionOf(status: "active" | "past_due"): Fields {
  return {
    id: `sub_${TAIL}`,
    object: "subscription",
    billing_cycle_anchor: CREATED,
    cancel_at_period_end: false,
    collection_method: "charge_automatically",
    created: CREATED - 31_536_000,
    currency: "usd",
    customer: `cus_${TAIL}`,
    default_payment_method: `pm_${TAIL}`,
    discounts: [],
    ended_at: null,
    items: {
      object: "list",
      data: [
        {
          id: `si_${TAIL}`,
          object: "subscription_item",
          created: CREATED - 31_536_000,
          current_period_end: CREATED + 2_592_000,
          current_period_start: CREATED,
          metadata: {},
          price: {
            id: "price_monthly",
            object: "price",
            active: true,
            currency: "usd",
            recurring: { interval: "month", interval_count: 1, usage_type: "licensed" },
            tax_behavior: "unspecified",
            unit_amount: AMOUNT_MINOR,
          },
          quantity: 1,
          subscription: `sub_${TAIL}`,
        },
      ],
      has_more: false,
      url: `/v1/subscription_items?subscription=sub_${TAIL}`,
    },
    latest_invoice: `in_${TAIL}`,
    livemode: false,
    metadata: {},
    pause_collection: null,
    pending_update: null,
    schedule: null,
    status,
    trial_end: null,
  };
}

export function refundOf(): Fields {
  return {
    id: `re_${TAIL}`,
    object: "refund",
    amount: REFUND_MINOR,
    balance_transaction: `txn_${TAIL}`,
    charge: `ch_${TAIL}`,
    created: CREATED,
    currency: "usd",
    destination_details: {
      card: { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" },
      type: "card",
    },
    metadata: {},
    payment_intent: `pi_${TAIL}`,
    reason: null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
  };
}

/** A function that replaces every placeholder by a tail. The text is split once and joined for every use. */
export function prebuilt(value: unknown): (tail: string) => string {
  const parts = (typeof value === "string" ? value : JSON.stringify(value)).split(TAIL);
  return (tail) => parts.join(tail);
}

/** The story in an id's tail; null for an id of another origin. */
export function storyOf(id: string): Story | null {
  const tail = tailOf(id);
  return STORIES.find((story) => tail.startsWith(story)) ?? null;
}

export const tailOf = (id: string): string => id.slice(id.indexOf("_") + 1);
