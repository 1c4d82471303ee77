import { describe, expect, test } from "vitest";

import { BANK_DEBITS } from "../../../simulators/stripe/shapes/bank-debits.ts";
import { refusalOf, standIn } from "./stripe-standin.ts";

const world = standIn();
const { control, put } = world;

const ANN = { object: "customer", id: "cus_ann" };
const SUBSCRIPTION = { object: "subscription", id: "sub_ann", customer: "cus_ann", price: "price_basic" };
const OF_SUBSCRIPTION = {
  parent: { type: "subscription_details", subscription_details: { subscription: "sub_ann", metadata: {} } },
};
/** Open, 50.00, of Ann's subscription. */
const DUE = { object: "invoice", id: "in_due", customer: "cus_ann", total: 5000, ...OF_SUBSCRIPTION };
const ONE_OFF = { object: "payment_intent", id: "pi_one", amount: 5000, customer: "cus_ann" };

const invoice = () => world.stripe.invoices.retrieve("in_due");
const intent = (id = "pi_one") => world.stripe.paymentIntents.retrieve(id);
const chargeOf = async (id = "pi_one") => world.stripe.charges.retrieve(String((await intent(id)).latest_charge));

describe("bank debits", () => {
  test.each(BANK_DEBITS)("%s is processing first, and fails later with the bank's code", async (type) => {
    await put(ANN, { object: "payment_method", id: "pm_bank", customer: "cus_ann", type }, SUBSCRIPTION, DUE);
    const paying = await world.stripe.invoices.pay("in_due", { payment_method: "pm_bank" });
    expect(paying.status).toBe("open");
    const [link] = (await world.stripe.invoicePayments.list({ invoice: "in_due" })).data;
    const id = String(link?.payment.payment_intent);
    expect((await intent(id)).status).toBe("processing");
    expect(await chargeOf(id)).toMatchObject({ status: "pending", payment_method_details: { type } });
    expect((await world.state()).captures).toEqual([]);
    expect((await refusalOf(world.stripe.invoices.pay("in_due"))).message).toContain("processing");

    await control(`payment_intents/${id}/settle`, { failureCode: "account_closed" });
    expect(await intent(id)).toMatchObject({
      status: "requires_payment_method",
      last_payment_error: { code: "account_closed", payment_method: { id: "pm_bank", type } },
    });
    expect((await intent(id)).last_payment_error?.decline_code).toBeUndefined();
    expect(await chargeOf(id)).toMatchObject({ status: "failed", failure_code: "account_closed", paid: false });
    expect((await world.stripe.subscriptions.retrieve("sub_ann")).status).toBe("past_due");
    expect(await world.eventTypes()).toContain("invoice.payment_failed");
  });

  test("a debit that arrives pays the invoice", async () => {
    await put(ANN, { object: "payment_method", id: "pm_bank", customer: "cus_ann", type: "us_bank_account" }, DUE);
    await world.stripe.invoices.pay("in_due", { payment_method: "pm_bank" });
    const [link] = (await world.stripe.invoicePayments.list({ invoice: "in_due" })).data;
    await control(`payment_intents/${link?.payment.payment_intent}/settle`, {});
    expect(await invoice()).toMatchObject({ status: "paid", amount_paid: 5000 });
    expect((await world.state()).captures).toMatchObject([{ amountCapturedMinor: 5000 }]);
  });

  test("a debit that is seeded as processing has a charge that the bank has not answered", async () => {
    await put(ANN, { object: "payment_method", id: "pm_bank", customer: "cus_ann", type: "bacs_debit" });
    await put({ ...ONE_OFF, status: "processing", payment_method: "pm_bank" });
    expect(await chargeOf()).toMatchObject({
      status: "pending",
      amount_captured: 0,
      balance_transaction: null,
      payment_method_details: { type: "bacs_debit" },
    });
    await control("payment_intents/pi_one/settle", { failureCode: "insufficient_funds" });
    expect((await chargeOf()).failure_code).toBe("insufficient_funds");
  });

  test.each(["no_account", "debit_not_authorized", "insufficient_funds", "bank_account_restricted"])(
    "a seeded payment whose debit failed with %s shows it in the charge and in the error",
    async (code) => {
      await put(ANN, { object: "payment_method", id: "pm_bank", customer: "cus_ann", type: "sepa_debit" });
      await put({ ...ONE_OFF, payment_method: "pm_bank", declined: code });
      expect((await intent()).last_payment_error).toMatchObject({ code, type: "invalid_request_error" });
      expect(await chargeOf()).toMatchObject({
        failure_code: code,
        payment_method_details: { type: "sepa_debit", sepa_debit: { last4: "6789" } },
      });
    },
  );
});

describe("authorisations", () => {
  const HELD = { ...ONE_OFF, id: "pi_held", status: "requires_capture" };

  test("are raised by an API call or beside it, and then more can be captured", async () => {
    await put(ANN, HELD);
    await world.stripe.paymentIntents.incrementAuthorization("pi_held", { amount: 6000 });
    expect(await intent("pi_held")).toMatchObject({ amount: 6000, amount_capturable: 6000 });
    const lower = world.stripe.paymentIntents.incrementAuthorization("pi_held", { amount: 6000 });
    expect((await refusalOf(lower)).param).toBe("amount");
    await control("payment_intents/pi_held", { amountCapturable: 7000 });
    expect((await chargeOf("pi_held")).amount).toBe(7000);
    await world.stripe.paymentIntents.capture("pi_held", { amount_to_capture: 5000 });
    const [released] = (await world.stripe.refunds.list({ payment_intent: "pi_held" })).data;
    expect(released).toMatchObject({ amount: 2000, balance_transaction: null });
    expect(await world.eventTypes()).toContain("payment_intent.amount_capturable_updated");
  });

  test("metadata of a capture stays on the intent; a capture by hand has the metadata that it was given, or none", async () => {
    await put(ANN, { ...HELD, metadata: { order: "7" } }, { ...HELD, id: "pi_two" });
    await world.stripe.paymentIntents.capture("pi_held", { metadata: { action_id: "act_1" } });
    expect((await intent("pi_held")).metadata).toEqual({ order: "7", action_id: "act_1" });
    await control("payment_intents/pi_two/capture", { amount: 4000 });
    expect(await intent("pi_two")).toMatchObject({ status: "succeeded", amount_received: 4000, metadata: {} });
    expect(await world.refusedControl("payment_intents/pi_two/capture", {})).toContain("is succeeded");
  });

  test("with overcapture, more is captured than was authorised, and can be refunded", async () => {
    await put(ANN, HELD);
    expect(await world.refusedControl("payment_intents/pi_held/capture", { amount: 5500 })).toContain("Only 5000");
    await control("payment_intents/pi_held/capture", { amount: 5500, overcapture: true });
    expect(await chargeOf("pi_held")).toMatchObject({ amount: 5000, amount_captured: 5500, amount_refunded: 0 });
    expect((await world.stripe.refunds.create({ payment_intent: "pi_held" })).amount).toBe(5500);
  });

  test("a hold that somebody releases in the dashboard is canceled", async () => {
    await put(ANN, HELD);
    await control("payment_intents/pi_held/cancel", {});
    expect((await intent("pi_held")).status).toBe("canceled");
  });
});
