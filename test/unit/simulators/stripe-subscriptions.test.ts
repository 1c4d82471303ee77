import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createStripeSimulator, type StripeSimulator } from "../../../simulators/stripe/simulator.ts";
import type { SubscriptionBooks } from "../../../simulators/stripe/state.ts";

let simulator: StripeSimulator;
let stripe: Stripe;

beforeEach(async () => {
  simulator = createStripeSimulator();
  await simulator.listen();
  stripe = clientOf(simulator.url);
  await admin("objects", PRO);
});
afterEach(() => simulator.close());

function clientOf(url: string): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe("sk_test_standin", { host: hostname, port, protocol: "http", maxNetworkRetries: 0 });
}

async function admin<T = Record<string, unknown>>(path: string, body?: unknown, status = 200): Promise<T> {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(`${simulator.url}/_sim/${path}`, init);
  const value = (await response.json()) as T;
  expect(response.status, JSON.stringify(value)).toBe(status);
  return value;
}

const PRO = [
  { object: "customer", id: "cus_ann" },
  { object: "price", id: "price_pro", unit_amount: 2900 },
  { object: "price", id: "price_basic", unit_amount: 900 },
  { object: "price", id: "price_team", unit_amount: 9900 },
  { object: "price", id: "price_euro", unit_amount: 900, currency: "eur" },
  { object: "price", id: "price_year", unit_amount: 9000, recurring: { interval: "year" } },
  { object: "price", id: "price_old", unit_amount: 500, active: false },
  { object: "price", id: "price_once", unit_amount: 500, type: "one_time" },
  {
    object: "subscription",
    id: "sub_ann",
    customer: "cus_ann",
    items: [{ id: "si_ann", price: "price_pro" }],
  },
];

/** Seeds one beside Ann's, whose item is `si_X` for `sub_X`. */
async function subscribe(id: string, given: Record<string, unknown> = {}): Promise<void> {
  const items = [{ id: id.replace("sub_", "si_"), price: "price_pro" }];
  await admin("objects", [{ object: "subscription", id, items, ...given }]);
}

async function refusalOf(promise: Promise<unknown>) {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) {
      const { statusCode, code, param, message, rawType } = error;
      return { statusCode, code, param, message, type: rawType };
    }
    throw error;
  }
  throw new Error("The call succeeded, and a refusal was expected.");
}

const update = (params: Stripe.SubscriptionUpdateParams, id = "sub_ann") => stripe.subscriptions.update(id, params);
const books = () => admin<SubscriptionBooks>("state");
const changesMade = async () => (await books()).subscriptionChanges.map(({ change, effective }) => [change, effective]);

async function eventTypes(prefix = ""): Promise<string[]> {
  const events = await stripe.events.list({ limit: 100 });
  const types = events.data.map(({ type }) => type as string).toReversed();
  return types.filter((type) => type.startsWith(prefix));
}

