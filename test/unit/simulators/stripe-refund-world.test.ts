import { describe, expect, test } from "vitest";

import { DISPUTE_STATUSES } from "../../../simulators/stripe/objects/disputes.ts";
import { refusalOf, standIn } from "./stripe-standin.ts";

const world = standIn();
const { control, put, state } = world;

const ANN = { object: "customer", id: "cus_ann" };
const PAID = { object: "payment_intent", id: "pi_paid", amount: 5000, status: "succeeded", customer: "cus_ann" };
/** An invoice of 50.00, paid by `pi_paid`. */
const PAID_INVOICE = [
  ANN,
  PAID,
  { object: "invoice", id: "in_paid", number: "INV-7", customer: "cus_ann", status: "paid", total: 5000 },
  paymentOf("in_paid", "pi_paid", 5000),
];

function paymentOf(invoice: string, intent: string, amount: number, more: object = {}) {
  const payment = { type: "payment_intent", payment_intent: intent };
  return { object: "invoice_payment", invoice, payment, amount_requested: amount, status: "paid", ...more };
}

describe("disputes", () => {
  test.each(DISPUTE_STATUSES.map((status) => [status, status === "won" || status.startsWith("warning_")] as const))(
    "a charge whose dispute is %s: a refund passes is %s",
    async (status, passes) => {
      await put(ANN, PAID, { object: "dispute", id: "du_1", charge: "ch_paid", status });
      const refund = world.stripe.refunds.create({ payment_intent: "pi_paid" });
      if (passes) expect((await refund).status).toBe("succeeded");
      else expect(await refusalOf(refund)).toMatchObject({ statusCode: 400, code: "charge_disputed" });
    },
  );

  test("is_charge_refundable of the dispute decides, where it is given", async () => {
    await put(ANN, PAID, {
      object: "dispute",
      charge: "ch_paid",
      status: "needs_response",
      is_charge_refundable: true,
    });
    expect((await world.stripe.refunds.create({ charge: "ch_paid" })).amount).toBe(5000);
    await put(
      { ...PAID, id: "pi_two" },
      { object: "dispute", charge: "ch_two", status: "warning_closed", is_charge_refundable: false },
    );
    expect((await refusalOf(world.stripe.refunds.create({ charge: "ch_two" }))).code).toBe("charge_disputed");
  });

  test("are listed by charge and by payment intent, and not with another's", async () => {
    await put(ANN, PAID, { ...PAID, id: "pi_two" });
    await put(
      { object: "dispute", id: "du_1", charge: "ch_paid" },
      { object: "dispute", id: "du_2", charge: "ch_two" },
    );
    const ids = async (params: object) => (await world.stripe.disputes.list(params)).data.map(({ id }) => id);
    expect(await ids({ charge: "ch_two" })).toEqual(["du_2"]);
    expect(await ids({ payment_intent: "pi_paid" })).toEqual(["du_1"]);
    expect(await ids({ charge: "ch_two", payment_intent: "pi_paid" })).toEqual([]);
  });

  test("an inquiry that becomes a chargeback takes the money, and a win brings it back", async () => {
    await put(ANN, PAID, { object: "dispute", id: "du_1", charge: "ch_paid", status: "warning_needs_response" });
    const raised = await control("disputes/du_1", { status: "needs_response" });
    expect(raised).toMatchObject({ status: "needs_response", is_charge_refundable: false });
    expect(await world.eventTypes()).toEqual(["charge.dispute.updated", "charge.dispute.funds_withdrawn"]);
    await control("disputes/du_1", { status: "under_review" });
    await control("disputes/du_1", { status: "won" });
    expect((await world.eventTypes()).slice(2)).toEqual([
      "charge.dispute.updated",
      "charge.dispute.updated",
      "charge.dispute.funds_reinstated",
      "charge.dispute.closed",
    ]);
    const won = await world.stripe.disputes.retrieve("du_1");
    expect(won.balance_transactions.map(({ amount }) => amount)).toEqual([-5000, 5000]);
  });

  test("a chargeback that a control opens takes the money at once and refuses refunds; an inquiry does neither", async () => {
    await put(ANN, PAID, { ...PAID, id: "pi_two" });
    await control("disputes", { charge: "ch_paid", reason: "duplicate" });
    await control("disputes", { charge: "ch_two", status: "warning_needs_response", amount: 100 });
    expect(await world.eventTypes()).toEqual([
      "charge.dispute.created",
      "charge.dispute.funds_withdrawn",
      "charge.dispute.created",
    ]);
    expect((await world.stripe.disputes.list({ payment_intent: "pi_paid" })).data).toMatchObject([
      { amount: 5000, reason: "duplicate", status: "needs_response", balance_transactions: [{ amount: -5000 }] },
    ]);
    expect((await world.stripe.charges.retrieve("ch_two")).disputed).toBe(true);
    expect((await refusalOf(world.stripe.refunds.create({ charge: "ch_paid" }))).code).toBe("charge_disputed");
    expect((await world.stripe.refunds.create({ charge: "ch_two" })).status).toBe("succeeded");
  });

  test("an inquiry that closes moves no money; a status that Stripe does not know is refused", async () => {
    await put(ANN, PAID, { object: "dispute", id: "du_1", charge: "ch_paid", status: "warning_needs_response" });
    await control("disputes/du_1", { status: "warning_closed", isChargeRefundable: false });
    expect(await world.eventTypes()).toEqual(["charge.dispute.updated", "charge.dispute.closed"]);
    expect(await world.stripe.disputes.retrieve("du_1")).toMatchObject({
      status: "warning_closed",
      is_charge_refundable: false,
      balance_transactions: [],
    });
    expect(await world.refusedControl("disputes/du_1", { status: "gone" })).toContain("status must be one of");
    expect(await world.refusedControl("disputes/du_1", { status: "won", state: 1 })).toContain("knows no 'state'");
  });
});

