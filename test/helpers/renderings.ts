/**
 * Events of Stripe's as two endpoints of one account get them: rendered in the API version of each. What changed between the
 * two: https://docs.stripe.com/changelog (charges left payment intents and refunds left charges in 2022-11-15; invoices lost
 * their payment intent, charge and subscription, and charges and payment intents their invoice, in 2025-03-31).
 */
type Versions = { old: object; recent: object };

const eventOf = (id: string, type: string, version: string, object: object) => ({
  id,
  object: "event",
  api_version: version,
  created: 1_790_000_000,
  data: { object },
  livemode: false,
  pending_webhooks: 2,
  request: { id: null, idempotency_key: null },
  type,
});

const OLD = "2020-08-27";
const RECENT = "2026-10-28.dahlia";
const list = (url: string, ...data: object[]) => ({
  object: "list",
  data,
  has_more: false,
  total_count: data.length,
  url,
});

const CHARGE = {
  id: "ch_3P1",
  object: "charge",
  amount: 4_250,
  amount_captured: 0,
  amount_refunded: 0,
  balance_transaction: null,
  billing_details: { address: null, email: null, name: null, phone: null },
  captured: false,
  created: 1_789_999_999,
  currency: "usd",
  customer: "cus_9",
  description: "Subscription update",
  disputed: false,
  failure_code: "card_declined",
  failure_message: "Your card was declined.",
  livemode: false,
  metadata: {},
  outcome: {
    network_status: "not_sent_to_network",
    reason: "highest_risk_level",
    risk_level: "highest",
    seller_message: "Stripe blocked this payment as too risky.",
    type: "blocked",
  },
  paid: false,
  payment_intent: "pi_3P1",
  payment_method: "pm_1",
  refunded: false,
  status: "failed",
};

const ERROR = {
  charge: "ch_3P1",
  code: "card_declined",
  decline_code: "generic_decline",
  doc_url: "https://stripe.com/docs/error-codes/card-declined",
  message: "Your card was declined.",
  payment_method: { id: "pm_1", object: "payment_method", customer: "cus_9", type: "card" },
  type: "card_error",
};

const INTENT = {
  id: "pi_3P1",
  object: "payment_intent",
  amount: 4_250,
  amount_capturable: 0,
  amount_received: 0,
  canceled_at: null,
  capture_method: "automatic",
  confirmation_method: "automatic",
  created: 1_789_999_998,
  currency: "usd",
  customer: "cus_9",
  description: "Subscription update",
  last_payment_error: ERROR,
  livemode: false,
  metadata: {},
  payment_method: null,
  payment_method_types: ["card"],
  setup_future_usage: "off_session",
  status: "requires_payment_method",
};

const INVOICE = {
  id: "in_1P",
  object: "invoice",
  amount_due: 4_250,
  amount_paid: 0,
  amount_remaining: 4_250,
  attempt_count: 2,
  attempted: true,
  auto_advance: true,
  billing_reason: "subscription_cycle",
  collection_method: "charge_automatically",
  created: 1_789_999_990,
  currency: "usd",
  customer: "cus_9",
  livemode: false,
  metadata: {},
  next_payment_attempt: 1_790_300_000,
  number: "INV-7",
  status: "open",
  subtotal: 4_250,
  total: 4_250,
};

const pair = (id: string, type: string, old: object, recent: object): Versions => ({
  old: eventOf(id, type, OLD, old),
  recent: eventOf(id, type, RECENT, recent),
});

const PAID_CHARGE = {
  ...CHARGE,
  amount_captured: 4_250,
  captured: true,
  paid: true,
  status: "succeeded",
  refunded: true,
};
const REFUNDED = { ...PAID_CHARGE, amount_refunded: 4_250, failure_code: null, failure_message: null };

/** By type. In one API version the decline of the first is read from the charge, in the other from the error alone. */
export const RENDERINGS: Readonly<Record<string, Versions>> = {
  "payment_intent.payment_failed": pair(
    "evt_intent",
    "payment_intent.payment_failed",
    {
      ...INTENT,
      charges: list("/v1/charges?payment_intent=pi_3P1", {
        ...CHARGE,
        invoice: "in_1P",
        refunds: list("/v1/charges/ch_3P1/refunds"),
      }),
      invoice: "in_1P",
      source: null,
    },
    {
      ...INTENT,
      automatic_payment_methods: null,
      latest_charge: "ch_3P1",
      payment_details: { customer_reference: null, order_reference: "in_1P" },
    },
  ),
  "invoice.payment_failed": pair(
    "evt_invoice",
    "invoice.payment_failed",
    {
      ...INVOICE,
      charge: "ch_3P1",
      paid: false,
      payment_intent: "pi_3P1",
      subscription: "sub_1",
      lines: list("/v1/invoices/in_1P/lines", {
        id: "il_1",
        object: "line_item",
        amount: 4_250,
        subscription: "sub_1",
      }),
    },
    {
      ...INVOICE,
      parent: { subscription_details: { metadata: {}, subscription: "sub_1" }, type: "subscription_details" },
      lines: list("/v1/invoices/in_1P/lines", {
        id: "il_1",
        object: "line_item",
        amount: 4_250,
        parent: { subscription_item_details: { subscription: "sub_1" }, type: "subscription_item_details" },
      }),
    },
  ),
  "charge.failed": pair(
    "evt_charge",
    "charge.failed",
    { ...CHARGE, dispute: null, invoice: "in_1P", source: null },
    CHARGE,
  ),
  "charge.refunded": pair(
    "evt_refunded",
    "charge.refunded",
    {
      ...REFUNDED,
      invoice: "in_1P",
      refunds: list("/v1/charges/ch_3P1/refunds", {
        id: "re_1",
        object: "refund",
        amount: 4_250,
        charge: "ch_3P1",
        status: "succeeded",
      }),
    },
    REFUNDED,
  ),
};
