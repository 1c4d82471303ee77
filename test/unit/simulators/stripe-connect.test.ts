import type Stripe from "stripe";
import { beforeEach, describe, expect, test } from "vitest";

import { refusalOf, standIn } from "./stripe-standin.ts";

const world = standIn();
const { control, put } = world;
const SHOP = "acct_shop";
const inShop: Stripe.RequestOptions = { stripeAccount: SHOP };

/** Two paid payments of 50.00: one is the platform's, the other the shop's own (a direct charge) with a fee of 5.00. */
const MINE = { object: "payment_intent", id: "pi_mine", amount: 5000, status: "succeeded" };
const THEIRS = { ...MINE, id: "pi_theirs", stripe_account: SHOP, application_fee_amount: 500 };
/** 50.00 by the platform for the shop: the shop gets all, and the platform takes a fee of 5.00 of it. */
const DESTINED = {
  ...MINE,
  id: "pi_destined",
  transfer_data: { destination: SHOP },
  application_fee_amount: 500,
};

beforeEach(async () => void (await control("accounts", { id: SHOP })));

describe("destination charges", () => {
  const transferOf = async () =>
    world.stripe.transfers.retrieve(String((await world.stripe.charges.retrieve("ch_destined")).transfer));
  const feeOf = async () =>
    world.stripe.applicationFees.retrieve(String((await world.stripe.charges.retrieve("ch_destined")).application_fee));
  const refund = (params: object) => world.stripe.refunds.create({ payment_intent: "pi_destined", ...params });

  test("make a transfer and an application fee, seeded or paid through the API", async () => {
    await put(DESTINED);
    const paid = await world.stripe.paymentIntents.create({
      amount: 5000,
      currency: "usd",
      transfer_data: { destination: SHOP },
      application_fee_amount: 500,
      payment_method: "pm_card_visa",
      confirm: true,
    });
    for (const id of ["ch_destined", String(paid.latest_charge)]) {
      const charge = await world.stripe.charges.retrieve(id, { expand: ["transfer", "application_fee"] });
      expect(charge).toMatchObject({
        transfer_data: { amount: null, destination: SHOP },
        transfer: {
          amount: 5000,
          amount_reversed: 0,
          reversed: false,
          destination: SHOP,
          source_transaction: id,
        },
        application_fee_amount: 500,
        application_fee: { amount: 500, amount_refunded: 0, account: SHOP, originating_transaction: id },
      });
    }
    const types = await world.eventTypes();
    expect(types).toContain("transfer.created");
    expect(types).toContain("application_fee.created");
    expect(await world.state()).toMatchObject({
      transfers: [{ destination: SHOP, amountMinor: 5000 }, { charge: "ch_destined" }],
      applicationFees: [{ account: SHOP, amountMinor: 500, amountRefundedMinor: 0 }, { charge: "ch_destined" }],
    });
  });

  test("a refund of the whole takes back the whole transfer and the whole fee", async () => {
    await put(DESTINED);
    const made = await refund({ reverse_transfer: true, refund_application_fee: true });
    expect(await transferOf()).toMatchObject({ amount_reversed: 5000, reversed: true });
    expect(await feeOf()).toMatchObject({ amount_refunded: 500, refunded: true });
    const [reversal] = (await world.stripe.transfers.listReversals((await transferOf()).id)).data;
    expect(reversal).toMatchObject({ id: made.transfer_reversal, amount: 5000, source_refund: made.id });
    const types = await world.eventTypes();
    expect(types).toContain("transfer.reversed");
    expect(types).toContain("application_fee.refunded");
    expect((await world.state()).refunds).toMatchObject([{ transferReversal: made.transfer_reversal }]);
  });

  test("parts take back their proportion, and the parts of all of it come to the whole", async () => {
    await put({ ...DESTINED, application_fee_amount: 333 });
    const both = { reverse_transfer: true, refund_application_fee: true };
    await refund({ amount: 1000, ...both });
    expect(await transferOf()).toMatchObject({ amount_reversed: 1000, reversed: false });
    expect(await feeOf()).toMatchObject({ amount_refunded: 67, refunded: false });
    await refund({ amount: 2000, ...both });
    await refund(both);
    expect(await transferOf()).toMatchObject({ amount_reversed: 5000, reversed: true });
    expect(await feeOf()).toMatchObject({ amount_refunded: 333, refunded: true });
  });

  test("without being asked, a refund takes back neither, and the platform pays it", async () => {
    await put(DESTINED);
    expect((await refund({})).transfer_reversal).toBeNull();
    expect((await transferOf()).amount_reversed).toBe(0);
    expect((await feeOf()).amount_refunded).toBe(0);
  });

  test("a fee of a destination charge goes back only with its transfer", async () => {
    await put(DESTINED);
    expect((await refusalOf(refund({ refund_application_fee: true }))).param).toBe("refund_application_fee");
    expect((await world.state()).refunds).toEqual([]);
  });

  test("where there is no transfer, or no fee, nothing is refunded", async () => {
    await put(MINE);
    for (const param of ["reverse_transfer", "refund_application_fee"]) {
      const error = await refusalOf(world.stripe.refunds.create({ payment_intent: "pi_mine", [param]: true }));
      expect(error).toMatchObject({ statusCode: 400, param });
      expect(error.message).toContain("ch_mine, but it has no");
    }
    expect((await world.state()).refunds).toEqual([]);
  });

  test("where a transfer was reversed or a fee refunded by hand, too little is left, and nothing moves", async () => {
    await put(DESTINED);
    await control(`transfers/${(await transferOf()).id}/reverse`, { amount: 1 });
    const error = await refusalOf(refund({ reverse_transfer: true }));
    expect(error).toMatchObject({ statusCode: 400 });
    expect(error.message).toContain("only $49.99 of it is left");
    await control(`application_fees/${(await feeOf()).id}/refund`, {});
    const both = refund({ amount: 1000, reverse_transfer: true, refund_application_fee: true });
    expect((await refusalOf(both)).message).toContain("only $0.00 of it is left");
    expect((await world.state()).refunds).toEqual([]);
    expect(await transferOf()).toMatchObject({ amount_reversed: 1 });
  });

  test("a hold makes its transfer when it is captured, of what is captured", async () => {
    await put({ ...DESTINED, status: "requires_capture" });
    expect((await world.stripe.charges.retrieve("ch_destined")).transfer).toBeUndefined();
    await world.stripe.paymentIntents.capture("pi_destined", { amount_to_capture: 3000, application_fee_amount: 300 });
    expect(await transferOf()).toMatchObject({ amount: 3000 });
    expect(await feeOf()).toMatchObject({ amount: 300 });
    await refund({ reverse_transfer: true, refund_application_fee: true });
    expect(await transferOf()).toMatchObject({ amount_reversed: 3000, reversed: true });
  });

  test.each<[string, object, string]>([
    ["no such account", { transfer_data: { destination: "acct_nobody" } }, "transfer_data[destination]"],
    ["a fee of nobody's", { application_fee_amount: 1 }, "application_fee_amount"],
    [
      "a fee above the payment",
      { transfer_data: { destination: SHOP }, application_fee_amount: 5001 },
      "application_fee_amount",
    ],
    [
      "a fee and an amount of the transfer",
      { transfer_data: { destination: SHOP, amount: 4000 }, application_fee_amount: 1 },
      "application_fee_amount",
    ],
    ["a transfer above the payment", { transfer_data: { destination: SHOP, amount: 5001 } }, "transfer_data[amount]"],
  ])("a payment is refused with %s", async (_what, params, param) => {
    const created = world.stripe.paymentIntents.create({ amount: 5000, currency: "usd", ...params });
    expect((await refusalOf(created)).param).toBe(param);
  });
});