describe("credit notes", () => {
  test("of a paid invoice must say where its money goes, to the cent", async () => {
    await put(...PAID_INVOICE);
    const create = (params: object) => world.stripe.creditNotes.create({ invoice: "in_paid", ...params });
    expect((await refusalOf(create({ amount: 2000 }))).message).toContain("must equal");
    expect((await refusalOf(create({ amount: 2000, credit_amount: 1999 }))).message).toContain("must equal");
    expect((await refusalOf(create({ amount: 5001, credit_amount: 5001 }))).message).toContain("greater than");
    const note = await create({ amount: 2000, credit_amount: 1500, out_of_band_amount: 500 });
    expect(note).toMatchObject({
      status: "issued",
      type: "post_payment",
      amount: 2000,
      post_payment_amount: 2000,
      pre_payment_amount: 0,
      out_of_band_amount: 500,
      refunds: [],
    });
    expect(await world.stripe.invoices.retrieve("in_paid")).toMatchObject({
      post_payment_credit_notes_amount: 2000,
      pre_payment_credit_notes_amount: 0,
      amount_paid: 5000,
    });
    expect(await world.stripe.customers.retrieve("cus_ann")).toMatchObject({ balance: -1500 });
    const [entry] = (await world.stripe.customers.listBalanceTransactions("cus_ann")).data;
    expect(entry).toMatchObject({ id: note.customer_balance_transaction, amount: -1500, credit_note: note.id });
    expect((await refusalOf(create({ amount: 3001, credit_amount: 3001 }))).message).toContain("greater than");
  });

  test("refund_amount refunds the invoice's payment, and the note names the refund", async () => {
    await put(...PAID_INVOICE);
    const note = await world.stripe.creditNotes.create({ invoice: "in_paid", refund_amount: 1200 });
    const refunds = (await world.stripe.refunds.list({ payment_intent: "pi_paid" })).data;
    expect(refunds).toHaveLength(1);
    expect(note.refunds).toMatchObject([{ amount_refunded: 1200, refund: refunds[0]?.id, type: "refund" }]);
  });

  test("an existing refund is linked once, and only one of this invoice's payment", async () => {
    await put(...PAID_INVOICE, { ...PAID, id: "pi_other" });
    const mine = await world.stripe.refunds.create({ payment_intent: "pi_paid", amount: 1000 });
    const other = await world.stripe.refunds.create({ payment_intent: "pi_other", amount: 1000 });
    const link = (refund: string, amount: number) =>
      world.stripe.creditNotes.create({
        invoice: "in_paid",
        amount,
        refunds: [{ refund, amount_refunded: amount }],
      });
    expect((await refusalOf(link(other.id, 1000))).message).toContain("not a refund of a payment of invoice");
    expect((await link(mine.id, 600)).refunds).toMatchObject([{ refund: mine.id, amount_refunded: 600 }]);
    expect((await refusalOf(link(mine.id, 401))).message).toContain("$4.00 of refund");
    expect((await state()).refunds).toHaveLength(2);
  });

  test("of an open invoice lowers what is due, also of its default payment, until it is void", async () => {
    await put(ANN, { object: "invoice", id: "in_due", customer: "cus_ann", status: "draft", total: 5000 });
    await world.stripe.invoices.finalizeInvoice("in_due");
    const note = await world.stripe.creditNotes.create({ invoice: "in_due", amount: 2000 });
    expect(note).toMatchObject({ type: "pre_payment", pre_payment_amount: 2000, post_payment_amount: 0 });
    expect(await world.stripe.invoices.retrieve("in_due")).toMatchObject({
      amount_due: 3000,
      amount_remaining: 3000,
      pre_payment_credit_notes_amount: 2000,
    });
    const [link] = (await world.stripe.invoicePayments.list({ invoice: "in_due" })).data;
    expect(link).toMatchObject({ is_default: true, status: "open", amount_requested: 3000 });
    const intent = await world.stripe.paymentIntents.retrieve(String(link?.payment.payment_intent));
    expect(intent.amount).toBe(3000);
    await world.stripe.creditNotes.voidCreditNote(note.id);
    expect(await world.stripe.invoices.retrieve("in_due")).toMatchObject({
      amount_remaining: 5000,
      pre_payment_credit_notes_amount: 0,
    });
    expect(await world.eventTypes()).toContain("credit_note.voided");
  });

  test("an open invoice that is credited whole is paid, without a payment", async () => {
    await put(ANN, { object: "invoice", id: "in_due", customer: "cus_ann", status: "draft", total: 5000 });
    await world.stripe.invoices.finalizeInvoice("in_due");
    await world.stripe.creditNotes.create({ invoice: "in_due", amount: 5000 });
    expect(await world.stripe.invoices.retrieve("in_due")).toMatchObject({ status: "paid", amount_paid: 0 });
    expect((await world.stripe.invoicePayments.list({ invoice: "in_due" })).data[0]?.status).toBe("canceled");
    expect((await state()).captures).toEqual([]);
  });

  test("of a partly paid invoice has a part before and a part after the payment, and cannot become void", async () => {
    await put(ANN, PAID, {
      object: "invoice",
      id: "in_part",
      customer: "cus_ann",
      total: 8000,
      amount_paid: 5000,
    });
    await put(paymentOf("in_part", "pi_paid", 5000));
    const note = await world.stripe.creditNotes.create({ invoice: "in_part", amount: 4000, credit_amount: 1000 });
    expect(note).toMatchObject({ type: "mixed", pre_payment_amount: 3000, post_payment_amount: 1000 });
    expect((await refusalOf(world.stripe.creditNotes.voidCreditNote(note.id))).message).toContain("invoice is open");
  });

  test("are seeded, made by hand, listed by invoice, and shown on the invoice", async () => {
    await put(...PAID_INVOICE, { object: "credit_note", id: "cn_seed", invoice: "in_paid", amount: 700 });
    const made = await control<{ id: string }>("credit_notes", { invoice: "in_paid", credit_amount: 300 });
    const listed = (await world.stripe.creditNotes.list({ invoice: "in_paid" })).data;
    expect(listed.map(({ id }) => id).toSorted()).toEqual([made.id, "cn_seed"].toSorted());
    expect(await world.stripe.creditNotes.retrieve("cn_seed")).toMatchObject({
      customer: "cus_ann",
      post_payment_amount: 700,
      pre_payment_amount: 0,
      type: "post_payment",
    });
    expect((await world.stripe.invoices.retrieve("in_paid")).post_payment_credit_notes_amount).toBe(1000);
    expect((await world.stripe.creditNotes.list({ invoice: "in_none" })).data).toEqual([]);
  });
});