describe("an update that is refused", () => {
  const end = { cancel_at_period_end: true };
  const pause = { pause_collection: { behavior: "void" } };
  const downgrade = { items: [{ id: "si_x", price: "price_basic" }] };
  const scheduled = "The subscription is managed by the subscription schedule `sub_sched_1`, and updating";
  const ended = "A canceled subscription can only update its cancellation_details and metadata.";

  test.each<[string, Record<string, unknown>, Stripe.SubscriptionUpdateParams, string]>([
    ["a canceled one is paused", { status: "canceled" }, pause, ended],
    ["a canceled one is resumed", { status: "canceled" }, { pause_collection: "" }, ended],
    ["a canceled one is downgraded", { status: "canceled" }, downgrade, ended],
    ["a canceled one is canceled at its end", { status: "canceled" }, end, ended],
    ["one that expired is paused", { status: "incomplete_expired" }, pause, "You cannot update a subscription that is"],
    ["one not yet paid is paused", { status: "incomplete" }, pause, "You cannot update a subscription in `incomplete`"],
    ["one of a schedule is canceled", { schedule: "sub_sched_1" }, end, `${scheduled} any cancelation behavior`],
    ["one of a schedule is downgraded", { schedule: "sub_sched_1" }, downgrade, `${scheduled} its items`],
  ])("%s", async (_what, given, params, message) => {
    await subscribe("sub_x", given);
    const refusal = await refusalOf(update(params, "sub_x"));
    expect(refusal).toMatchObject({ statusCode: 400, type: "invalid_request_error" });
    expect(refusal.message).toContain(message);
    expect(await changesMade()).toEqual([]);
    expect(await eventTypes()).toEqual([]);
  });

  test("a canceled one has a code of its own, and takes metadata", async () => {
    await subscribe("sub_x", { status: "canceled" });
    expect((await refusalOf(update(pause as Stripe.SubscriptionUpdateParams, "sub_x"))).code).toBe(
      "invalid_canceled_subscription_fields",
    );
    expect((await update({ metadata: { why: "asked" } }, "sub_x")).metadata).toEqual({ why: "asked" });
  });

  test.each(["trialing", "past_due", "unpaid", "paused"])(
    "one that is %s can be paused and canceled",
    async (status) => {
      await subscribe("sub_x", { status });
      expect(await update(pause as Stripe.SubscriptionUpdateParams, "sub_x")).toMatchObject({ status, ...pause });
      expect(await update(end, "sub_x")).toMatchObject({ status, ...end });
    },
  );

  test.each<[string, string, string | undefined, string]>([
    ["that there is not", "price_none", "resource_missing", "No such price: 'price_none'"],
    [
      "that is inactive",
      "price_old",
      undefined,
      "The price specified is inactive. This field only accepts active prices.",
    ],
    ["of another currency", "price_euro", undefined, "The price specified only supports `eur`. This doesn't match the"],
    ["that is no subscription's", "price_once", undefined, "The price specified is set to `type=one_time`"],
  ])("a price %s", async (_what, price, code, message) => {
    const refusal = await refusalOf(update({ items: [{ id: "si_ann", price }], ...end }));
    expect(refusal).toMatchObject({ statusCode: 400, code, param: "items[0][price]" });
    expect(refusal.message).toContain(message);
    expect((await stripe.subscriptions.retrieve("sub_ann")).cancel_at_period_end).toBe(false);
  });

  test("an item of another subscription, the same price twice, and no item at all", async () => {
    await subscribe("sub_x");
    expect(await refusalOf(update({ items: [{ id: "si_x", price: "price_basic" }] }))).toMatchObject({
      statusCode: 400,
      code: "resource_missing",
      param: "items[0][id]",
      message: "No such subscription_item: 'si_x'",
    });
    expect((await refusalOf(update({ items: [{ price: "price_pro" }] }))).message).toBe(
      "Cannot add multiple subscription items with the same plan: price_pro",
    );
    expect((await refusalOf(update({ items: [{ id: "si_ann", deleted: true }] }))).message).toBe(
      "A subscription must have at least one active plan.",
    );
  });

  test("a half-good update changes nothing", async () => {
    const items = [{ id: "si_ann", price: "price_basic" }, { price: "price_none" }];
    await refusalOf(update({ items }));
    expect((await books()).subscriptions).toMatchObject([{ id: "sub_ann", prices: ["price_pro"] }]);
  });

  test("a parameter that the stand-in does not model is named", async () => {
    const refusal = await refusalOf(update({ items: [{ id: "si_ann", clear_usage: true }] }));
    expect(refusal).toMatchObject({ code: "stand_in_not_modelled", param: "items[0][clear_usage]" });
    expect(await refusalOf(update({ cancel_at: 1 }))).toMatchObject({ param: "cancel_at" });
  });
});

