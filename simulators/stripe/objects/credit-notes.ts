/** Credit notes: what is taken off an invoice, before or after its payment. https://docs.stripe.com/api/credit_notes */

import type Stripe from "stripe";

import { type Endpoint, endpoint } from "../endpoint.ts";
import { invalidRequest } from "../errors.ts";
import { listPage } from "../lists.ts";
import { printMoney } from "../money.ts";
import {
  expand,
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
import { idOf } from "../resources.ts";
import { creditNote, customerBalanceTransaction } from "../shapes/credit-notes.ts";
import { birthIn, type Context, emit, mergeMetadata, need, save } from "../world.ts";
import { amountChanged } from "./invoice-collection.ts";
import { createRefund } from "./refunds.ts";

const createParams: Spec<Stripe.CreditNoteCreateParams> = {
  fields: {
    amount: integer({ minimum: 1 }),
    credit_amount: integer({ minimum: 0 }),
    expand,
    invoice: text(),
    memo: text(),
    metadata,
    out_of_band_amount: integer({ minimum: 0 }),
    reason: oneOf("duplicate", "fraudulent", "order_change", "product_unsatisfactory"),
    refund_amount: integer({ minimum: 0 }),
    refunds: listOf(
      shape({
        amount_refunded: integer({ minimum: 1 }),
        refund: text(),
        type: oneOf("payment_record_refund", "refund"),
        ...unmodelled("payment_record_refund"),
      }),
    ),
    ...unmodelled("effective_at email_type lines shipping_cost"),
  },
  required: ["invoice"],
};

export const creditNoteEndpoints: Endpoint[] = [
  endpoint<Stripe.CreditNoteCreateParams>({
    method: "POST",
    path: "/v1/credit_notes",
    params: createParams,
    run: createCreditNote,
  }),
  endpoint<Stripe.CreditNoteListParams>({
    method: "GET",
    path: "/v1/credit_notes",
    params: {
      fields: {
        created: range,
        customer: text(),
        expand,
        invoice: text(),
        ...paging,
        ...unmodelled("customer_account"),
      },
    },
    run: list,
  }),
  endpoint<Stripe.CreditNoteRetrieveParams>({
    method: "GET",
    path: "/v1/credit_notes/:id",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "credit_note", id, "id"),
  }),
  endpoint<Stripe.CreditNoteUpdateParams>({
    method: "POST",
    path: "/v1/credit_notes/:id",
    params: { fields: { expand, memo: text(), metadata } },
    run: update,
  }),
  endpoint<Stripe.CreditNoteVoidCreditNoteParams>({
    method: "POST",
    path: "/v1/credit_notes/:id/void",
    params: { fields: { expand } },
    run: voidNote,
  }),
  endpoint<Stripe.CustomerListBalanceTransactionsParams>({
    method: "GET",
    path: "/v1/customers/:customer/balance_transactions",
    params: { fields: { created: range, expand, ...paging, ...unmodelled("invoice") } },
    run: (context, params, id) => {
      const entries = context.world.store.where("customer_balance_transaction", "customer", id);
      return listPage(context, `/v1/customers/${id}/balance_transactions`, entries, params);
    },
  }),
];

/**
 * What is open is credited before what is paid. The part of what is paid must go somewhere: refunds, the customer's
 * balance, or out of band (the SDK on `CreditNoteResource.create`).
 */
