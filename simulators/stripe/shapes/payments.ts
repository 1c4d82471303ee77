/** Complete payment intents, charges, refunds and related objects, in the shape of the SDK's API version. */

import type Stripe from "stripe";

import { newId } from "../ids.ts";
import { idOf } from "../resources.ts";
import { type BankDebit, bankChargeDetails, bankMethodDetails, isBankDebit } from "./bank-debits.ts";

/** What every new object needs: the time, and the mode of the key or of its related objects. */
export interface Birth {
  nowSeconds: number;
  livemode: boolean;
}

export type Given<T> = Partial<T>;

const NO_BILLING: Stripe.Charge.BillingDetails = {
  address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null },
  email: null,
  name: null,
  phone: null,
  tax_id: null,
};

export function paymentIntent(birth: Birth, given: Given<Stripe.PaymentIntent>): Stripe.PaymentIntent {
  const id = given.id ?? newId("pi");
  const amount = given.amount ?? 1000;
  const status = given.status ?? "requires_payment_method";
  return {
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount,
    amount_capturable: status === "requires_capture" ? amount : 0,
    amount_details: { tip: {} },
    amount_received: status === "succeeded" ? amount : 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: status === "canceled" ? birth.nowSeconds : null,
    cancellation_reason: null,
    capture_method: status === "requires_capture" ? "manual" : "automatic_async",
    client_secret: `${id}_secret_${newId("x").slice(2)}`,
    confirmation_method: "automatic",
    created: birth.nowSeconds,
    currency: "usd",
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: birth.livemode,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" },
    },
    payment_method_types: ["card"],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status,
    transfer_data: null,
    transfer_group: null,
    ...given,
  };
}

export function charge(birth: Birth, given: Given<Stripe.Charge>): Stripe.Charge {
  const id = given.id ?? newId("ch");
  const amount = given.amount ?? 1000;
  const status = given.status ?? "succeeded";
  const isPaid = status === "succeeded";
  const isCaptured = given.captured ?? isPaid;
  return {
    id,
    object: "charge",
    amount,
    amount_captured: isCaptured ? amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: NO_BILLING,
    calculated_statement_descriptor: "STAND-IN",
    captured: isCaptured,
    created: birth.nowSeconds,
    currency: "usd",
    customer: null,
    description: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: birth.livemode,
    metadata: {},
    on_behalf_of: null,
    outcome: isPaid ? authorized() : null,
    paid: isPaid,
    payment_intent: null,
    payment_method: null,
    payment_method_details: cardDetails(amount),
    radar_options: {},
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: given.amount_refunded !== undefined && given.amount_refunded >= amount,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status,
    transfer_data: null,
    transfer_group: null,
    ...given,
  };
}

export function authorized(): Stripe.Charge.Outcome {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: "approved_by_network",
    reason: null,
    risk_level: "normal",
    risk_score: 12,
    seller_message: "Payment complete.",
    type: "authorized",
  };
}

function cardDetails(amount: number): Stripe.Charge.PaymentMethodDetails {
  return {
    card: {
      amount_authorized: amount,
      authorization_code: "123456",
      brand: "visa",
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: null },
      country: "US",
      electronic_commerce_indicator: null,
      exp_month: 12,
      exp_year: 2034,
      fingerprint: "standinFingerprt",
      funding: "credit",
      installments: null,
      last4: "4242",
      mandate: null,
      network: "visa",
      network_transaction_id: null,
      regulated_status: "unregulated",
      three_d_secure: null,
      transaction_link_id: null,
      wallet: null,
    },
    type: "card",
  };
}

export function refund(birth: Birth, given: Given<Stripe.Refund>): Stripe.Refund {
  return {
    id: newId("re"),
    object: "refund",
    amount: 0,
    balance_transaction: null,
    charge: null,
    created: birth.nowSeconds,
    currency: "usd",
    customer: null,
    customer_account: null,
    destination_details: {
      card: { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" },
      type: "card",
    },
    metadata: {},
    payment_intent: null,
    payment_method: null,
    reason: null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
    ...given,
  };
}

export function balanceTransaction(
  birth: Birth,
  given: Given<Stripe.BalanceTransaction> & { amount: number; currency: string },
): Stripe.BalanceTransaction {
  return {
    id: newId("txn"),
    object: "balance_transaction",
    available_on: birth.nowSeconds,
    balance_type: "payments",
    created: birth.nowSeconds,
    description: null,
    exchange_rate: null,
    fee: 0,
    fee_details: [],
    net: given.amount - (given.fee ?? 0),
    reporting_category: given.type ?? "charge",
    source: null,
    status: "available",
    type: "charge",
    ...given,
  };
}

/** A card, or a bank account where the type says so. */
export function paymentMethod(birth: Birth, given: Given<Stripe.PaymentMethod>): Stripe.PaymentMethod {
  if (!isBankDebit(given.type)) return cardMethod(birth, given);
  const { card: _, ...account } = cardMethod(birth, { ...bankMethodDetails(given.type), ...given });
  return account;
}

function cardMethod(birth: Birth, given: Given<Stripe.PaymentMethod>): Stripe.PaymentMethod {
  return {
    id: newId("pm"),
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: NO_BILLING,
    card: {
      brand: "visa",
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
      country: "US",
      display_brand: "visa",
      exp_month: 12,
      exp_year: 2034,
      fingerprint: "standinFingerprt",
      funding: "credit",
      generated_from: null,
      last4: "4242",
      networks: { available: ["visa"], preferred: null },
      regulated_status: "unregulated",
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: birth.nowSeconds,
    customer: null,
    customer_account: null,
    livemode: birth.livemode,
    metadata: {},
    type: "card",
    ...given,
  };
}

/** The charge that an attempt at `intent` makes. */
export function chargeOf(birth: Birth, intent: Stripe.PaymentIntent, given: Given<Stripe.Charge>): Stripe.Charge {
  return charge(birth, {
    amount: intent.amount,
    application_fee_amount: intent.application_fee_amount,
    currency: intent.currency,
    customer: idOf(intent.customer),
    description: intent.description,
    livemode: intent.livemode,
    metadata: { ...intent.metadata },
    on_behalf_of: idOf(intent.on_behalf_of),
    transfer_data: transferDataOf(intent),
    transfer_group: intent.transfer_group,
    payment_intent: intent.id,
    receipt_email: intent.receipt_email,
    ...given,
  });
}

/** A charge that the bank has not answered: nothing is taken yet. */
export function pendingDebit(type: BankDebit): Given<Stripe.Charge> {
  return {
    status: "pending",
    captured: true,
    amount_captured: 0,
    outcome: { ...authorized(), risk_level: "not_assessed" },
    payment_method_details: bankChargeDetails(type),
  };
}

/** The intent's `transfer_data`, as its charge shows it. */
export function transferDataOf({ transfer_data: data }: Stripe.PaymentIntent): Stripe.Charge.TransferData | null {
  const destination = idOf(data?.destination);
  return destination === null ? null : { amount: data?.amount ?? null, destination };
}