describe("a change", () => {
  test("pauses and resumes collection under keys, and replays change nothing", async () => {
    const pause = { pause_collection: { behavior: "keep_as_draft" as const } };
    await stripe.subscriptions.update("sub_ann", pause, { idempotencyKey: "key-pause" });
    await stripe.subscriptions.update("sub_ann", pause, { idempotencyKey: "key-pause" });
    await stripe.subscriptions.update("sub_ann", pause, { idempotencyKey: "key-again" });
    expect((await books()).subscriptions).toMatchObject([{ status: "active", pauseBehavior: "keep_as_draft" }]);
    await stripe.subscriptions.update("sub_ann", { pause_collection: "" }, { idempotencyKey: "key-resume" });
    const { subscriptions, subscriptionChanges } = await books();
    expect(subscriptions).toMatchObject([{ pauseBehavior: null, cancelAtPeriodEnd: false, price: "price_pro" }]);
    expect(subscriptionChanges).toMatchObject([
      {
        subscription: "sub_ann",
        change: "pause",
        idempotencyKey: "key-pause",
        statusBefore: "active",
        effective: true,
      },
      { change: "pause", idempotencyKey: "key-again", effective: false },
      { change: "resume", idempotencyKey: "key-resume", effective: true },
    ]);
    const { data } = await stripe.events.list({ type: "customer.subscription.updated" });
    expect(data.map(({ request }) => request?.idempotency_key)).toEqual(["key-resume", "key-pause"]);
    expect(data[1]?.data.previous_attributes).toEqual({ pause_collection: null });
  });

  test("of the price keeps the item, the period and the invoice when nothing is prorated", async () => {
    const before = await stripe.subscriptions.retrieve("sub_ann");
    const after = await update({ items: [{ id: "si_ann", price: "price_basic" }], proration_behavior: "none" });
    const [item] = after.items.data;
    expect(item).toMatchObject({ id: "si_ann", price: { id: "price_basic" }, plan: { id: "price_basic" } });
    expect(item?.current_period_end).toBe(before.items.data[0]?.current_period_end);
    expect(after.latest_invoice).toBeNull();
    expect(await changesMade()).toEqual([["price", true]]);
  });

  test("of the price without a quantity makes it 1, as Stripe does", async () => {
    await update({ items: [{ id: "si_ann", quantity: 5 }], proration_behavior: "none" });
    const kept = await update({ items: [{ id: "si_ann", metadata: { a: "b" } }], proration_behavior: "none" });
    expect(kept.items.data[0]?.quantity).toBe(5);
    const moved = await update({ items: [{ id: "si_ann", price: "price_basic" }], proration_behavior: "none" });
    expect(moved.items.data[0]?.quantity).toBe(1);
  });

  test("whose item has no id adds a second one", async () => {
    const after = await update({ items: [{ price: "price_basic" }] });
    expect(after.items.data.map(({ price }) => price.id)).toEqual(["price_pro", "price_basic"]);
    expect(await changesMade()).toEqual([["items", true]]);
  });

  test("to another interval begins a period and bills it, even without proration", async () => {
    const after = await update({ items: [{ id: "si_ann", price: "price_year" }], proration_behavior: "none" });
    const [item] = after.items.data;
    expect((item?.current_period_end ?? 0) - (item?.current_period_start ?? 0)).toBe(365 * 86_400);
    expect(after.billing_cycle_anchor).toBe(item?.current_period_start);
    expect(await stripe.invoices.retrieve(String(after.latest_invoice))).toMatchObject({
      status: "paid",
      total: 9000,
      billing_reason: "subscription_update",
    });
  });

  test("that must be paid at once makes it past due when the card fails", async () => {
    await admin("script", { customer: "cus_ann", declines: ["insufficient_funds"] });
    const after = await update({
      items: [{ id: "si_ann", price: "price_team" }],
      proration_behavior: "always_invoice",
    });
    expect(after).toMatchObject({ status: "past_due", items: { data: [{ price: { id: "price_team" } }] } });
  });

  test("ends it at the period's end, and takes that back", async () => {
    const ending = await update({ cancel_at_period_end: true });
    expect(ending).toMatchObject({
      status: "active",
      cancel_at: ending.items.data[0]?.current_period_end,
      cancellation_details: { reason: "cancellation_requested" },
      ended_at: null,
    });
    expect(ending.canceled_at).not.toBeNull();
    expect(await update({ cancel_at_period_end: false })).toMatchObject({ cancel_at: null, canceled_at: null });
    expect(await changesMade()).toEqual([
      ["cancel_at_period_end", true],
      ["keep", true],
    ]);
  });

  test("ends it at once, once, and its open invoices are tried no more", async () => {
    const parent = { type: "subscription_details", subscription_details: { subscription: "sub_ann", metadata: {} } };
    await admin("objects", [{ object: "invoice", id: "in_due", customer: "cus_ann", total: 2900, parent }]);
    const ended = await stripe.subscriptions.cancel("sub_ann", { expand: ["items"] });
    expect(ended).toMatchObject({ status: "canceled", cancellation_details: { reason: "cancellation_requested" } });
    expect(await refusalOf(stripe.subscriptions.cancel("sub_ann"))).toMatchObject({
      statusCode: 404,
      code: "resource_missing",
      message: "No such subscription: 'sub_ann'",
    });
    expect((await stripe.subscriptions.retrieve("sub_ann")).status).toBe("canceled");
    expect((await stripe.invoices.retrieve("in_due")).auto_advance).toBe(false);
    await admin("invoices/in_due/attempt", {}, 400);
    expect(await changesMade()).toEqual([["cancel", true]]);
    expect(await eventTypes("customer.subscription")).toEqual(["customer.subscription.deleted"]);
  });

  test("of one that a schedule manages: at once it can end, and its collection pause", async () => {
    await subscribe("sub_x", { schedule: "sub_sched_1" });
    await update({ pause_collection: { behavior: "void" } }, "sub_x");
    expect((await stripe.subscriptions.cancel("sub_x")).status).toBe("canceled");
  });
});