export function createCreditNote(context: Context, params: Stripe.CreditNoteCreateParams): Stripe.CreditNote {
  const invoice = need(context, "invoice", params.invoice, "invoice");
  if (invoice.status !== "open" && invoice.status !== "paid") {
    throw invalidRequest("Credit notes can only be created for open or paid invoices.", { param: "invoice" });
  }
  const amount = params.amount ?? givenBack(params);
  if (amount < 1) throw invalidRequest("You must specify one of amount, lines, or shipping_cost.", { param: "amount" });
  const pre = invoice.status === "open" ? Math.min(amount, invoice.amount_remaining) : 0;
  const post = amount - pre;
  const creditable = invoice.amount_paid - invoice.post_payment_credit_notes_amount;
  if (post > creditable) {
    throw invalidRequest(
      `The amount of the credit note (${printMoney(amount, invoice.currency)}) is greater than what can be credited on invoice ${invoice.id} (${printMoney(pre + Math.max(0, creditable), invoice.currency)}).`,
      { param: "amount" },
    );
  }
  if (givenBack(params) !== post) {
    throw invalidRequest(
      `The sum of refund amounts, credit amount and out of band amount (${printMoney(givenBack(params), invoice.currency)}) must equal the credit note amount for the paid part of the invoice (${printMoney(post, invoice.currency)}).`,
    );
  }
  const linked = (params.refunds ?? []).map((given) => linkedRefund(context, invoice, given));
  if (params.refund_amount) linked.push(madeRefund(context, invoice, params.refund_amount));
  const note = creditNote(birthIn(context), {
    currency: invoice.currency,
    customer: idOf(invoice.customer) ?? "",
    invoice: invoice.id,
    memo: params.memo ?? null,
    metadata: mergeMetadata(null, params.metadata),
    number: `${invoice.number ?? invoice.id}-CN-${String(notesOf(context, invoice).length + 1).padStart(2, "0")}`,
    out_of_band_amount: params.out_of_band_amount ?? null,
    post_payment_amount: post,
    pre_payment_amount: pre,
    reason: params.reason ?? null,
    refunds: linked,
  });
  if (params.credit_amount) note.customer_balance_transaction = creditCustomer(context, note, params.credit_amount);
  save(context, note);
  emit(context, "credit_note.created", note);
  applyToInvoice(context, invoice, note, 1);
  return note;
}

function givenBack(params: Stripe.CreditNoteCreateParams): number {
  const linked = (params.refunds ?? []).reduce((sum, { amount_refunded: amount }) => sum + (amount ?? 0), 0);
  return linked + (params.refund_amount ?? 0) + (params.credit_amount ?? 0) + (params.out_of_band_amount ?? 0);
}

function notesOf(context: Context, invoice: Stripe.Invoice): Stripe.CreditNote[] {
  return context.world.store.where("credit_note", "invoice", invoice.id);
}

/** A refund that exists already, of a payment of this invoice, as far as no other credit note names it. */
function linkedRefund(
  context: Context,
  invoice: Stripe.Invoice,
  given: Stripe.CreditNoteCreateParams.Refund,
): Stripe.CreditNote.Refund {
  const refund = need(context, "refund", given.refund ?? "", "refunds[refund]");
  if (given.amount_refunded === undefined) {
    throw invalidRequest("Missing required param: refunds[0][amount_refunded].", {
      code: "parameter_missing",
      param: "refunds[0][amount_refunded]",
    });
  }
  if (!paymentsOf(context, invoice).includes(idOf(refund.payment_intent) ?? "")) {
    throw invalidRequest(`Refund ${refund.id} is not a refund of a payment of invoice ${invoice.id}.`, {
      param: "refunds",
    });
  }
  const named = context.world.store
    .all("credit_note")
    .filter((note) => note.status === "issued")
    .flatMap((note) => note.refunds)
    .filter((link) => idOf(link.refund) === refund.id)
    .reduce((sum, link) => sum + link.amount_refunded, 0);
  if (given.amount_refunded > refund.amount - named) {
    throw invalidRequest(
      `Only ${printMoney(refund.amount - named, refund.currency)} of refund ${refund.id} can be linked to a credit note.`,
      { param: "refunds" },
    );
  }
  return { amount_refunded: given.amount_refunded, payment_record_refund: null, refund: refund.id, type: "refund" };
}

