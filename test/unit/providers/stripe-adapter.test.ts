import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createStripeReader } from "../../../shared/providers/stripe/reader.ts";
import { policy } from "../../helpers/policy.ts";
import { call, refundOf, soon } from "./contract-world.ts";
import { createStripeWorld, READ_KEY, type StripeWorld } from "./stripe-world.ts";

let world: StripeWorld;
const paths: string[] = [];
const bodies: string[] = [];
beforeAll(async () => {
  world = await createStripeWorld((input, init) => {
    paths.push(`${init?.method} ${new URL(String(input)).pathname}`);
    bodies.push(String(init?.body ?? ""));
    return fetch(input, init);
  });
});
afterAll(() => world.close());

describe("a charge from before payment intents", () => {
  test("is its own payment, and its refunds are made and listed by charge", async () => {
    const created = 1_500_000_000;
    const amounts = { amount: 900, amount_captured: 900, currency: "usd" };
    await world.put({ object: "charge", id: "ch_old", payment_intent: null, created, ...amounts });
    const found = await world.reader.find({ kind: "charge", id: "ch_old" }, soon());
    expect(found).toMatchObject({
      ok: true,
      value: {
        payment: "ch_old",
        charge: "ch_old",
        status: "paid",
        capturedMinor: 900,
        capturedAt: 1_500_000_000_000,
      },
    });
    expect(await world.reader.find({ kind: "payment", id: "ch_old" }, soon())).toEqual(found);
    const options = call();
    expect(await world.provider.refund(refundOf("ch_old", 400), options)).toMatchObject({
      kind: "done",
      amountMinor: 400,
    });
    expect(await world.provider.findToRefund({ kind: "charge", id: "ch_old" }, soon())).toMatchObject({
      ok: true,
      value: { refunds: [{ actionId: options.actionId, amountMinor: 400 }], invoiceParts: [] },
    });
  });

  test("has the invoice that it paid, which is found among its customer's", async () => {
    const amounts = { amount: 900, amount_captured: 900, currency: "usd" };
    const paid = {
      currency: "usd",
      status: "paid",
      total: 900,
      amount_due: 900,
      amount_paid: 900,
      amount_remaining: 0,
    };
    await world.put(
      { object: "customer", id: "cus_old" },
      { object: "charge", id: "ch_paid", payment_intent: null, customer: "cus_old", ...amounts },
      { object: "charge", id: "ch_alone", payment_intent: null, customer: "cus_old", ...amounts },
      { object: "invoice", id: "in_old", customer: "cus_old", ...paid },
      {
        object: "invoice_payment",
        invoice: "in_old",
        status: "paid",
        amount_requested: 900,
        amount_paid: 900,
        payment: { type: "charge", charge: "ch_paid" },
      },
    );
    const partsOf = async (id: string) => await world.provider.findToRefund({ kind: "charge", id }, soon());
    const part = { invoice: "in_old", subscription: null, paidMinor: 900, creditedMinor: 0 };
    expect(await partsOf("ch_paid")).toMatchObject({ ok: true, value: { invoiceParts: [part] } });
    expect(await partsOf("ch_alone")).toMatchObject({ ok: true, value: { invoiceParts: [] } });
  });

  test("cannot be captured, released or confirmed through us, and nothing is sent", async () => {
    paths.length = 0;
    for (const effect of [
      await world.provider.authorize({ variant: "capture", payment: "ch_old", amountMinor: 1 }, call()),
      await world.provider.authorize({ variant: "release", payment: "ch_old" }, call()),
      await world.provider.retryPayment({ payment: "ch_old", method: "pm_1" }, call()),
    ]) {
      expect(effect).toMatchObject({ kind: "refused", code: "payment_intent_missing", stored: false });
    }
    expect(paths).toEqual([]);
  });
});

test("a credit note that records what was given back elsewhere is no refund of the payment", async () => {
  const { payment, invoice } = await world.captured({ amountMinor: 900, invoiceNumber: "INV-7001" });
  const record = { payment_record: "pr_1", refund_group: "rg_1" };
  const elsewhere = { type: "payment_record_refund", amount_refunded: 900, payment_record_refund: record };
  await world.put({ object: "credit_note", invoice, post_payment_amount: 900, refunds: [elsewhere] });
  expect(await world.provider.findToRefund({ kind: "payment", id: payment }, soon())).toMatchObject({
    ok: true,
    value: { invoiceParts: [{ invoice, paidMinor: 900, creditedMinor: 900, overpaidMinor: 0 }] },
  });
});

