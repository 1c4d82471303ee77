import { describe, expect, test } from "vitest";

import { refusalOf, standIn } from "./stripe-standin.ts";

const world = standIn();
const { control, put } = world;

const ANN = { object: "customer", id: "cus_ann" };
const BOB = { object: "customer", id: "cus_bob" };
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

describe("what an invoice takes", () => {
  test("pay takes what remains now, not what was due when the payment was made", async () => {
    await put(ANN, SUBSCRIPTION, { ...DUE, status: "draft" });
    await world.stripe.invoices.finalizeInvoice("in_due");
    await control("invoices/in_due", { amountRemaining: 50_000 });
    expect(await invoice()).toMatchObject({ amount_due: 50_000, amount_remaining: 50_000 });
    const paid = await world.stripe.invoices.pay("in_due");
    expect(paid).toMatchObject({ status: "paid", amount_paid: 50_000 });
    expect((await world.state()).captures).toMatchObject([{ amountCapturedMinor: 50_000 }]);
  });

  test("a partly paid invoice has several payments, and its open default one takes the rest", async () => {
    await put(ANN, SUBSCRIPTION, { ...DUE, amount_paid: 2000 });
    await put(
      { ...ONE_OFF, id: "pi_part", amount: 2000, status: "succeeded" },
      {
        object: "invoice_payment",
        invoice: "in_due",
        payment: { type: "payment_intent", payment_intent: "pi_part" },
        amount_requested: 2000,
        status: "paid",
        is_default: false,
      },
    );
    expect(await invoice()).toMatchObject({ status: "open", amount_paid: 2000, amount_remaining: 3000 });
    await world.stripe.invoices.pay("in_due");
    expect(await invoice()).toMatchObject({ status: "paid", amount_paid: 5000, amount_remaining: 0 });
    const links = (await world.stripe.invoicePayments.list({ invoice: "in_due" })).data;
    expect(links.map(({ amount_paid, is_default }) => [amount_paid, is_default])).toEqual([
      [3000, true],
      [2000, false],
    ]);
  });

  test("a payment of a part leaves the invoice open, and lowers its default payment", async () => {
    await put(ANN, SUBSCRIPTION, { ...DUE, status: "draft" });
    await world.stripe.invoices.finalizeInvoice("in_due");
    await put(
      { ...ONE_OFF, id: "pi_part", amount: 2000 },
      {
        object: "invoice_payment",
        invoice: "in_due",
        payment: { type: "payment_intent", payment_intent: "pi_part" },
        amount_requested: 2000,
        is_default: false,
      },
    );
    await control("payment_intents/pi_part/confirm", { payment_method: "pm_ann" });
    expect(await invoice()).toMatchObject({ status: "open", amount_paid: 2000, amount_remaining: 3000 });
    const links = (await world.stripe.invoicePayments.list({ invoice: "in_due", status: "open" })).data;
    expect(links).toMatchObject([{ is_default: true, amount_requested: 3000 }]);
    expect((await intent(String(links[0]?.payment.payment_intent))).amount).toBe(3000);
  });

  test.each([
    ["canceled", {}],
    ["paused", {}],
    ["unpaid", {}],
    ["incomplete", {}],
    ["incomplete_expired", {}],
    ["active", { pauseBehavior: "void" }],
    ["active", { collectionMethod: "send_invoice" }],
  ])("Stripe does not stop a payment of an open invoice of a subscription that is %s %j", async (status, more) => {
    await put(ANN, SUBSCRIPTION, DUE);
    await control("subscriptions/sub_ann", { status, ...more });
    expect((await world.stripe.subscriptions.retrieve("sub_ann")).status).toBe(status);
    expect((await world.stripe.invoices.pay("in_due")).status).toBe("paid");
    if (status === "canceled") expect((await world.stripe.subscriptions.retrieve("sub_ann")).status).toBe("canceled");
  });

  test("an invoice that is sent is paid only with a method of its customer", async () => {
    await put(BOB, { ...ANN, invoice_settings: {} }, { object: "payment_method", id: "pm_loose" });
    await world.stripe.paymentMethods.detach("pm_ann");
    await put({ ...DUE, parent: null, collection_method: "send_invoice" });
    expect((await refusalOf(world.stripe.invoices.pay("in_due"))).code).toBe("resource_missing");
    for (const payment_method of ["pm_bob", "pm_loose"]) {
      const error = await refusalOf(world.stripe.invoices.pay("in_due", { payment_method }));
      expect(error).toMatchObject({ statusCode: 400, code: "resource_missing", param: "payment_method" });
    }
    expect((await invoice()).status).toBe("open");
    const paid = await control<{ invoice: { status: string } }>("invoices/in_due/pay", { paidOutOfBand: true });
    expect(paid.invoice.status).toBe("paid");
  });

  test("collection_method of a subscription is changed with days_until_due only", async () => {
    await put(ANN, SUBSCRIPTION);
    const update = (params: object) => world.stripe.subscriptions.update("sub_ann", params);
    expect((await refusalOf(update({ collection_method: "send_invoice" }))).param).toBe("days_until_due");
    const sent = await update({ collection_method: "send_invoice", days_until_due: 14 });
    expect(sent).toMatchObject({ collection_method: "send_invoice", days_until_due: 14 });
    await put({ ...DUE, id: "in_sent", collection_method: "send_invoice" }, DUE);
    const listed = (await world.stripe.invoices.list({ collection_method: "send_invoice" })).data;
    expect(listed.map(({ id }) => id)).toEqual(["in_sent"]);
  });

  test("an invoice that becomes void takes its open payment with it", async () => {
    await put(ANN, SUBSCRIPTION, { ...DUE, status: "draft" });
    await world.stripe.invoices.finalizeInvoice("in_due");
    await control("invoices/in_due", { status: "void" });
    const [link] = (await world.stripe.invoicePayments.list({ invoice: "in_due" })).data;
    expect(link?.status).toBe("canceled");
    expect((await intent(String(link?.payment.payment_intent))).status).toBe("canceled");
  });
});