describe("an update that waits for its payment", () => {
  const upgrade: Stripe.SubscriptionUpdateParams = {
    items: [{ id: "si_ann", price: "price_team" }],
    payment_behavior: "pending_if_incomplete",
    proration_behavior: "always_invoice",
  };

  test("shows what would change, and changes when the invoice is paid", async () => {
    await admin("script", { customer: "cus_ann", declines: ["insufficient_funds"] });
    const waiting = await update(upgrade);
    expect(waiting).toMatchObject({
      status: "active",
      items: { data: [{ price: { id: "price_pro" } }] },
      pending_update: { subscription_items: [{ id: "si_ann", price: { id: "price_team" } }], trial_end: null },
    });
    expect(await changesMade()).toEqual([["pending_update", true]]);
    await stripe.invoices.pay(String(waiting.latest_invoice));
    expect(await stripe.subscriptions.retrieve("sub_ann")).toMatchObject({
      items: { data: [{ price: { id: "price_team" } }] },
      pending_update: null,
    });
    expect(await eventTypes("customer.subscription.pending")).toEqual(["customer.subscription.pending_update_applied"]);
  });

  test("is dropped when its invoice is void, and a second one takes its place", async () => {
    await admin("script", { customer: "cus_ann", alwaysDeclines: "insufficient_funds" });
    const first = await update(upgrade);
    const second = await update(upgrade);
    expect((await stripe.invoices.retrieve(String(first.latest_invoice))).status).toBe("void");
    expect(second.latest_invoice).not.toBe(first.latest_invoice);
    await stripe.invoices.voidInvoice(String(second.latest_invoice));
    expect((await stripe.subscriptions.retrieve("sub_ann")).pending_update).toBeNull();
  });

  test("can be the end of a trial, and leaves the trial as long as nobody pays", async () => {
    await subscribe("sub_x", { status: "trialing", customer: "cus_ann" });
    await admin("script", { customer: "cus_ann", declines: ["insufficient_funds"] });
    const waiting = await update({ trial_end: "now", payment_behavior: "pending_if_incomplete" }, "sub_x");
    expect(waiting).toMatchObject({ status: "trialing", pending_update: { subscription_items: null } });
    await stripe.invoices.pay(String(waiting.latest_invoice));
    expect(await stripe.subscriptions.retrieve("sub_x")).toMatchObject({ status: "active", pending_update: null });
  });

  test.each(["pending_if_incomplete", "error_if_incomplete"] as const)(
    "paid at once, %s leaves no trace",
    async (how) => {
      await subscribe("sub_x", { status: "past_due", customer: "cus_ann" });
      const items = [{ id: "si_x", price: "price_team" }];
      const after = await update({ ...upgrade, items, payment_behavior: how }, "sub_x");
      expect(after).toMatchObject({
        status: "active",
        pending_update: null,
        items: { data: [{ price: { id: "price_team" } }] },
      });
      expect(await stripe.invoices.retrieve(String(after.latest_invoice))).toMatchObject({
        status: "paid",
        total: 7000,
      });
      expect(await changesMade()).toEqual([["price", true]]);
    },
  );

  test("takes only what a pending update can hold", async () => {
    expect(await refusalOf(update({ ...upgrade, cancel_at_period_end: true }))).toMatchObject({
      param: "cancel_at_period_end",
      message: expect.stringContaining("`cancel_at_period_end` is not supported. See https://stripe.com/docs/billing"),
    });
  });

  test("is seeded in short, and expires with its period", async () => {
    await subscribe("sub_x", { pending_update: { subscription_items: [{ id: "si_x", price: "price_team" }] } });
    const seeded = await stripe.subscriptions.retrieve("sub_x");
    expect(seeded.pending_update).toMatchObject({ subscription_items: [{ price: { unit_amount: 9900 } }] });
    await admin("subscriptions/sub_x/renew", {});
    expect((await stripe.subscriptions.retrieve("sub_x")).pending_update).toBeNull();
  });

  test("error_if_incomplete refuses the whole update", async () => {
    await admin("script", { customer: "cus_ann", declines: ["insufficient_funds"] });
    const refusal = await refusalOf(update({ ...upgrade, payment_behavior: "error_if_incomplete" }));
    expect(refusal).toMatchObject({ statusCode: 402, code: "card_declined" });
    expect((await books()).subscriptions).toMatchObject([{ status: "active", price: "price_pro" }]);
    expect(await changesMade()).toEqual([]);
  });
});

