import { describe, expect, test } from "vitest";
import { policy } from "../../helpers/policy.ts";
import {
  type Answers,
  at,
  chargeOf,
  declinedOf,
  failure,
  fakeStripe,
  firstOf,
  intentOf,
  invoiceOf,
  linkOf,
  listOf,
  PAYMENT,
  paidWith,
  problem,
  toCollect,
} from "./stripe-fake.ts";

const INVOICE = { kind: "invoice", id: "in_1" } as const;
const method = (fields: object = {}) => ({ id: "pm_1", object: "payment_method", customer: "cus_1", ...fields });
/** A one-off payment that was declined. */
const oneOff = (intent: object = {}, answers: Answers = {}): Answers => ({
  "GET payment_intents/pi_1": declinedOf({ ...intent }),
  "GET payment_methods/pm_1": method(),
  "GET payment_intents": listOf(),
  ...answers,
});
const agreed = { isOffSession: true, method: "pm_1", isAttached: true, paidOtherwise: null };

describe("what the customer of a one-off payment agreed to", () => {
  test("is read from the payment, and its method from the try that failed", async () => {
    expect(await toCollect(oneOff())).toMatchObject({
      ok: true,
      value: { payment: "pi_1", invoice: null, subscription: null, method: "card", agreement: agreed },
    });
  });

  test("is not read where the payment is merely found", async () => {
    const { reader } = fakeStripe(oneOff());
    expect(await reader.find(PAYMENT, at())).toMatchObject({ value: { agreement: null } });
  });

  test.each([["on_session"], [null], [undefined]])("is nothing for later where it says %s", async (usage) => {
    const stripe = fakeStripe({ ...oneOff({ setup_future_usage: usage }), "GET invoice_payments": listOf() });
    expect(await stripe.reader.findToCollect(PAYMENT, at(), policy.guardrails.retry.oneOffMaxAgeMs)).toMatchObject({
      value: { agreement: { isOffSession: false, isAttached: false } },
    });
    // Nothing else is asked: the payment is not tried again anyway.
    expect(stripe.asked).toHaveLength(2);
  });

  test.each([
    ["none", "off_session", "none", false],
    ["on_session", "off_session", "on_session", false],
    ["off_session", null, "off_session", true],
    ["nothing, so that the payment's own word counts", "off_session", undefined, true],
  ])("is what the options of that kind of method say: %s", async (_what, setup_future_usage, own, isOffSession) => {
    const payment_method_options = {
      card: { setup_future_usage: own },
      sepa_debit: { setup_future_usage: "off_session" },
    };
    const answers = oneOff(
      { setup_future_usage, payment_method_options },
      { "GET payment_methods/pm_1": method({ type: "card" }) },
    );
    expect(await toCollect(answers)).toMatchObject({ value: { agreement: { isOffSession } } });
  });

  test("is of the method that was tried, before the one that the payment has now", async () => {
    const answers = oneOff({ payment_method: "pm_new" }, { "GET payment_methods/pm_new": method({ id: "pm_new" }) });
    expect(await toCollect(answers)).toMatchObject({ value: { agreement: { method: "pm_1" } } });
    const untried = { ...answers, ...oneOff({ payment_method: "pm_new", last_payment_error: null }) };
    expect(await toCollect({ ...untried, "GET payment_methods/pm_new": method({ id: "pm_new" }) })).toMatchObject({
      value: { agreement: { ...agreed, method: "pm_new" } },
    });
  });

  test.each([
    ["a method that was taken off", { customer: null }],
    ["another customer's method", { customer: "cus_2" }],
  ])("%s is not attached, whatever the error's own copy of it says", async (_what, fields) => {
    const error = { code: "card_declined", payment_method: method() };
    const answers = oneOff({ last_payment_error: error }, { "GET payment_methods/pm_1": method(fields) });
    expect(await toCollect(answers)).toMatchObject({ value: { agreement: { ...agreed, isAttached: false } } });
  });

  test("an expanded customer is its id", async () => {
    const answers = oneOff(
      { customer: { id: "cus_1" } },
      { "GET payment_methods/pm_1": method({ customer: { id: "cus_1" } }) },
    );
    expect(await toCollect(answers)).toMatchObject({ value: { agreement: agreed } });
  });

  test.each([
    ["no customer", { customer: null }],
    ["no method", { last_payment_error: { code: "card_declined" } }],
  ])("with %s there is nobody or nothing to charge", async (_what, intent) => {
    expect(await toCollect(oneOff(intent))).toMatchObject({ value: { agreement: { isAttached: false } } });
  });

  test.each([
    ["that is not there is a failure, not a payment that is not there", undefined, "provider_not_found"],
    ["that the key may not read is a failure", problem(403, "more_permissions_required"), "provider_unauthorized"],
  ])("a method %s", async (_what, answer, reason) => {
    expect(await toCollect(oneOff({}, { "GET payment_methods/pm_1": answer }))).toMatchObject({
      ok: false,
      error: { reason },
    });
  });
});