describe("one-off payments and their methods", () => {
  test.each([null, "on_session", "off_session"])(
    "off session, an intent with setup_future_usage %s is confirmed: consent is not Stripe's to check",
    async (setup_future_usage) => {
      await put(ANN, { ...ONE_OFF, setup_future_usage, declined: "insufficient_funds", payment_method: "pm_ann" });
      const before = await intent();
      expect(before).toMatchObject({
        setup_future_usage,
        status: "requires_payment_method",
        payment_method: null,
        last_payment_error: {
          code: "card_declined",
          decline_code: "insufficient_funds",
          payment_method: { id: "pm_ann", object: "payment_method", customer: "cus_ann", type: "card" },
        },
      });
      const done = await world.stripe.paymentIntents.confirm("pi_one", { payment_method: "pm_ann", off_session: true });
      expect(done.status).toBe("succeeded");
    },
  );

  test("the amount of an intent changes under way, and confirm takes what it is now", async () => {
    await put(ANN, { ...ONE_OFF, declined: "insufficient_funds", payment_method: "pm_ann" });
    await control("payment_intents/pi_one", { amount: 50_000 });
    await world.stripe.paymentIntents.confirm("pi_one", { payment_method: "pm_ann", off_session: true });
    expect((await intent()).amount_received).toBe(50_000);
    expect(await world.refusedControl("payment_intents/pi_one", { amount: 1 })).toContain("is succeeded");
  });

  test("a detached method has no customer, pays for nobody, and cannot be attached again", async () => {
    await put(ANN, ONE_OFF);
    expect((await world.stripe.paymentMethods.detach("pm_ann")).customer).toBeNull();
    expect((await world.stripe.paymentMethods.retrieve("pm_ann")).customer).toBeNull();
    expect(await world.stripe.customers.retrieve("cus_ann")).toMatchObject({
      invoice_settings: { default_payment_method: null },
    });
    const confirmed = refusalOf(world.stripe.paymentIntents.confirm("pi_one", { payment_method: "pm_ann" }));
    expect(await confirmed).toMatchObject({ statusCode: 400, code: "payment_method_unexpected_state" });
    const attached = refusalOf(world.stripe.paymentMethods.attach("pm_ann", { customer: "cus_ann" }));
    expect((await attached).code).toBe("payment_method_unexpected_state");
    expect((await refusalOf(world.stripe.paymentMethods.detach("pm_ann"))).message).toContain("not attached");
    expect((await world.state()).captures).toEqual([]);
    expect(await world.eventTypes()).toEqual(["payment_method.detached", "customer.updated"]);
  });

  test("another customer's method, and one without its customer, are refused", async () => {
    await put(ANN, BOB, ONE_OFF, { ...ONE_OFF, id: "pi_guest", customer: null });
    const confirm = (id: string) =>
      refusalOf(world.stripe.paymentIntents.confirm(id, { payment_method: "pm_bob", off_session: true }));
    expect((await confirm("pi_one")).code).toBe("resource_missing");
    expect((await confirm("pi_guest")).message).toContain("belongs to the Customer cus_bob");
    expect(
      (await refusalOf(world.stripe.paymentIntents.confirm("pi_one", { payment_method: "pm_no" }))).statusCode,
    ).toBe(404);
  });

  test("a method without a customer is good for one attempt, on session", async () => {
    await put(ANN, ONE_OFF, { object: "payment_method", id: "pm_loose" });
    await control("script", { payment_intent: "pi_one", declines: ["insufficient_funds"] });
    const confirm = (params: object) =>
      refusalOf(world.stripe.paymentIntents.confirm("pi_one", { payment_method: "pm_loose", ...params }));
    expect((await confirm({ off_session: true })).code).toBe("resource_missing");
    expect((await confirm({})).code).toBe("card_declined");
    expect((await confirm({})).code).toBe("payment_method_unexpected_state");
  });

  test("setup_future_usage attaches a method that was not attached, once the payment went through", async () => {
    await put(ANN, { ...ONE_OFF, setup_future_usage: "off_session" }, { object: "payment_method", id: "pm_loose" });
    await world.stripe.paymentIntents.confirm("pi_one", { payment_method: "pm_loose" });
    expect((await world.stripe.paymentMethods.retrieve("pm_loose")).customer).toBe("cus_ann");
  });

  test("off session, a payment that needs its customer is declined with authentication_required", async () => {
    await put(ANN, ONE_OFF);
    await control("script", { payment_intent: "pi_one", declines: ["requires_action"] });
    const confirm = world.stripe.paymentIntents.confirm("pi_one", { payment_method: "pm_ann", off_session: true });
    expect(await refusalOf(confirm)).toMatchObject({ statusCode: 402, code: "authentication_required" });
    expect((await intent()).status).toBe("requires_payment_method");
  });

  test("intents are listed by customer and by a range of created", async () => {
    await put(ANN, BOB, { ...ONE_OFF, id: "pi_old", created: 1_000 }, { ...ONE_OFF, id: "pi_new", created: 2_000 });
    await put({ ...ONE_OFF, id: "pi_bob", customer: "cus_bob", created: 2_000 });
    const ids = async (created: object) =>
      (await world.stripe.paymentIntents.list({ customer: "cus_ann", created })).data.map(({ id }) => id);
    expect(await ids({ gte: 1_000, lte: 2_000 })).toEqual(["pi_new", "pi_old"]);
    expect(await ids({ gt: 1_000 })).toEqual(["pi_new"]);
  });
});

