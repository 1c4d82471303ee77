import { describe, expect, test } from "vitest";
import {
  type Answers,
  at,
  chargeOf,
  failure,
  fakeStripe,
  firstOf,
  invoiceOf,
  linkOf,
  listOf,
  PAYMENT,
  PLAIN,
  paidWith,
  toRefund,
} from "./stripe-fake.ts";

describe("what a payment paid for its invoices", () => {
  const paying = (invoice: unknown, fields: object = {}): Answers => ({
    "GET invoice_payments": listOf(linkOf("paid", "pi_1", { invoice, ...fields })),
  });
  const note = (fields: object) => ({
    id: "cn_1",
    object: "credit_note",
    status: "issued",
    post_payment_amount: 300,
    refunds: [],
    ...fields,
  });
  const credited = (...notes: object[]): Answers => ({
    ...paying(invoiceOf({ post_payment_credit_notes_amount: 300 })),
    "GET credit_notes": listOf(...notes),
  });
  const refunded = (amount_refunded: number) => ({ refund: "re_1", type: "refund", amount_refunded });
  const part = (creditedMinor: number | null) => ({
    value: { invoiceParts: [{ invoice: "in_1", subscription: null, paidMinor: 1_000, creditedMinor }] },
  });

  test("is each paid invoice with its own sum", async () => {
    const list = listOf(
      linkOf("paid", "pi_1", { amount_paid: 600, invoice: invoiceOf() }),
      linkOf("paid", "pi_1", { amount_paid: 400, invoice: invoiceOf({ id: "in_2" }) }),
    );
    expect(await toRefund({ "GET invoice_payments": list })).toMatchObject({
      value: {
        invoiceParts: [
          { invoice: "in_1", paidMinor: 600, creditedMinor: 0 },
          { invoice: "in_2", paidMinor: 400, creditedMinor: 0 },
        ],
      },
    });
  });

  test("is asked for as paid, by the payment", async () => {
    const stripe = fakeStripe({ ...PLAIN, ...paying(invoiceOf()) });
    expect(await stripe.reader.findToRefund(PAYMENT, at())).toMatchObject(part(0));
    const query = stripe.asked.find(({ what }) => what === "GET invoice_payments")?.query;
    expect(query).toContain("status=paid");
    expect(query).toContain("payment[payment_intent]=pi_1");
  });

  test.each([
    ["a credit to the balance", [note({})], 300],
    ["one that is void", [note({ status: "void" })], 0],
    ["one refunded in full", [note({ refunds: [refunded(300)] })], 0],
    ["one refunded in part", [note({ refunds: [refunded(100)] })], 200],
    ["one with two refunds", [note({ refunds: [refunded(100), refunded(50)] })], 150],
    ["two of them", [note({}), note({ id: "cn_2", post_payment_amount: 50 })], 350],
    ["one before payment", [note({ post_payment_amount: 0 })], 0],
    ["refunds beyond its sum lower no other's", [note({ refunds: [refunded(400)] }), note({})], 300],
    [
      "one given back elsewhere, which Stripe only records",
      [note({ refunds: [{ refund: null, type: "payment_record_refund", amount_refunded: 300 }] })],
      300,
    ],
    ["one with a refund of a kind of tomorrow", [note({ refunds: [{ ...refunded(300), type: "tomorrow" }] })], 300],
  ])("less its credit notes: %s", async (_what, notes, creditedMinor) => {
    expect(await toRefund(credited(...notes))).toMatchObject(part(creditedMinor));
  });

  test("says what was paid beyond it, which is on the customer's balance", async () => {
    const overpaid = { value: { invoiceParts: [{ paidMinor: 1_000, creditedMinor: 0, overpaidMinor: 40 }] } };
    expect(await toRefund(paying(invoiceOf({ amount_overpaid: 40 })))).toMatchObject(overpaid);
    const shared = paying(invoiceOf({ amount_overpaid: 40, amount_paid: 1_500 }));
    expect(await toRefund(shared)).toMatchObject(part(null));
  });

  test("less nobody knows what, where it was credited and another payment paid for it as well", async () => {
    const shared = { amount_paid: 1_500, post_payment_credit_notes_amount: 300 };
    const answers = { ...credited(note({})), ...paying(invoiceOf(shared)) };
    expect(await toRefund(answers)).toMatchObject(part(null));
    expect(await toRefund(paying(invoiceOf({ amount_paid: 1_500 })))).toMatchObject(part(0));
  });

  test.each<[string, Answers]>([
    ["an invoice that does not say what was overpaid", paying(invoiceOf({ amount_overpaid: undefined }))],
    ["an invoice that does not say what was paid", paying(invoiceOf({ amount_paid: undefined }))],
    ["more invoices than one page", { "GET invoice_payments": firstOf(linkOf("paid", "pi_1")) }],
    ["no list of invoices", { "GET invoice_payments": {} }],
    ["an invoice that was deleted", paying({ id: "in_1", object: "invoice", deleted: true })],
    ["an invoice that is only an id", paying("in_1")],
    ["no invoice", paying(null)],
    ["no sum", paying(invoiceOf(), { amount_paid: null })],
    ["more credit notes than one page", { ...credited(), "GET credit_notes": firstOf(note({})) }],
    ["no list of credit notes", { ...credited(), "GET credit_notes": {} }],
    ["a credit note without a sum", credited(note({ post_payment_amount: undefined }))],
    ["a credit note with an unreadable refund", credited(note({ refunds: [{ refund: "re_1", type: "refund" }] }))],
    ["a credit note without a word of refunds", credited(note({ refunds: undefined }))],
    [
      "an invoice that does not say whether it was credited",
      paying(invoiceOf({ post_payment_credit_notes_amount: undefined })),
    ],
  ])("%s: a failure", async (_what, answers) => {
    const found = await toRefund({ "GET credit_notes": {}, ...answers });
    expect(found).toMatchObject({ ok: false, error: { reason: "provider_unavailable" } });
  });

  test("leads from the invoice to the one payment that paid it, whichever else was tried", async () => {
    const links = [linkOf("open", "pi_2", { is_default: true }), linkOf("canceled", "pi_3"), linkOf("paid", "pi_1")];
    const answers = { "GET invoices/in_1": invoiceOf(paidWith(...links)), ...paying(invoiceOf()) };
    expect(await toRefund(answers, { kind: "invoice", id: "in_1" })).toMatchObject({
      value: { payment: "pi_1", invoice: "in_1", ...part(0).value },
    });
  });

  test("of an invoice with two paid payments is ambiguous", async () => {
    const invoice = invoiceOf(paidWith(linkOf("paid", "pi_1"), linkOf("paid", "pi_2")));
    expect(await toRefund({ "GET invoices/in_1": invoice }, { kind: "invoice", id: "in_1" })).toMatchObject(
      failure("provider_refused", "ambiguous"),
    );
  });

  test("of an invoice that nothing paid is a snapshot without a payment", async () => {
    const invoice = invoiceOf({ status: "open", amount_paid: 0, amount_remaining: 1_000, ...paidWith() });
    expect(await toRefund({ "GET invoices/in_1": invoice }, { kind: "invoice", id: "in_1" })).toMatchObject({
      ok: true,
      value: { payment: null, capturedMinor: 0, refunds: null },
    });
  });
});