describe("direct charges", () => {
  test("have a fee that is the platform's, and a refund in the account gives it back in proportion", async () => {
    await put(THEIRS);
    const charge = await world.stripe.charges.retrieve("ch_theirs", {}, inShop);
    const id = String(charge.application_fee);
    expect(await world.stripe.applicationFees.retrieve(id)).toMatchObject({ account: SHOP, charge: "ch_theirs" });
    expect((await refusalOf(world.stripe.applicationFees.retrieve(id, {}, inShop))).statusCode).toBe(404);
    const params = { payment_intent: "pi_theirs", amount: 2500, refund_application_fee: true };
    await world.stripe.refunds.create(params, inShop);
    expect(await world.stripe.applicationFees.retrieve(id)).toMatchObject({ amount_refunded: 250, refunded: false });
    expect((await world.stripe.applicationFees.listRefunds(id)).data).toMatchObject([{ amount: 250, fee: id }]);
    expect(await world.eventTypes()).toEqual(["application_fee.refunded"]);
    const reversed = world.stripe.refunds.create({ payment_intent: "pi_theirs", reverse_transfer: true }, inShop);
    expect((await refusalOf(reversed)).param).toBe("reverse_transfer");
  });

  test("a fee is refunded by the platform, up to what is left of it", async () => {
    await put(THEIRS);
    const [fee] = (await world.stripe.applicationFees.list({ charge: "ch_theirs" })).data;
    const back = (params: object) => world.stripe.applicationFees.createRefund(String(fee?.id), params);
    expect((await back({ amount: 200 })).amount).toBe(200);
    expect((await refusalOf(back({ amount: 301 }))).message).toContain("$3.00");
    await back({});
    expect((await refusalOf(back({}))).message).toContain("already been refunded");
  });
});