describe("what a decline says", () => {
  test.each([
    ["previously_declined_do_not_retry", "generic_decline", "normal"],
    ["highest_risk_level", "fraudulent", "highest"],
  ])("a block for %s shows in the charge's outcome, not in the error", async (reason, decline_code, risk_level) => {
    await put(ANN, { ...ONE_OFF, declined: reason, payment_method: "pm_ann" });
    expect((await intent()).last_payment_error).toMatchObject({ code: "card_declined", decline_code });
    expect((await chargeOf()).outcome).toMatchObject({
      type: "blocked",
      reason,
      network_status: "not_sent_to_network",
      risk_level,
      network_decline_code: null,
    });
  });

  test("a script gives the codes and the outcome, field by field", async () => {
    await put(ANN, ONE_OFF);
    const step = {
      decline_code: "do_not_honor",
      advice_code: "do_not_try_again",
      network_decline_code: "R1",
      network_advice_code: null,
      outcome: { seller_message: "No." },
    };
    await control("script", { payment_intent: "pi_one", declines: [step] });
    await refusalOf(world.stripe.paymentIntents.confirm("pi_one", { payment_method: "pm_ann" }));
    const { failure_code, outcome } = await chargeOf();
    expect(failure_code).toBe("card_declined");
    expect(outcome).toMatchObject({
      type: "issuer_declined",
      reason: "do_not_honor",
      advice_code: "do_not_try_again",
      network_decline_code: "R1",
      network_advice_code: null,
      seller_message: "No.",
    });
  });
});