describe("what a charge without a payment intent paid", () => {
  const CHARGE = { kind: "charge", id: "ch_1" } as const;
  const paidBy = (charge: string, fields: object = {}) =>
    invoiceOf({ ...paidWith(linkOf("paid", null, { payment: { type: "charge", charge } })), ...fields });
  const ofCustomer = (invoices: unknown): Answers => ({
    "GET charges/ch_1": chargeOf({ customer: "cus_1", payment_intent: null }),
    "GET invoices": invoices,
  });
  const parts = async (answers: Answers) => await toRefund(answers, CHARGE);

  test("is found among the invoices of its customer, with what was credited", async () => {
    const credited = paidBy("ch_1", { amount_overpaid: 40 });
    const answers = ofCustomer(firstOf(paidBy("ch_2", { id: "in_2" }), credited));
    const part = { invoice: "in_1", subscription: null, paidMinor: 1_000, creditedMinor: 0, overpaidMinor: 40 };
    expect(await parts(answers)).toMatchObject({ value: { payment: "ch_1", invoiceParts: [part] } });
    const named = { ...answers, "GET invoices/in_1": credited };
    expect(await toRefund(named, { kind: "invoice", id: "in_1" })).toMatchObject({
      value: { payment: "ch_1", invoice: "in_1", invoiceParts: [part] },
    });
  });

  test("is asked for by the customer, up to the charge", async () => {
    const stripe = fakeStripe({ ...PLAIN, ...ofCustomer(listOf()) });
    await stripe.reader.findToRefund(CHARGE, at());
    const query = stripe.asked.find(({ what }) => what === "GET invoices")?.query;
    for (const part of ["customer=cus_1", "created[lte]=1", "limit=100"]) expect(query).toContain(part);
  });

  test("is nothing where it has no customer, or none of all invoices says so", async () => {
    const alone = { "GET charges/ch_1": chargeOf({ customer: null, payment_intent: null }) };
    for (const answers of [alone, ofCustomer(listOf()), ofCustomer(listOf(paidBy("ch_2")))])
      expect(await parts(answers)).toMatchObject({ ok: true, value: { invoiceParts: [] } });
  });

  test.each<[string, unknown]>([
    ["there are more invoices", firstOf(paidBy("ch_2"))],
    ["an invoice has more payments", listOf(invoiceOf({ payments: firstOf() }))],
    ["an invoice does not say its payments", listOf(invoiceOf())],
  ])("is not known where %s", async (_what, invoices) => {
    expect(await parts(ofCustomer(invoices))).toMatchObject({ ok: true, value: { invoiceParts: null } });
  });

  test("a list that cannot be read is a failure", async () => {
    expect(await parts(ofCustomer({}))).toMatchObject(failure("provider_unavailable", "cus_1"));
  });
});