describe("the end of a period", () => {
  type Renewed = { subscription: Stripe.Subscription; invoice: Stripe.Invoice | null; error?: { code: string } };
  const renew = (id = "sub_ann", body = {}) => admin<Renewed>(`subscriptions/${id}/renew`, body);

  test("bills the next one", async () => {
    const before = await stripe.subscriptions.retrieve("sub_ann");
    const { subscription, invoice } = await renew();
    expect(invoice).toMatchObject({ status: "paid", total: 2900, billing_reason: "subscription_cycle" });
    expect(subscription.items.data[0]?.current_period_start).toBe(before.items.data[0]?.current_period_end);
    expect(subscription.latest_invoice).toBe(invoice?.id);
    const { data } = await stripe.events.list({ type: "customer.subscription.updated" });
    expect(data[0]?.request).toEqual({ id: null, idempotency_key: null });
  });

  test("makes it past due when the card fails, and a later attempt makes it good", async () => {
    await admin("script", { customer: "cus_ann", declines: ["insufficient_funds"] });
    const { subscription, invoice, error } = await renew("sub_ann", { nextPaymentAttempt: 2_000_000_000 });
    expect([subscription.status, invoice?.status, error?.code]).toEqual(["past_due", "open", "card_declined"]);
    expect(invoice?.next_payment_attempt).toBe(2_000_000_000);
    await admin(`invoices/${invoice?.id}/attempt`, {});
    expect((await stripe.subscriptions.retrieve("sub_ann")).status).toBe("active");
  });

  test.each([
    ["keep_as_draft", "draft"],
    ["mark_uncollectible", "uncollectible"],
    ["void", "void"],
  ] as const)("while paused with %s leaves an invoice that is %s, and takes no money", async (behavior, status) => {
    await update({ pause_collection: { behavior } });
    const { invoice, subscription } = await renew();
    expect([invoice?.status, invoice?.amount_paid, subscription.status]).toEqual([status, 0, "active"]);
    if (behavior === "keep_as_draft") expect(invoice?.auto_advance).toBe(false);
    expect(await eventTypes("charge.")).toEqual([]);
  });

  test("a pause stops no attempt at an invoice that is open already", async () => {
    await admin("script", { customer: "cus_ann", declines: ["insufficient_funds"] });
    const { invoice } = await renew();
    await update({ pause_collection: { behavior: "keep_as_draft" } });
    const attempted = await admin<{ invoice: Stripe.Invoice }>(`invoices/${invoice?.id}/attempt`, {});
    expect(attempted.invoice.status).toBe("paid");
  });

  test("ends what was to end, and a draft of a pause stays one after it is resumed", async () => {
    await update({ pause_collection: { behavior: "keep_as_draft" } });
    const { invoice } = await renew();
    await update({ pause_collection: "", cancel_at_period_end: true });
    expect((await stripe.invoices.retrieve(invoice?.id ?? "")).status).toBe("draft");
    const ended = await renew();
    expect(ended).toMatchObject({ invoice: null, subscription: { status: "canceled" } });
    expect((await eventTypes("customer.subscription")).at(-1)).toBe("customer.subscription.deleted");
    await admin("subscriptions/sub_ann/renew", {}, 400);
  });

  test("resumes what was paused until then", async () => {
    const until = Math.floor(Date.now() / 1000) + 86_400;
    await update({ pause_collection: { behavior: "void", resumes_at: until } });
    expect(await renew()).toMatchObject({ invoice: { status: "paid" }, subscription: { pause_collection: null } });
  });

  test("ends a trial: billed, or paused when nobody can pay", async () => {
    await subscribe("sub_x", { status: "trialing" });
    expect(await renew("sub_x")).toMatchObject({ subscription: { status: "active" }, invoice: { status: "paid" } });
    const poor = await stripe.customers.create({});
    const settings = { end_behavior: { missing_payment_method: "pause" } };
    await subscribe("sub_y", { status: "trialing", customer: poor.id, trial_settings: settings });
    expect(await renew("sub_y")).toMatchObject({ subscription: { status: "paused" }, invoice: null });
    expect(await eventTypes("customer.subscription.paused")).toHaveLength(1);
  });

  test("of an unpaid one makes a draft that nobody collects", async () => {
    await subscribe("sub_x", { status: "unpaid" });
    expect((await renew("sub_x")).invoice).toMatchObject({ status: "draft", auto_advance: false });
  });
});

