import { describe, expect, test } from "vitest";
import { call, refundOf } from "./contract-world.ts";
import {
  type Answers,
  fakeStripe,
  firstOf,
  intentOf,
  invoiceOf,
  linkOf,
  paidWith,
  problem,
  refundObject,
} from "./stripe-fake.ts";

const CONFIRM = { payment: "pi_1", method: "pm_1" };
const CAPTURE = { variant: "capture", payment: "pi_1", amountMinor: 1_000 } as const;
const retry = (answers: Answers, paidMinor: number) =>
  fakeStripe(answers).provider.retryPayment({ invoice: "in_1", paidMinor, method: "pm_1" }, call());

describe("a refund", () => {
  const bodyOf = async (changes: object) => {
    const stripe = fakeStripe({ "POST refunds": refundObject() });
    const options = call();
    await stripe.provider.refund({ ...refundOf("pi_1", 100), ...changes }, options);
    return stripe.asked[0]?.body.replace(options.actionId, "ACTION");
  };

  test("takes back what was moved and its fee only where it is told to; otherwise nothing is said of them", async () => {
    const plain = "payment_intent=pi_1&amount=100&metadata[action_id]=ACTION";
    expect(await bodyOf({})).toBe(plain);
    expect(await bodyOf({ reverseTransfer: true })).toBe(`${plain}&reverse_transfer=true`);
    expect(await bodyOf({ refundFee: true })).toBe(`${plain}&refund_application_fee=true`);
    expect(await bodyOf({ reverseTransfer: true, refundFee: true })).toBe(
      `${plain}&reverse_transfer=true&refund_application_fee=true`,
    );
  });

  test("that is refused is refused, whatever the payment shows: another refund is not this one", async () => {
    const stripe = fakeStripe({ "POST refunds": problem(400, "charge_already_refunded") });
    expect(await stripe.provider.refund(refundOf("pi_1", 100), call())).toMatchObject({ kind: "refused" });
    expect(stripe.asked).toHaveLength(1);
  });
});

describe("what a call for an invoice took", () => {
  test("was from the method that the call names", async () => {
    const stripe = fakeStripe({ "POST invoices/in_1/pay": invoiceOf() });
    await stripe.provider.retryPayment({ invoice: "in_1", paidMinor: 0, method: "pm_9" }, call());
    expect(stripe.asked[0]?.body).toBe("payment_method=pm_9&expand[0]=payments");
  });

  test.each([
    ["all of it", 1_000, 0, 1_000],
    ["what was left of it", 1_000, 300, 700],
    ["nothing", 1_000, 1_000, 0],
  ])("is %s: what is paid after it, less what was paid before", async (_what, amount_paid, paidMinor, amountMinor) => {
    expect(await retry({ "POST invoices/in_1/pay": invoiceOf({ amount_paid }) }, paidMinor)).toMatchObject({
      kind: "done",
      amountMinor,
    });
  });

  test.each([
    ["there is no sum", { amount_paid: undefined }, 0],
    ["less is paid than before", { amount_paid: 200 }, 300],
    ["it is another object", { object: "charge" }, 0],
    ["it is void", { status: "void" }, 0],
  ])("cannot be told where %s", async (_what, fields, paidMinor) => {
    expect(await retry({ "POST invoices/in_1/pay": invoiceOf(fields) }, paidMinor)).toMatchObject({ kind: "unclear" });
  });

  test("is what its newest payment paid, where others paid a part meanwhile", async () => {
    const links = [
      linkOf("paid", "pi_theirs", { paidAt: 5, amount_paid: 300 }),
      linkOf("paid", "pi_ours", { paidAt: 9, amount_paid: 700 }),
      linkOf("canceled", "pi_other", { amount_paid: 0 }),
    ];
    const paid = invoiceOf({ amount_paid: 1_000, ...paidWith(...links) });
    expect(await retry({ "POST invoices/in_1/pay": paid }, 0)).toMatchObject({ kind: "done", amountMinor: 700 });
    const many = { ...paid, payments: firstOf(...links) };
    expect(await retry({ "POST invoices/in_1/pay": many }, 0)).toMatchObject({ kind: "done", amountMinor: 1_000 });
  });

  test("is not known yet while the invoice stays open", async () => {
    const open = invoiceOf({ status: "open", amount_paid: 0, amount_remaining: 1_000 });
    expect(await retry({ "POST invoices/in_1/pay": open }, 0)).toMatchObject({
      kind: "done",
      amountMinor: null,
      pending: true,
    });
  });
});

