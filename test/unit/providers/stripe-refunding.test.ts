import { describe, expect, test } from "vitest";
import {
  type Answers,
  at,
  chargeOf,
  failure,
  fakeStripe,
  firstOf,
  intentOf,
  listOf,
  PAYMENT,
  PLAIN,
  problem,
  refundObject,
  toRefund,
  withCharge,
} from "./stripe-fake.ts";

describe("a payment as a refund needs it", () => {
  test("has its refunds, invoices, disputes and moved money; a plain one has none of them, which is not null", async () => {
    const nothing = { destination: null, transferredMinor: 0, reversedMinor: 0, feeMinor: 0, feeRefundedMinor: 0 };
    expect(await toRefund({})).toMatchObject({
      ok: true,
      value: {
        refunds: [],
        invoiceParts: [],
        disputes: [],
        connect: { ...nothing, isGrouped: false },
        subscription: null,
        agreement: null,
      },
    });
  });

  test("that is plain is read without disputes, credit notes, transfers or fees, so that a key needs no right to them", async () => {
    const stripe = fakeStripe(PLAIN);
    await stripe.reader.findToRefund(PAYMENT, at());
    expect(stripe.asked.map(({ what }) => what).toSorted()).toEqual([
      "GET invoice_payments",
      "GET payment_intents/pi_1",
      "GET refunds",
    ]);
  });

  test("as it is merely found, has none of that: null, not empty", async () => {
    const { reader } = fakeStripe(PLAIN);
    expect(await reader.find(PAYMENT, at())).toMatchObject({
      value: { refunds: null, invoiceParts: null, disputes: null, connect: null, agreement: null },
    });
  });

  test("that Stripe does not have is nothing", async () => {
    expect(await toRefund({ "GET payment_intents/pi_1": undefined })).toEqual({ ok: true, value: null });
  });

  test("whose money was taken and whose charge cannot be read is a failure", async () => {
    const answers = { "GET payment_intents/pi_1": intentOf({ latest_charge: "ch_1" }) };
    expect(await toRefund(answers)).toMatchObject(failure("provider_refused", "pi_1"));
  });

  test("names the action of ours in its metadata, and its method", async () => {
    const action_id = `act_${"0".repeat(32)}`;
    const metadata = { action_id };
    const charge = chargeOf({ payment_method_details: { type: "sepa_debit" } });
    const answers = { "GET payment_intents/pi_1": intentOf({ metadata, latest_charge: charge }) };
    expect(await toRefund(answers)).toMatchObject({ value: { actionId: action_id, method: "bank_debit" } });
    expect(await toRefund({})).toMatchObject({ value: { actionId: null, method: null } });
    const theirs = { "GET payment_intents/pi_1": intentOf({ metadata: { action_id: "checkout-17" } }) };
    expect(await toRefund(theirs)).toMatchObject({ value: { actionId: null } });
  });

  test.each([
    ["card", "card"],
    ["us_bank_account", "bank_debit"],
    ["klarna", "other"],
  ])("paid by %s is paid by %s to us", async (type, method) => {
    expect(await toRefund(withCharge({ payment_method_details: { type } }))).toMatchObject({ value: { method } });
  });
});