describe("a new subscription", () => {
  const create = (params: Partial<Stripe.SubscriptionCreateParams> = {}) =>
    stripe.subscriptions.create({ customer: "cus_ann", items: [{ price: "price_basic" }], ...params });

  test("is active once its first invoice is paid, incomplete as long as it is not", async () => {
    expect(await create()).toMatchObject({ status: "active", latest_invoice: expect.stringMatching(/^in_/) });
    await admin("script", { customer: "cus_ann", declines: ["insufficient_funds"] });
    const incomplete = await create();
    expect(incomplete.status).toBe("incomplete");
    await stripe.invoices.pay(String(incomplete.latest_invoice));
    expect((await stripe.subscriptions.retrieve(incomplete.id)).status).toBe("active");
  });

  test("on trial pays nothing yet; ended early, it does", async () => {
    const trial = await create({ trial_period_days: 7 });
    expect(trial).toMatchObject({ status: "trialing", latest_invoice: null });
    expect(trial.items.data[0]?.current_period_end).toBe(trial.trial_end);
    const active = await update({ trial_end: "now" }, trial.id);
    expect(active.status).toBe("active");
    expect((await stripe.invoices.retrieve(String(active.latest_invoice))).status).toBe("paid");
    expect(await eventTypes("customer.subscription.trial")).toEqual(["customer.subscription.trial_will_end"]);
  });

  test("has the currency of what the customer has", async () => {
    expect((await refusalOf(create({ items: [{ price: "price_euro" }] }))).message).toContain(
      "You cannot combine currencies on a single customer.",
    );
  });
});

describe("seeding", () => {
  test("makes the customer, the card, the price and the product of a subscription", async () => {
    await admin("objects", [{ object: "subscription", id: "sub_new", price: "price_new" }]);
    const made = await stripe.subscriptions.retrieve("sub_new", { expand: ["customer.invoice_settings"] });
    expect(made.items.data).toMatchObject([{ price: { id: "price_new", currency: "usd", active: true } }]);
    const price = await stripe.prices.retrieve("price_new", { expand: ["product"] });
    expect(price.product).toMatchObject({ object: "product" });
    await admin("subscriptions/sub_new/renew", {});
    expect((await stripe.invoices.list({ subscription: "sub_new" })).data).toMatchObject([{ status: "paid" }]);
  });

  test("completes an end and a pause", async () => {
    await subscribe("sub_x", { cancel_at_period_end: true, pause_collection: { behavior: "void" } });
    const made = await stripe.subscriptions.retrieve("sub_x");
    expect(made.cancel_at).toBe(made.items.data[0]?.current_period_end);
    expect(made).toMatchObject({
      cancellation_details: { reason: "cancellation_requested" },
      pause_collection: { behavior: "void", resumes_at: null },
    });
  });
});

test("changes are remembered over a restart, in order, and a reset forgets them", async () => {
  const directory = mkdtempSync(join(tmpdir(), "standin-"));
  try {
    await simulator.close();
    const start = async () => {
      simulator = createStripeSimulator({ stateDirectory: directory });
      await simulator.listen();
      stripe = clientOf(simulator.url);
    };
    await start();
    await admin("objects", PRO);
    await stripe.subscriptions.update("sub_ann", { pause_collection: { behavior: "void" } }, { idempotencyKey: "one" });
    await stripe.subscriptions.cancel("sub_ann");
    const before = await books();
    for (let restarts = 0; restarts < 2; restarts++) {
      await simulator.close();
      await start();
      expect(await books()).toMatchObject({
        subscriptions: before.subscriptions,
        subscriptionChanges: before.subscriptionChanges,
      });
    }
    expect(before.subscriptionChanges.map(({ change }) => change)).toEqual(["pause", "cancel"]);
    await admin("reset", {});
    expect((await books()).subscriptionChanges).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
