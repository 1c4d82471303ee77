import { describe, expect, test } from "vitest";

import { refusalOf, standIn } from "./stripe-standin.ts";

const world = standIn();
const { control, put } = world;

const ANN = { object: "customer", id: "cus_ann" };
const HELD = { object: "payment_intent", id: "pi_held", amount: 5000, status: "requires_capture", customer: "cus_ann" };

describe("a hold that runs out", () => {
  test("is released by Stripe itself, and can be captured no more", async () => {
    await put(ANN, HELD);
    await control("payment_intents/pi_held/expire", {});
    const intent = await world.stripe.paymentIntents.retrieve("pi_held");
    expect(intent).toMatchObject({ status: "canceled", cancellation_reason: "automatic", amount_capturable: 0 });
    expect(await world.stripe.charges.retrieve("ch_held")).toMatchObject({ captured: false, refunded: true });
    expect(await world.eventTypes()).toEqual(["charge.expired", "payment_intent.canceled"]);
    expect((await refusalOf(world.stripe.paymentIntents.capture("pi_held"))).code).toBe(
      "payment_intent_unexpected_state",
    );
  });

  test("is no payment that was captured or released", async () => {
    await put(ANN, { ...HELD, status: "succeeded" });
    expect(await world.refusedControl("payment_intents/pi_held/expire", {})).toContain("succeeded");
  });
});

describe("mandates", () => {
  const DEBIT = { object: "payment_method", id: "pm_debit", type: "sepa_debit", customer: "cus_ann" };

  test("are read by their id, and are of one payment method and its type", async () => {
    await put(ANN, DEBIT, { object: "mandate", id: "mandate_1", payment_method: "pm_debit" });
    expect(await world.stripe.mandates.retrieve("mandate_1")).toMatchObject({
      payment_method: "pm_debit",
      payment_method_details: { type: "sepa_debit" },
      status: "active",
    });
    expect(await refusalOf(world.stripe.mandates.retrieve("mandate_2"))).toMatchObject({ statusCode: 404 });
  });

  test("that a customer ends are told of in mandate.updated", async () => {
    await put(ANN, DEBIT, { object: "mandate", id: "mandate_1", payment_method: "pm_debit" });
    await control("mandates/mandate_1", { status: "inactive" });
    const [event] = await world.events();
    expect(event).toMatchObject({ type: "mandate.updated", object: { id: "mandate_1", status: "inactive" } });
    expect(await world.refusedControl("mandates/mandate_1", { status: "gone" })).toContain("active, inactive, pending");
  });
});

describe("connected accounts", () => {
  const SHOP = { id: "acct_shop" };

  test("that Stripe restricts say so when they are read, and in an event that names them", async () => {
    await control("accounts", SHOP);
    await control("accounts/acct_shop/restrict", { chargesEnabled: false, disabledReason: "requirements.past_due" });
    expect(await world.stripe.accounts.retrieve("acct_shop")).toMatchObject({
      charges_enabled: false,
      payouts_enabled: true,
      requirements: { disabled_reason: "requirements.past_due" },
    });
    expect(await world.events("acct_shop")).toMatchObject([
      { type: "account.updated", account: "acct_shop", object: { id: "acct_shop", charges_enabled: false } },
    ]);
    await control("accounts/acct_shop/restrict", { chargesEnabled: true });
    const { requirements } = await world.stripe.accounts.retrieve("acct_shop");
    expect(requirements?.disabled_reason).toBeNull();
  });

  test("that take their access away are told of once", async () => {
    await control("accounts", SHOP);
    await control("accounts/acct_shop", { connected: false });
    await control("accounts/acct_shop", { connected: false });
    await control("accounts/acct_shop", { connected: true });
    expect(await world.events("acct_shop")).toMatchObject([
      { type: "account.application.deauthorized", account: "acct_shop", object: { object: "application" } },
      { type: "account.application.authorized", account: "acct_shop" },
    ]);
  });
});

describe("a dispute's deadline", () => {
  const PAID = { object: "payment_intent", id: "pi_paid", amount: 5000, status: "succeeded", customer: "cus_ann" };

  test("is what the bank says, 0 where it allows no answer, and moves with the dispute", async () => {
    await put(ANN, PAID);
    const { id } = await control<{ id: string }>("disputes", { charge: "ch_paid", dueBy: 0 });
    const dueBy = async () => (await world.stripe.disputes.retrieve(id)).evidence_details.due_by;
    expect(await dueBy()).toBe(0);
    await control(`disputes/${id}`, { status: "needs_response", dueBy: 1_800_000_000 });
    expect(await dueBy()).toBe(1_800_000_000);
  });
});

test("a subscription that ends because nobody paid says so", async () => {
  await put(ANN, { object: "subscription", id: "sub_1", customer: "cus_ann", price: "price_1" });
  await control("subscriptions/sub_1", { status: "canceled", reason: "payment_failed" });
  const { cancellation_details: details } = await world.stripe.subscriptions.retrieve("sub_1");
  expect(details?.reason).toBe("payment_failed");
});

test("a refund that the customer must act on, and that is cancelled, is told of under both names", async () => {
  await put(ANN, { object: "payment_intent", id: "pi_paid", amount: 5000, status: "succeeded", customer: "cus_ann" });
  await control("script", { charge: "ch_paid", refunds: ["requires_action"] });
  const { id } = await world.stripe.refunds.create({ charge: "ch_paid" });
  await world.stripe.refunds.cancel(id);
  const told = (await world.events()).filter(({ object }) => object.id === id && object.status === "canceled");
  expect(told.map(({ type }) => type)).toEqual(["refund.updated", "charge.refund.updated"]);
});