function paymentsOf(context: Context, invoice: Stripe.Invoice): string[] {
  return context.world.store
    .where("invoice_payment", "invoice", invoice.id)
    .filter((link) => link.status === "paid")
    .map((link) => idOf(link.payment.payment_intent) ?? "");
}

/** `refund_amount`: Stripe refunds the invoice's payment itself. */
function madeRefund(context: Context, invoice: Stripe.Invoice, amount: number): Stripe.CreditNote.Refund {
  const [payment] = paymentsOf(context, invoice);
  if (payment === undefined) {
    throw invalidRequest(`Invoice ${invoice.id} has no payment that can be refunded.`, { param: "refund_amount" });
  }
  const refund = createRefund(context, { payment_intent: payment, amount });
  return { amount_refunded: amount, payment_record_refund: null, refund: refund.id, type: "refund" };
}

function creditCustomer(context: Context, note: Stripe.CreditNote, amount: number): string {
  const customer = need(context, "customer", idOf(note.customer) ?? "", "customer");
  customer.balance -= amount;
  customer.currency ??= note.currency;
  const entry = customerBalanceTransaction(birthIn(context), {
    amount: -amount,
    credit_note: note.id,
    currency: note.currency,
    customer: customer.id,
    ending_balance: customer.balance,
    invoice: idOf(note.invoice),
    type: "credit_note",
  });
  save(context, customer);
  save(context, entry);
  return entry.id;
}

/** `sign` is 1 for a new credit note and -1 for one that becomes void. */
function applyToInvoice(context: Context, invoice: Stripe.Invoice, note: Stripe.CreditNote, sign: 1 | -1): void {
  const previous = { amount_due: invoice.amount_due, amount_remaining: invoice.amount_remaining };
  invoice.post_payment_credit_notes_amount += sign * note.post_payment_amount;
  invoice.pre_payment_credit_notes_amount += sign * note.pre_payment_amount;
  invoice.amount_due -= sign * note.pre_payment_amount;
  invoice.amount_remaining -= sign * note.pre_payment_amount;
  amountChanged(context, invoice, previous);
}

function list(context: Context, params: Stripe.CreditNoteListParams) {
  const { store } = context.world;
  const { customer, invoice } = params;
  let notes: Stripe.CreditNote[];
  if (invoice !== undefined) notes = store.where("credit_note", "invoice", invoice);
  else if (customer !== undefined) notes = store.where("credit_note", "customer", customer);
  else notes = store.all("credit_note");
  const wanted = notes.filter((note) => customer === undefined || idOf(note.customer) === customer);
  return listPage(context, "/v1/credit_notes", wanted, params);
}

function update(context: Context, params: Stripe.CreditNoteUpdateParams, id: string): Stripe.CreditNote {
  const note = need(context, "credit_note", id, "id");
  const previous = { memo: note.memo, metadata: note.metadata };
  if (params.memo !== undefined) note.memo = params.memo;
  note.metadata = mergeMetadata(note.metadata, params.metadata);
  save(context, note);
  emit(context, "credit_note.updated", note, previous);
  return note;
}

/** Only what lowered an open invoice can be taken back: https://docs.stripe.com/invoicing/dashboard/credit-notes#void */
function voidNote(context: Context, _params: Stripe.CreditNoteVoidCreditNoteParams, id: string): Stripe.CreditNote {
  const note = need(context, "credit_note", id, "id");
  const invoice = need(context, "invoice", idOf(note.invoice) ?? "", "invoice");
  if (note.status === "void") throw invalidRequest(`Credit note ${id} is already void.`, { param: "id" });
  if (invoice.status !== "open" || note.post_payment_amount > 0) {
    throw invalidRequest("You can only void a credit note whose invoice is open.", { param: "id" });
  }
  note.status = "void";
  note.voided_at = context.world.clock.nowSeconds();
  save(context, note);
  emit(context, "credit_note.voided", note);
  applyToInvoice(context, invoice, note, -1);
  return note;
}