describe("the refunds of a payment", () => {
  test.each([
    ["a list without data", { object: "list" }],
    ["an empty object", {}],
    ["another object", { object: "charge", data: [] }],
    ["a refund without an amount", listOf(refundObject({ amount: undefined }))],
    ["half a cent", listOf(refundObject({ amount: 0.5 }))],
  ])("%s: a failure, never no refunds", async (_what, list) => {
    expect(await toRefund({ "GET refunds": list })).toMatchObject(failure("provider_unavailable", "pi_1"));
  });

  test("of an unknown status count as pending: they may still pay out", async () => {
    const refunds = listOf(refundObject({ status: "a_status_of_tomorrow" }));
    expect(await toRefund({ "GET refunds": refunds })).toMatchObject({ value: { refunds: [{ status: "pending" }] } });
  });

  test("tell the release of a partial capture from money that went back", async () => {
    const charge = chargeOf({ amount: 2_000, amount_captured: 1_500, amount_refunded: 1_000 });
    const refunds = listOf(
      refundObject({ id: "re_back", amount: 500 }),
      refundObject({ id: "re_release", amount: 500, balance_transaction: null }),
    );
    const found = await toRefund({
      "GET payment_intents/pi_1": intentOf({ latest_charge: charge }),
      "GET refunds": refunds,
    });
    expect(found).toMatchObject({
      value: {
        refundedMinor: 500,
        refunds: [
          { id: "re_back", isRelease: false },
          { id: "re_release", isRelease: true },
        ],
      },
    });
  });

  test.each([
    ["of another amount", { amount: 400, balance_transaction: null }],
    ["that is pending", { amount: 500, balance_transaction: null, status: "pending" }],
    ["that moved money", { amount: 500 }],
  ])("one %s is no release", async (_what, fields) => {
    const charge = chargeOf({ amount: 2_000, amount_captured: 1_500, amount_refunded: 1_000 });
    const answers = {
      "GET payment_intents/pi_1": intentOf({ latest_charge: charge }),
      "GET refunds": listOf(refundObject(fields)),
    };
    expect(await toRefund(answers)).toMatchObject({ value: { refunds: [{ isRelease: false }] } });
  });

  test("of a payment that was captured whole, none is a release", async () => {
    const refunds = listOf(refundObject({ amount: 0, balance_transaction: null }));
    expect(await toRefund({ "GET refunds": refunds })).toMatchObject({ value: { refunds: [{ isRelease: false }] } });
  });

  test("what was captured beyond the authorisation was not refunded", async () => {
    const charge = { amount: 1_000, amount_captured: 1_200, amount_refunded: 300 };
    expect(await toRefund(withCharge(charge))).toMatchObject({ value: { capturedMinor: 1_200, refundedMinor: 300 } });
    expect(await toRefund(withCharge({ ...charge, amount_refunded: 0 }))).toMatchObject({
      value: { refundedMinor: 0 },
    });
  });
});

describe("the disputes of a payment", () => {
  const disputed = (list: unknown): Answers => ({ ...withCharge({ disputed: true }), "GET disputes": list });
  const dispute = (status: string, fields: object = {}) => ({
    id: "du_1",
    object: "dispute",
    status,
    is_charge_refundable: false,
    ...fields,
  });

  test.each([
    ["warning_needs_response", "inquiry"],
    ["warning_under_review", "inquiry"],
    ["warning_closed", "inquiry_closed"],
    ["needs_response", "open"],
    ["under_review", "open"],
    ["appeal_needs_response", "open"],
    ["appeal_under_review", "open"],
    ["won", "won"],
    ["lost", "lost"],
    ["prevented", "prevented"],
    ["a_status_of_tomorrow", "other"],
  ])("%s is %s to us", async (status, ours) => {
    expect(await toRefund(disputed(listOf(dispute(status))))).toMatchObject({
      value: { disputed: true, disputes: [{ id: "du_1", status: ours, isRefundable: false }] },
    });
  });

  test("say whether the charge may be refunded; where Stripe does not say it, it may not", async () => {
    const refundable = async (fields: object) =>
      await toRefund(disputed(listOf(dispute("warning_needs_response", fields))));
    expect(await refundable({ is_charge_refundable: true })).toMatchObject({
      value: { disputes: [{ isRefundable: true }] },
    });
    expect(await refundable({ is_charge_refundable: undefined })).toMatchObject({
      value: { disputes: [{ isRefundable: false }] },
    });
  });

  test("are asked for by the charge", async () => {
    const stripe = fakeStripe({ ...PLAIN, ...disputed(listOf(dispute("won"))) });
    await stripe.reader.findToRefund(PAYMENT, at());
    expect(stripe.asked.find(({ what }) => what === "GET disputes")?.query).toBe("charge=ch_1&limit=100");
  });

  test.each([
    ["more of them than one page", firstOf(dispute("won"))],
    ["none, although the charge was disputed", listOf()],
    ["no list", {}],
    ["a list without data", { object: "list", has_more: false }],
  ])("%s: a failure", async (_what, list) => {
    expect(await toRefund(disputed(list))).toMatchObject(failure("provider_unavailable", "ch_1"));
  });

  test("that the key may not read are a failure that says so", async () => {
    expect(await toRefund(disputed(problem(403, "more_permissions_required")))).toMatchObject(
      failure("provider_unauthorized", "more_permissions_required"),
    );
  });
});