describe("separate charges and transfers", () => {
  test("a transfer names its group and its source, and is not the charge's own", async () => {
    await put(MINE);
    const sent = await world.stripe.transfers.create({
      amount: 3000,
      currency: "usd",
      destination: SHOP,
      source_transaction: "ch_mine",
    });
    const charge = await world.stripe.charges.retrieve("ch_mine");
    expect(charge.transfer).toBeUndefined();
    expect(charge.transfer_group).toBe(sent.transfer_group);
    const grouped = await world.stripe.charges.list({ transfer_group: String(sent.transfer_group) });
    expect(grouped.data.map(({ id }) => id)).toEqual(["ch_mine"]);
    const reversed = world.stripe.refunds.create({ payment_intent: "pi_mine", reverse_transfer: true });
    expect((await refusalOf(reversed)).param).toBe("reverse_transfer");
    const more = { amount: 2001, currency: "usd", destination: SHOP, source_transaction: "ch_mine" };
    expect((await refusalOf(world.stripe.transfers.create(more))).message).toContain("$50.00");
  });

  test("a reversal takes what it names, or all that is left, and no more", async () => {
    await put({ object: "transfer", id: "tr_1", amount: 3000, destination: SHOP, transfer_group: "order_7" });
    const reversal = await world.stripe.transfers.createReversal("tr_1", { amount: 1000 });
    expect((await world.stripe.transfers.retrieveReversal("tr_1", reversal.id)).amount).toBe(1000);
    const tooMuch = world.stripe.transfers.createReversal("tr_1", { amount: 2001 });
    expect((await refusalOf(tooMuch)).message).toContain("$20.00");
    await world.stripe.transfers.createReversal("tr_1");
    expect(await world.stripe.transfers.retrieve("tr_1")).toMatchObject({ amount_reversed: 3000, reversed: true });
    expect((await refusalOf(world.stripe.transfers.createReversal("tr_1"))).message).toContain(
      "already fully reversed",
    );
    expect((await world.stripe.transfers.list({ transfer_group: "order_7" })).data).toHaveLength(1);
  });
});