describe("another payment of the same order", () => {
  const others = (...payments: object[]): Answers => oneOff({}, { "GET payment_intents": listOf(...payments) });
  const paidOtherwise = async (answers: Answers) => {
    const found = await toCollect(answers);
    if (!found.ok) throw new Error(found.error.detail);
    return found.value?.agreement?.paidOtherwise;
  };

  test.each(["succeeded", "processing", "requires_capture"])("that is %s is told", async (status) => {
    expect(await paidOtherwise(others(intentOf({ id: "pi_2", status })))).toBe("pi_2");
  });

  test.each([
    ["the payment itself", { id: "pi_1" }],
    ["another sum", { id: "pi_2", amount: 999 }],
    ["another currency", { id: "pi_2", currency: "eur" }],
    ["one that was not collected", { id: "pi_2", status: "requires_payment_method" }],
    ["one that was cancelled", { id: "pi_2", status: "canceled" }],
  ])("%s is none", async (_what, fields) => {
    expect(await paidOtherwise(others(intentOf(fields)))).toBeNull();
  });

  test.each([
    ["made before and paid since", "succeeded", chargeOf({ created: 77 }), "pi_2"],
    ["made and paid before", "succeeded", chargeOf({ created: 76 }), null],
    ["paid at a time that was not read", "succeeded", "ch_2", "pi_2"],
    ["on its way", "processing", chargeOf({ created: 76 }), "pi_2"],
    ["held", "requires_capture", chargeOf({ created: 76 }), "pi_2"],
  ])("counts once it came in since this one was made: %s", async (_what, status, latest_charge, other) => {
    const earlier = intentOf({ id: "pi_2", created: 5, status, latest_charge });
    expect(await paidOtherwise(oneOff({ created: 77 }, { "GET payment_intents": listOf(earlier) }))).toBe(other);
  });

  test("is looked for among the customer's payments since then, and those that were made up to 14 days before", async () => {
    const created = 2_000_077;
    const stripe = fakeStripe({ ...oneOff({ created }), "GET invoice_payments": listOf() });
    await stripe.reader.findToCollect(PAYMENT, at(), policy.guardrails.retry.oneOffMaxAgeMs);
    expect(stripe.asked.find(({ what }) => what === "GET payment_intents")?.query).toBe(
      `customer=cus_1&created[gte]=${created - 14 * 86_400}&expand[0]=data.latest_charge&limit=100`,
    );
  });

  test("is told from the first page; where that shows none and there are more, it is a failure", async () => {
    const page = (one: object) => oneOff({}, { "GET payment_intents": firstOf(one) });
    expect(await paidOtherwise(page(intentOf({ id: "pi_2" })))).toBe("pi_2");
    expect(await toCollect(page(intentOf({ id: "pi_2", amount: 1 })))).toMatchObject(
      failure("provider_refused", "cus_1"),
    );
  });

  test.each([
    ["an empty object", {}],
    ["a list without data", { object: "list" }],
    ["another object", { object: "charge", data: [] }],
  ])("%s: a failure, never none", async (_what, list) => {
    expect(await toCollect(oneOff({}, { "GET payment_intents": list }))).toMatchObject(
      failure("provider_unavailable", "cus_1"),
    );
  });
});