describe("invoices and payments, many to many", () => {
  test("an invoice paid by several payments, and a payment of several invoices, are listed from both sides, in pages", async () => {
    await put(ANN, PAID, { ...PAID, id: "pi_two", amount: 3000 });
    for (const id of ["in_a", "in_b"])
      await put({ object: "invoice", id, customer: "cus_ann", status: "paid", total: 4000 });
    await put(
      paymentOf("in_a", "pi_paid", 2500, { id: "inpay_1" }),
      paymentOf("in_b", "pi_paid", 2500, { id: "inpay_2" }),
      paymentOf("in_a", "pi_two", 1500, { id: "inpay_3", is_default: false }),
    );
    const payment = { type: "payment_intent", payment_intent: "pi_paid" } as const;
    const ofPayment = await world.stripe.invoicePayments.list({ payment, limit: 1 });
    expect(ofPayment).toMatchObject({ has_more: true, data: [{ id: "inpay_2", amount_paid: 2500 }] });
    const next = await world.stripe.invoicePayments.list({ payment, limit: 1, starting_after: "inpay_2" });
    expect(next).toMatchObject({ has_more: false, data: [{ id: "inpay_1", invoice: "in_a" }] });
    const ofInvoice = (await world.stripe.invoicePayments.list({ invoice: "in_a", status: "paid" })).data;
    expect(ofInvoice).toMatchObject([
      { id: "inpay_3", is_default: false, status: "paid", amount_paid: 1500 },
      { id: "inpay_1", is_default: true },
    ]);
    expect(ofInvoice[0]?.status_transitions.paid_at).toBeGreaterThan(0);
  });

  test("one payment of two invoices pays both, each by what it asks for", async () => {
    await put(ANN, { object: "payment_intent", id: "pi_both", amount: 7000, customer: "cus_ann" });
    for (const [id, total] of [["in_a", 3000] as const, ["in_b", 5000] as const])
      await put({ object: "invoice", id, customer: "cus_ann", total });
    await put(
      paymentOf("in_a", "pi_both", 3000, { status: "open" }),
      paymentOf("in_b", "pi_both", 4000, { status: "open", is_default: false }),
    );
    await world.stripe.paymentIntents.confirm("pi_both", { payment_method: "pm_ann" });
    expect(await world.stripe.invoices.retrieve("in_a")).toMatchObject({ status: "paid", amount_paid: 3000 });
    expect(await world.stripe.invoices.retrieve("in_b")).toMatchObject({
      status: "open",
      amount_paid: 4000,
      amount_remaining: 1000,
    });
  });
});

