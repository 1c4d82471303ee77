/** Complete credit notes, and the entries of a customer's balance. */

import type Stripe from "stripe";

import { newId } from "../ids.ts";
import type { Birth, Given } from "./payments.ts";

export function creditNote(birth: Birth, given: Given<Stripe.CreditNote>): Stripe.CreditNote {
  const id = given.id ?? newId("cn");
  const post = given.post_payment_amount ?? 0;
  const pre = given.pre_payment_amount ?? 0;
  const amount = given.amount ?? post + pre;
  return {
    id,
    object: "credit_note",
    amount,
    amount_shipping: 0,
    created: birth.nowSeconds,
    currency: "usd",
    customer: "",
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: 0,
    discount_amounts: [],
    effective_at: birth.nowSeconds,
    invoice: "",
    lines: { object: "list", data: [], has_more: false, url: `/v1/credit_notes/${id}/lines` },
    livemode: birth.livemode,
    memo: null,
    metadata: {},
    number: `${id}-CN-01`,
    out_of_band_amount: null,
    pdf: "",
    post_payment_amount: post,
    pre_payment_amount: pre,
    pretax_credit_amounts: [],
    reason: null,
    refunds: [],
    shipping_cost: null,
    status: "issued",
    subtotal: amount,
    subtotal_excluding_tax: amount,
    total: amount,
    total_excluding_tax: amount,
    total_taxes: [],
    type: post > 0 && pre > 0 ? "mixed" : post > 0 ? "post_payment" : "pre_payment",
    voided_at: null,
    ...given,
  };
}

/** What a customer is owed: a credit is negative, as at Stripe. */
export function customerBalanceTransaction(
  birth: Birth,
  given: Given<Stripe.CustomerBalanceTransaction>,
): Stripe.CustomerBalanceTransaction {
  return {
    id: newId("cbtxn"),
    object: "customer_balance_transaction",
    amount: 0,
    checkout_session: null,
    created: birth.nowSeconds,
    credit_note: null,
    currency: "usd",
    customer: "",
    customer_account: null,
    description: null,
    ending_balance: 0,
    invoice: null,
    livemode: birth.livemode,
    metadata: {},
    type: "adjustment",
    ...given,
  };
}
