/** Complete connected accounts, transfers, application fees, and what goes back of them. */

import type Stripe from "stripe";

import { newId } from "../ids.ts";
import type { Resources } from "../resources.ts";
import type { Birth, Given } from "./payments.ts";

export function account(birth: Birth, given: Given<Stripe.Account>): Resources["account"] {
  const id = given.id ?? newId("acct", 16);
  return {
    id,
    object: "account",
    business_profile: null,
    business_type: "company",
    capabilities: { card_payments: "active", transfers: "active" },
    charges_enabled: true,
    country: "US",
    created: birth.nowSeconds,
    default_currency: "usd",
    details_submitted: true,
    email: null,
    external_accounts: { object: "list", data: [], has_more: false, url: `/v1/accounts/${id}/external_accounts` },
    metadata: {},
    payouts_enabled: true,
    type: "express",
    ...given,
  };
}

/** The platform: https://docs.stripe.com/api/events/types#event_types-account.application.deauthorized */
export function application(_birth: Birth, given: Given<Stripe.Application>): Stripe.Application {
  return { id: newId("ca"), object: "application", name: "Stand-in platform", ...given };
}

export function transfer(birth: Birth, given: Given<Stripe.Transfer>): Stripe.Transfer {
  const id = given.id ?? newId("tr");
  const amount = given.amount ?? 0;
  return {
    id,
    object: "transfer",
    amount,
    amount_reversed: 0,
    balance_transaction: null,
    created: birth.nowSeconds,
    currency: "usd",
    description: null,
    destination: null,
    destination_payment: newId("py"),
    livemode: birth.livemode,
    metadata: {},
    reversals: { object: "list", data: [], has_more: false, url: `/v1/transfers/${id}/reversals` },
    reversed: given.amount_reversed !== undefined && given.amount_reversed >= amount,
    source_transaction: null,
    source_type: "card",
    transfer_group: null,
    ...given,
  };
}

export function transferReversal(birth: Birth, given: Given<Stripe.TransferReversal>): Stripe.TransferReversal {
  return {
    id: newId("trr"),
    object: "transfer_reversal",
    amount: 0,
    balance_transaction: null,
    created: birth.nowSeconds,
    currency: "usd",
    destination_payment_refund: newId("pyr"),
    metadata: {},
    source_refund: null,
    transfer: "",
    ...given,
  };
}

export function applicationFee(birth: Birth, given: Given<Stripe.ApplicationFee>): Stripe.ApplicationFee {
  const id = given.id ?? newId("fee");
  const amount = given.amount ?? 0;
  return {
    id,
    object: "application_fee",
    account: "",
    amount,
    amount_refunded: 0,
    application: "ca_standin",
    balance_transaction: null,
    charge: "",
    created: birth.nowSeconds,
    currency: "usd",
    fee_source: null,
    livemode: birth.livemode,
    originating_transaction: null,
    refunded: given.amount_refunded !== undefined && given.amount_refunded >= amount,
    refunds: { object: "list", data: [], has_more: false, url: `/v1/application_fees/${id}/refunds` },
    ...given,
  };
}

export function feeRefund(birth: Birth, given: Given<Stripe.FeeRefund>): Stripe.FeeRefund {
  return {
    id: newId("fr"),
    object: "fee_refund",
    amount: 0,
    balance_transaction: null,
    created: birth.nowSeconds,
    currency: "usd",
    fee: "",
    metadata: {},
    ...given,
  };
}