describe("refunds that are none, and refunds by hand", () => {
  test("the rest of a hold is a succeeded refund without a balance transaction, to a reversal", async () => {
    await put(ANN, { ...PAID, id: "pi_held", status: "requires_capture", amount: 5000 });
    await world.stripe.paymentIntents.capture("pi_held", { amount_to_capture: 3000 });
    await world.stripe.refunds.create({ payment_intent: "pi_held", amount: 3000 });
    const [money, released] = (await world.stripe.refunds.list({ payment_intent: "pi_held" })).data;
    expect(released).toMatchObject({
      amount: 2000,
      status: "succeeded",
      balance_transaction: null,
      destination_details: { card: { type: "reversal" } },
    });
    expect(money).toMatchObject({
      amount: 3000,
      status: "succeeded",
      destination_details: { card: { type: "refund" } },
    });
    expect(money?.balance_transaction).toMatch(/^txn_/);
  });

  test("a refund in the dashboard has the metadata and the reason that were given", async () => {
    await put(ANN, PAID);
    const refund = await control<{ id: string }>("refunds", {
      payment_intent: "pi_paid",
      amount: 1000,
      metadata: { order: "7" },
      reason: "duplicate",
    });
    expect(await world.stripe.refunds.retrieve(refund.id)).toMatchObject({
      amount: 1000,
      metadata: { order: "7" },
      reason: "duplicate",
    });
    expect(await control("refunds", { charge: "ch_paid", amount: 500 })).toMatchObject({ payment_intent: "pi_paid" });
    expect(await world.refusedControl("refunds", { payment_intent: "pi_paid", metadata: { a: 1 } })).toContain(
      "strings",
    );
  });
});