describe("an invoice with several payments", () => {
  const link = (id: string, invoice: string, payment: string, status: string, isDefault: boolean) => ({
    object: "invoice_payment",
    id,
    invoice,
    status,
    is_default: isDefault,
    amount_requested: 500,
    payment: { type: "payment_intent", payment_intent: payment },
  });

  test("two that paid it are ambiguous to refund, and to collect lead to the one that paid last", async () => {
    const [a, b] = [await world.captured({ amountMinor: 500 }), await world.captured({ amountMinor: 500 })];
    await world.put(
      { object: "invoice", id: "in_split", status: "paid", currency: "usd" },
      link("inpay_a", "in_split", a.payment, "paid", true),
      { ...link("inpay_b", "in_split", b.payment, "paid", false), status_transitions: { paid_at: 2_000_000_000 } },
    );
    const invoice = { kind: "invoice", id: "in_split" } as const;
    expect(await world.reader.findToRefund(invoice, soon())).toMatchObject({
      ok: false,
      error: { reason: "provider_refused", detail: expect.stringContaining("in_split") },
    });
    expect(await world.reader.findToCollect(invoice, soon(), policy.guardrails.retry.oneOffMaxAgeMs)).toMatchObject({
      value: { payment: b.payment },
    });
  });

  test("the one that paid it counts before cancelled and open ones", async () => {
    const [a, b] = [await world.captured({ amountMinor: 500 }), await world.captured({ amountMinor: 500 })];
    await world.put(
      { object: "invoice", id: "in_once", status: "paid", currency: "usd" },
      link("inpay_c", "in_once", a.payment, "canceled", true),
      link("inpay_d", "in_once", b.payment, "paid", false),
    );
    expect(await world.reader.find({ kind: "invoice", id: "in_once" }, soon())).toMatchObject({
      ok: true,
      value: { payment: b.payment },
    });
  });
});

describe("the state of a payment, in our words", () => {
  test.each([
    ["succeeded", "paid"],
    ["requires_capture", "held"],
    ["requires_payment_method", "unpaid"],
    ["requires_action", "needs_action"],
    ["processing", "processing"],
    ["canceled", "canceled"],
    ["requires_confirmation", "other"],
    ["a_status_of_tomorrow", "other"],
  ])("%s is %s", async (status, told) => {
    const id = `pi_is_${status}`;
    await world.put({ object: "payment_intent", id, status, amount: 300, currency: "usd" });
    expect(await world.reader.find({ kind: "payment", id }, soon())).toMatchObject({
      ok: true,
      value: { status: told },
    });
  });

  test.each([
    ["succeeded", true, "paid"],
    ["succeeded", false, "held"],
    ["pending", false, "processing"],
    ["failed", false, "unpaid"],
    ["a_status_of_tomorrow", false, "other"],
  ])("a charge without an intent that is %s (captured: %s) is %s", async (status, captured, told) => {
    const id = `ch_is_${status}_${captured}`;
    const amounts = { amount: 900, amount_captured: captured ? 900 : 0, currency: "usd" };
    await world.put({ object: "charge", id, payment_intent: null, status, captured, ...amounts });
    expect(await world.reader.find({ kind: "charge", id }, soon())).toMatchObject({
      ok: true,
      value: { status: told },
    });
  });
});

describe("why a payment was declined", () => {
  const soft = { code: "card_declined", decline_code: "insufficient_funds", advice_code: "try_again_later" };
  const declineOf = async (n: number, error: object | null, outcome: object | null) => {
    const [id, charge] = [`pi_why_${n}`, `ch_why_${n}`];
    const sum = { amount: 300, currency: "usd" };
    const failed = { status: "failed", amount_captured: 0, amount_refunded: 0, failure_code: "card_declined", outcome };
    await world.put({ object: "charge", id: charge, payment_intent: id, ...sum, ...failed });
    const unpaid = { status: "requires_payment_method", latest_charge: charge, last_payment_error: error };
    await world.put({ object: "payment_intent", id, ...sum, ...unpaid });
    const found = await world.reader.find({ kind: "payment", id }, soon());
    return found.ok ? found.value?.decline : found;
  };

  test("is the strictest of the intent's last error and the failed charge's outcome", async () => {
    const blocked = { type: "blocked", reason: "previously_declined_do_not_retry" };
    expect(await declineOf(1, soft, { type: "issuer_declined", reason: "insufficient_funds" })).toMatchObject({
      code: "insufficient_funds",
      class: "soft",
    });
    expect(await declineOf(2, soft, blocked)).toMatchObject({ code: blocked.reason, class: "never" });
    expect(await declineOf(3, null, blocked)).toMatchObject({ code: blocked.reason, class: "never" });
    expect(await declineOf(4, { ...soft, decline_code: "stolen_card" }, null)).toMatchObject({ class: "never" });
    expect(await declineOf(5, null, null)).toMatchObject({ code: null, class: "needs_customer", isKnown: false });
  });
});