describe("a payment of an invoice, to collect", () => {
  const open = invoiceOf({ status: "open", amount_paid: 0, amount_remaining: 1_000 });
  const links = (...all: object[]): Answers => ({ "GET invoice_payments": listOf(...all) });

  test.each([
    ["payment", PAYMENT],
    ["charge", { kind: "charge", id: "ch_1" }],
    ["invoice", INVOICE],
    ["invoiceNumber", { kind: "invoiceNumber", number: "INV-1" }],
  ] as const)("is found by its %s as its invoice, with the payment that Stripe tries", async (_kind, reference) => {
    const own = { number: "INV-1", ...paidWith(linkOf("open", "pi_1", { is_default: true })) };
    const answers = {
      "GET payment_intents/pi_1": declinedOf(),
      "GET charges/ch_1": chargeOf({ payment_intent: "pi_1" }),
      "GET invoices/in_1": { ...open, ...own },
      "GET invoices/search": listOf({ ...open, ...own }),
      ...links(linkOf("open", "pi_1", { invoice: open })),
    };
    expect(await toCollect(answers, reference)).toMatchObject({
      ok: true,
      value: { payment: "pi_1", invoice: "in_1", invoiceState: { status: "open" }, agreement: null },
    });
  });

  test("leads to its invoice, and to the payment that paid that one instead", async () => {
    const paid = invoiceOf(paidWith(linkOf("canceled", "pi_1"), linkOf("paid", "pi_2")));
    const answers = {
      "GET payment_intents/pi_1": declinedOf(),
      "GET payment_intents/pi_2": intentOf({ id: "pi_2" }),
      "GET invoices/in_1": paid,
      ...links(linkOf("canceled", "pi_1", { invoice: paid })),
    };
    expect(await toCollect(answers)).toMatchObject({
      value: { payment: "pi_2", status: "paid", invoice: "in_1", invoiceState: { status: "paid" } },
    });
  });

  test.each([
    ["that was deleted", { id: "in_1", object: "invoice", deleted: true }],
    ["that is only an id", "in_1"],
    ["that is missing", null],
  ])("of an invoice %s is a failure, not a payment without an invoice", async (_what, invoice) => {
    const answers = { ...oneOff(), ...links(linkOf("open", "pi_1", { invoice })) };
    expect(await toCollect(answers)).toMatchObject(failure("provider_refused", "pi_1"));
    const { reader } = fakeStripe(answers);
    expect(await reader.invoiceOfPayment("pi_1", at())).toMatchObject(failure("provider_refused", "pi_1"));
  });

  test("whose invoice, or its payment, is not there is a failure, not a payment that is not there", async () => {
    const answers = {
      "GET payment_intents/pi_1": declinedOf(),
      ...links(linkOf("open", "pi_1", { invoice: open })),
    };
    expect(await toCollect(answers)).toMatchObject(failure("provider_not_found", "resource_missing"));
    const elsewhere = { ...open, ...paidWith(linkOf("open", "pi_2")) };
    expect(await toCollect({ ...answers, "GET invoices/in_1": elsewhere })).toMatchObject(
      failure("provider_not_found", "resource_missing"),
    );
  });

  test.each([
    ["an empty object", {}],
    ["a list without data", { object: "list" }],
    ["a link of an unknown status", listOf(linkOf("a_status_of_tomorrow", "pi_1", { invoice: open }))],
  ])("%s: a failure, never no invoice", async (_what, list) => {
    expect(await toCollect({ ...oneOff(), "GET invoice_payments": list })).toMatchObject(
      failure("provider_refused", "pi_1"),
    );
  });

  test("has the invoice's subscription as it is now", async () => {
    const parent = { type: "subscription_details", subscription_details: { subscription: "sub_1" } };
    const items = { data: [{ id: "si_1", price: { id: "price_1", currency: "usd" } }] };
    const subscription = { id: "sub_1", object: "subscription", status: "past_due", currency: "usd", items };
    const answers = {
      "GET invoices/in_1": { ...open, parent, ...paidWith() },
      "GET subscriptions/sub_1": { ...subscription, pause_collection: { behavior: "void" } },
    };
    expect(await toCollect(answers, INVOICE)).toMatchObject({
      value: {
        payment: null,
        invoiceState: { subscription: "sub_1" },
        subscription: { subscription: "sub_1", status: "past_due", pause: { behavior: "void" }, collection: "other" },
      },
    });
    const without = { ...answers, "GET subscriptions/sub_1": undefined };
    expect(await toCollect(without, INVOICE)).toMatchObject(failure("provider_not_found", "resource_missing"));
    expect(await toCollect({ ...answers, "GET subscriptions/sub_1": {} }, INVOICE)).toMatchObject({ ok: false });
  });

  describe("is charged", () => {
    const cards = (card: string | null, source: string | null = null) => ({
      default_payment_method: card,
      default_source: source,
    });
    const customer = { id: "cus_1", object: "customer", default_source: "src_c" };
    const whole = { ...customer, invoice_settings: { default_payment_method: "pm_c" } };
    const parent = { type: "subscription_details", subscription_details: { subscription: "sub_1" } };
    const items = { data: [{ id: "si_1", price: { id: "price_1", currency: "usd" } }] };
    const subscription = { id: "sub_1", object: "subscription", status: "past_due", currency: "usd", items };
    const charged = async (of: object, its: object | null = null) => {
      const stripe = fakeStripe({
        "GET invoices/in_1": { ...open, customer: whole, ...paidWith(), ...(its && { parent }), ...of },
        "GET subscriptions/sub_1": { ...subscription, ...its },
      });
      const found = await stripe.reader.findToCollect(INVOICE, at(), policy.guardrails.retry.oneOffMaxAgeMs);
      if (!found.ok) throw new Error(found.error.detail);
      return { method: found.value?.invoiceState?.method, asked: stripe.asked };
    };

    test.each([
      ["with the invoice's own method", cards("pm_i", "src_i"), cards("pm_s"), "pm_i"],
      ["with the invoice's own source", cards(null, "src_i"), cards("pm_s"), "src_i"],
      ["then with the subscription's", cards(null), cards("pm_s", "src_s"), "pm_s"],
      ["then with the subscription's source", cards(null), cards(null, "src_s"), "src_s"],
      ["then with the customer's", cards(null), cards(null), "pm_c"],
      ["where it has no subscription, with the customer's", cards(null), null, "pm_c"],
      ["with the customer's source", { customer: { ...customer, invoice_settings: {} } }, null, "src_c"],
      ["with nothing of a customer who is gone", { customer: { ...whole, deleted: true } }, null, null],
      ["with nothing that was not read", { customer: "cus_1" }, null, null],
    ])("%s", async (_what, of, its, method) => {
      expect((await charged(of, its)).method).toBe(method);
    });

    test("with what is read with the invoice and the subscription, without a further request", async () => {
      const { asked } = await charged({}, {});
      expect(asked.map(({ what }) => what)).toEqual(["GET invoices/in_1", "GET subscriptions/sub_1"]);
      expect(asked[0]?.query).toBe("expand[0]=payments&expand[1]=customer");
    });

    test.each([
      ["the charge says", "pm_1", undefined, "pm_1"],
      ["the error says", null, { payment_method: { id: "pm_1" } }, "pm_1"],
      ["nobody says", null, null, null],
      ["both say differently", "pm_2", { payment_method: { id: "pm_1" } }, null],
    ])("and what was tried is what %s", async (_who, payment_method, error, tried) => {
      const charge = chargeOf({ status: "failed", captured: false, amount_captured: 0, payment_method });
      const failed = declinedOf({
        latest_charge: charge,
        ...(error === undefined ? {} : { last_payment_error: error }),
      });
      const found = await toCollect(
        {
          "GET invoices/in_1": { ...open, ...paidWith(linkOf("open", "pi_1", { is_default: true })) },
          "GET payment_intents/pi_1": failed,
        },
        INVOICE,
      );
      expect(found).toMatchObject({ value: { triedMethod: tried } });
    });
  });

  test("that Stripe does not have is nothing", async () => {
    expect(await toCollect({ "GET payment_intents/pi_1": undefined })).toEqual({ ok: true, value: null });
    expect(await toCollect({}, INVOICE)).toEqual({ ok: true, value: null });
  });
});