describe("a refused call whose effect is there already", () => {
  const refused = problem(400, "payment_intent_unexpected_state");
  const found = (actionId: string | null) => ({ kind: "found", providerObject: "pi_1", pending: false, actionId });

  test("is found, not done, with the action that the payment names", async () => {
    const other = `act_${"0".repeat(32)}`;
    const metadata = { action_id: other };
    const { provider } = fakeStripe({
      "GET payment_intents/pi_1": intentOf({ metadata, amount_received: 900 }),
      "POST payment_intents/pi_1/capture": refused,
      "POST payment_intents/pi_1/confirm": refused,
    });
    expect(await provider.authorize(CAPTURE, call())).toMatchObject({ ...found(other), amountMinor: 900 });
    expect(await provider.retryPayment(CONFIRM, call())).toMatchObject({ ...found(other), amountMinor: 900 });
  });

  test("is found without an action where the payment names none", async () => {
    const { provider } = fakeStripe({
      "GET payment_intents/pi_1": intentOf({ status: "canceled" }),
      "POST payment_intents/pi_1/cancel": refused,
    });
    expect(await provider.authorize({ variant: "release", payment: "pi_1" }, call())).toMatchObject({
      ...found(null),
      amountMinor: null,
    });
  });

  test("of an invoice is found with what was paid since it was read", async () => {
    const answers = {
      "POST invoices/in_1/pay": problem(400, "invoice_already_paid"),
      "GET invoices/in_1": invoiceOf(),
    };
    expect(await retry(answers, 300)).toMatchObject({ kind: "found", amountMinor: 700, actionId: null });
  });

  test.each([
    ["it is not so", { "GET payment_intents/pi_1": intentOf({ status: "canceled" }) }],
    ["it is still under way", { "GET payment_intents/pi_1": intentOf({ status: "processing" }) }],
    ["it cannot be read", { "GET payment_intents/pi_1": problem(500, "api_error", "api_error") }],
    ["its sum cannot be read", { "GET payment_intents/pi_1": intentOf({ amount_received: undefined }) }],
  ])("is refused where %s", async (_what, answers) => {
    const { provider } = fakeStripe({ ...answers, "POST payment_intents/pi_1/capture": refused });
    expect(await provider.authorize(CAPTURE, call())).toMatchObject({
      kind: "refused",
      code: "payment_intent_unexpected_state",
    });
  });

  test("is refused under a key that was used for another amount, without a look", async () => {
    const stripe = fakeStripe({
      "GET payment_intents/pi_1": intentOf(),
      "POST payment_intents/pi_1/capture": problem(400, "idempotency_error", "idempotency_error"),
    });
    expect(await stripe.provider.authorize(CAPTURE, call())).toMatchObject({ kind: "refused", stored: false });
    expect(stripe.asked).toHaveLength(1);
  });
});

describe("a payment that is confirmed again", () => {
  test("names the method that it is told and says that the customer is away; it asks for nothing before", async () => {
    const stripe = fakeStripe({ "POST payment_intents/pi_1/confirm": intentOf() });
    expect(await stripe.provider.retryPayment(CONFIRM, call())).toMatchObject({ kind: "done", amountMinor: 1_000 });
    expect(stripe.asked).toMatchObject([
      { what: "POST payment_intents/pi_1/confirm", body: "payment_method=pm_1&off_session=true" },
    ]);
  });

  test.each([
    ["succeeded", { amount_received: undefined }],
    ["requires_capture", { amount_capturable: "1000" }],
  ])("that is %s with a sum that cannot be read is unclear", async (status, fields) => {
    const { provider } = fakeStripe({ "POST payment_intents/pi_1/confirm": intentOf({ status, ...fields }) });
    expect(await provider.retryPayment(CONFIRM, call())).toMatchObject({ kind: "unclear" });
  });
});