describe("what Stripe knows little of", () => {
  test("a payment that nobody has tried yet has no charge and no customer", async () => {
    await world.put({
      object: "payment_intent",
      id: "pi_new",
      status: "requires_payment_method",
      amount: 300,
      currency: "usd",
    });
    expect(await world.reader.find({ kind: "payment", id: "pi_new" }, soon())).toMatchObject({
      ok: true,
      value: { payment: "pi_new", charge: null, customer: null, capturedMinor: 0, refundedMinor: 0, capturedAt: null },
    });
  });

  test("with a method that Stripe does not have, confirming again is refused and nothing is charged", async () => {
    await world.put({
      object: "payment_intent",
      id: "pi_bare",
      status: "requires_payment_method",
      amount: 300,
      currency: "usd",
    });
    const retried = { payment: "pi_bare", method: "pm_nobody" };
    expect(await world.provider.retryPayment(retried, call())).toMatchObject({
      kind: "refused",
      code: "resource_missing",
    });
  });

  test("a payment of the other mode is not there", async () => {
    await world.put({
      object: "payment_intent",
      id: "pi_live",
      status: "paid",
      amount: 300,
      currency: "usd",
      livemode: true,
    });
    expect(await world.reader.find({ kind: "payment", id: "pi_live" }, soon())).toEqual({ ok: true, value: null });
  });

  test("an invoice whose bank wants the customer to act is declined as authentication_required", async () => {
    const { invoice, method } = await world.openInvoice({ amountMinor: 500, declineCode: "insufficient_funds" });
    await world.nextDecline(invoice, "requires_action");
    expect(await world.provider.retryPayment({ invoice, paidMinor: 0, method }, call())).toMatchObject({
      kind: "declined",
      decline: { code: "authentication_required", class: "needs_customer" },
    });
  });

  test("a declined payment is tried again with exactly the method that it is told", async () => {
    const { customer } = await world.captured({ amountMinor: 100 });
    const own = { status: "requires_confirmation", amount: 300, currency: "usd", customer, payment_method: "pm_own" };
    await world.put(
      { object: "payment_method", id: "pm_own", customer },
      { object: "payment_intent", id: "pi_own", ...own },
    );
    await world.nextDecline("pi_own", "insufficient_funds");
    expect(await world.provider.retryPayment({ payment: "pi_own", method: "pm_own" }, call())).toMatchObject({
      kind: "declined",
    });
    bodies.length = 0;
    expect(await world.provider.retryPayment({ payment: "pi_own", method: "pm_own" }, call())).toMatchObject({
      kind: "done",
    });
    expect(bodies).toContain("payment_method=pm_own&off_session=true");
  });
});

describe("how often Stripe is asked", () => {
  test.each([
    ["payment", 1],
    ["charge", 1],
    ["invoice", 2],
    ["invoiceNumber", 2],
  ] as const)("a %s is found with %d request(s)", async (kind, count) => {
    const number = `INV-COUNT-${kind}`;
    const paid = await world.captured({ amountMinor: 100, invoiceNumber: number });
    paths.length = 0;
    const ids = { payment: paid.payment, charge: paid.charge, invoice: paid.invoice ?? "" };
    const reference = kind === "invoiceNumber" ? { kind, number } : { kind, id: ids[kind] };
    expect(await world.reader.find(reference, soon())).toMatchObject({ ok: true, value: { payment: paid.payment } });
    expect(paths).toHaveLength(count);
  });

  test("an earlier, failed try leads to the payment's latest charge", async () => {
    const { payment, method } = await world.declined({ amountMinor: 500, declineCode: "insufficient_funds" });
    const before = await world.reader.find({ kind: "payment", id: payment }, soon());
    const failedCharge = before.ok ? (before.value?.charge ?? "") : "";
    await world.provider.retryPayment({ payment, method }, call());
    const found = await world.reader.find({ kind: "charge", id: failedCharge }, soon());
    expect(found).toMatchObject({ ok: true, value: { payment, status: "paid", capturedMinor: 500 } });
    expect(found.ok && found.value?.charge).not.toBe(failedCharge);
  });
});

describe("an answer that cannot be trusted", () => {
  const intent = {
    id: "pi_1",
    object: "payment_intent",
    amount: 100,
    amount_received: 100,
    amount_capturable: 0,
    currency: "usd",
    status: "paid",
    created: 1,
    livemode: false,
    latest_charge: {
      id: "ch_1",
      object: "charge",
      amount: 100,
      amount_captured: 100,
      amount_refunded: 0,
      disputed: false,
    },
  };
  const findWith = (answer: object) => {
    const reader = createStripeReader({
      apiKey: READ_KEY,
      fetch: (input) =>
        Promise.resolve(
          Response.json(String(input).includes("invoice_payments") ? { object: "list", data: [] } : answer),
        ),
    });
    return reader.find({ kind: "payment", id: "pi_1" }, soon());
  };

  test("as it should be, it is a snapshot", async () => {
    expect(await findWith(intent)).toMatchObject({ ok: true, value: { capturedMinor: 100 } });
  });

  test.each([
    ["no amount", { ...intent, amount: undefined }],
    ["half a cent", { ...intent, amount: 99.5 }],
    ["a negative capture", { ...intent, latest_charge: { ...intent.latest_charge, amount_captured: -1 } }],
    ["no word of refunds", { ...intent, latest_charge: { ...intent.latest_charge, amount_refunded: undefined } }],
    ["no currency", { ...intent, currency: undefined }],
    ["amounts as text", { ...intent, amount: "100" }],
  ])("%s: a failure, never a zero", async (_what, answer) => {
    expect(await findWith(answer)).toMatchObject({ ok: false, error: { reason: "provider_refused" } });
  });
});
