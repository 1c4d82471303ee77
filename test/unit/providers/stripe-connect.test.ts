import { describe, expect, test } from "vitest";
import {
  type Answers,
  at,
  failure,
  fakeStripe,
  firstOf,
  listOf,
  PAYMENT,
  PLAIN,
  problem,
  toRefund,
  withCharge,
} from "./stripe-fake.ts";

describe("what a payment moved to other accounts", () => {
  const transfer = (fields: object = {}) => ({
    id: "tr_1",
    object: "transfer",
    amount: 900,
    amount_reversed: 0,
    destination: "acct_shop",
    ...fields,
  });
  const fee = (fields: object = {}) => ({
    id: "fee_1",
    object: "application_fee",
    amount: 50,
    amount_refunded: 0,
    ...fields,
  });
  const moved = (charge: object, answers: Answers = {}): Answers => ({
    ...withCharge({ transfer: "tr_1", application_fee: "fee_1", transfer_group: "group_pi_1", ...charge }),
    "GET transfers/tr_1": transfer(),
    "GET transfers": listOf(transfer()),
    "GET application_fees/fee_1": fee(),
    ...answers,
  });

  test("is its transfer and its fee", async () => {
    expect(await toRefund(moved({}))).toMatchObject({
      value: {
        connect: {
          destination: "acct_shop",
          transferredMinor: 900,
          reversedMinor: 0,
          feeMinor: 50,
          feeRefundedMinor: 0,
          isGrouped: false,
        },
      },
    });
  });

  test.each([
    ["an expanded transfer", { transfer: transfer({ amount: 1 }) }],
    ["an expanded fee", { application_fee: fee({ amount: 1 }) }],
  ])("is read anew, also for %s", async (_what, charge) => {
    expect(await toRefund(moved(charge))).toMatchObject({
      value: { connect: { transferredMinor: 900, feeMinor: 50 } },
    });
  });

  test("an expanded destination is its id", async () => {
    const answers = { "GET transfers/tr_1": transfer({ destination: { id: "acct_shop", object: "account" } }) };
    expect(await toRefund(moved({}, answers))).toMatchObject({ value: { connect: { destination: "acct_shop" } } });
  });

  test("shows what was reversed and refunded by hand already", async () => {
    const answers = {
      "GET transfers/tr_1": transfer({ amount_reversed: 900 }),
      "GET application_fees/fee_1": fee({ amount_refunded: 50 }),
    };
    expect(await toRefund(moved({}, answers))).toMatchObject({
      value: { connect: { reversedMinor: 900, feeRefundedMinor: 50 } },
    });
  });

  describe("apart from the charge's own transfer", () => {
    const grouped = (...transfers: object[]): Answers => ({
      ...withCharge({ transfer_group: "order_1" }),
      "GET transfers": listOf(...transfers),
    });
    const isGrouped = (is: boolean) => ({ ok: true, value: { connect: { isGrouped: is } } });

    test("is any transfer of its group that stands, in whole or in part", async () => {
      expect(await toRefund(grouped(transfer()))).toMatchObject(isGrouped(true));
      expect(await toRefund(grouped(transfer({ amount_reversed: 899 })))).toMatchObject(isGrouped(true));
      const byHand = { "GET transfers": listOf(transfer({ id: "tr_hand" }), transfer()) };
      expect(await toRefund(moved({}, byHand))).toMatchObject(isGrouped(true));
    });

    test("is nothing where the merchant only names a group, or took all back", async () => {
      expect(await toRefund(grouped())).toMatchObject(isGrouped(false));
      expect(await toRefund(grouped(transfer({ amount_reversed: 900 })))).toMatchObject(isGrouped(false));
    });

    test("is asked for by the group", async () => {
      const stripe = fakeStripe({ ...PLAIN, ...grouped() });
      await stripe.reader.findToRefund(PAYMENT, at());
      const query = stripe.asked.find(({ what }) => what === "GET transfers")?.query;
      expect(query).toBe("transfer_group=order_1&limit=100");
    });

    test.each<[string, unknown]>([
      ["more transfers than one page", firstOf(transfer())],
      ["no list of transfers", {}],
      ["a transfer without a sum", listOf(transfer({ amount: undefined }))],
      ["a transfer that does not say what was reversed", listOf(transfer({ amount_reversed: null }))],
    ])("%s: a failure", async (_what, list) => {
      const answers = { ...grouped(), "GET transfers": list };
      expect(await toRefund(answers)).toMatchObject(failure("provider_unavailable", "order_1"));
    });
  });

  test("a destination without a transfer is told", async () => {
    const charge = withCharge({ transfer_data: { destination: "acct_shop" } });
    expect(await toRefund(charge)).toMatchObject({
      value: { connect: { destination: "acct_shop", transferredMinor: 0 } },
    });
  });

  test.each([
    ["transfer", "tr_1", { "GET transfers/tr_1": undefined }],
    ["fee", "fee_1", { "GET application_fees/fee_1": undefined }],
  ])("a %s that is not there is a failure, not a payment that is not there", async (_what, _id, answers) => {
    expect(await toRefund(moved({}, answers))).toMatchObject(failure("provider_not_found", "resource_missing"));
  });

  test.each([
    ["transfers", { "GET transfers/tr_1": problem(403, "more_permissions_required") }],
    ["fees", { "GET application_fees/fee_1": problem(403, "more_permissions_required") }],
  ])("a key that may not read %s is a failure, never nothing moved", async (_what, answers) => {
    expect(await toRefund(moved({}, answers))).toMatchObject(
      failure("provider_unauthorized", "more_permissions_required"),
    );
  });

  test.each([
    ["transfer", { "GET transfers/tr_1": transfer({ amount: undefined }) }],
    ["reversal", { "GET transfers/tr_1": transfer({ amount_reversed: -1 }) }],
    ["fee", { "GET application_fees/fee_1": fee({ amount: "50" }) }],
    ["fee's refund", { "GET application_fees/fee_1": fee({ amount_refunded: 0.5 }) }],
  ])("a %s without a readable amount is a failure", async (_what, answers) => {
    expect(await toRefund(moved({}, answers))).toMatchObject(failure("provider_unavailable", "ch_1"));
  });
});
