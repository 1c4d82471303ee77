import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { drawFault } from "../../../simulators/stripe/faults.ts";
import { createStripeSimulator, type StripeSimulator } from "../../../simulators/stripe/simulator.ts";

const KEY = "sk_test_standin";
const SECRET = "whsec_standin";

/** Of what comes by itself: how long is no promise. */
const PATIENT = { timeout: 15_000 };

let simulator: StripeSimulator;
let stripe: Stripe;

beforeEach(async () => {
  simulator = createStripeSimulator();
  await simulator.listen();
  stripe = clientOf(simulator.url);
});
afterEach(() => simulator.close());

function clientOf(url: string, key = KEY): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe(key, { host: hostname, port, protocol: "http", maxNetworkRetries: 0 });
}

async function admin<T = Record<string, unknown>>(path: string, body?: unknown, url = simulator.url): Promise<T> {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(`${url}/_sim/${path}`, init);
  const value = (await response.json()) as T;
  expect(response.status, JSON.stringify(value)).toBe(200);
  return value;
}

interface State {
  refunds: { id: string; amountMinor: number; status: string; released: boolean; paymentIntent: string }[];
  captures: { paymentIntent: string; amountCapturedMinor: number; amountRefundedMinor: number }[];
  faults: Record<string, number>;
}

/** A paid one-off payment of 42.50 by a customer with a card. */
const PAYMENT = [
  { object: "customer", id: "cus_ann", email: "ann@example.com" },
  { object: "payment_intent", id: "pi_paid", amount: 4250, status: "succeeded", customer: "cus_ann" },
];

const INVOICE = [
  { object: "customer", id: "cus_ann" },
  { object: "price", id: "price_basic", unit_amount: 4250 },
  { object: "subscription", id: "sub_ann", customer: "cus_ann", items: [{ price: "price_basic" }] },
  {
    object: "invoice",
    id: "in_due",
    number: "INV-1042",
    customer: "cus_ann",
    total: 4250,
    parent: { type: "subscription_details", subscription_details: { subscription: "sub_ann", metadata: {} } },
  },
];

async function refusalOf(promise: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error("The call succeeded, and a refusal was expected.");
}

async function eventTypes(): Promise<string[]> {
  const events = await stripe.events.list({ limit: 100 });
  return events.data.map((event) => event.type).toReversed();
}

describe("identity and keys", () => {
  test("every answer says that it is a stand-in", async () => {
    const root = await fetch(simulator.url);
    expect(root.headers.get("x-stand-in")).toBe("countersign-stripe");
    expect(await root.json()).toMatchObject({ standIn: "countersign-stripe" });
  });

  test("a missing key and a malformed key are 401", async () => {
    const missing = await fetch(`${simulator.url}/v1/refunds`);
    expect(missing.status).toBe(401);
    const malformed = await refusalOf(clientOf(simulator.url, "nonsense").refunds.list());
    expect(malformed).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
  });

  test("Basic authentication works like Bearer", async () => {
    const basic = Buffer.from(`${KEY}:`).toString("base64");
    const answer = await fetch(`${simulator.url}/v1/refunds`, { headers: { authorization: `Basic ${basic}` } });
    expect(answer.status).toBe(200);
  });

  test("an object of the other mode is missing, and the error says in which mode it is", async () => {
    await admin("objects", [{ object: "payment_intent", id: "pi_live", status: "succeeded", livemode: true }]);
    const error = await refusalOf(stripe.paymentIntents.retrieve("pi_live"));
    expect(error).toMatchObject({ statusCode: 404, code: "resource_missing" });
    expect(error.message).toContain("exists in live mode");
    const live = clientOf(simulator.url, "sk_live_standin");
    expect((await live.paymentIntents.retrieve("pi_live")).livemode).toBe(true);
    expect((await stripe.paymentIntents.list()).data).toEqual([]);
  });

  test("a restricted key that may only read cannot refund", async () => {
    await admin("objects", PAYMENT);
    const reader = clientOf(simulator.url, "rk_test_readonly");
    expect((await reader.paymentIntents.retrieve("pi_paid")).status).toBe("succeeded");
    const error = await refusalOf(reader.refunds.create({ payment_intent: "pi_paid" }));
    expect(error).toBeInstanceOf(Stripe.errors.StripePermissionError);
  });
});

describe("parameters", () => {
  beforeEach(() => admin("objects", PAYMENT));

  test("an unknown parameter is refused by name", async () => {
    const params = { payment_intent: "pi_paid", ammount: 1 } as Stripe.RefundCreateParams;
    const error = await refusalOf(stripe.refunds.create(params));
    expect(error).toMatchObject({ statusCode: 400, code: "parameter_unknown", param: "ammount" });
    expect(error.doc_url).toBe("https://stripe.com/docs/error-codes/parameter-unknown");
  });

  test("a nested unknown parameter is named with its path", async () => {
    const params = { payment: { type: "payment_intent", nonsense: "x" } } as unknown as Stripe.InvoicePaymentListParams;
    expect(await refusalOf(stripe.invoicePayments.list(params))).toMatchObject({ param: "payment[nonsense]" });
  });

  test.each([
    ["4.5", "parameter_invalid_integer"],
    ["abc", "parameter_invalid_integer"],
    ["0", "parameter_invalid_integer"],
    ["-1", "parameter_invalid_integer"],
    ["99999999999999999999", "parameter_invalid_integer"],
    ["", "parameter_invalid_empty"],
  ])("an amount of %j is %s", async (amount, code) => {
    const params = { payment_intent: "pi_paid", amount } as unknown as Stripe.RefundCreateParams;
    expect(await refusalOf(stripe.refunds.create(params))).toMatchObject({ statusCode: 400, code, param: "amount" });
  });

  test("a reason outside the list is refused", async () => {
    const error = await refusalOf(stripe.refunds.create({ payment_intent: "pi_paid", reason: "because" }));
    expect(error).toMatchObject({ statusCode: 400, param: "reason" });
  });

  test("paying an invoice takes no metadata", async () => {
    await admin("objects", INVOICE);
    const params = { metadata: { a: "b" } } as Stripe.InvoicePayParams;
    const error = await refusalOf(stripe.invoices.pay("in_due", params));
    expect(error).toMatchObject({ code: "parameter_unknown", param: "metadata" });
  });

  test("a refund of nothing in particular lacks a parameter", async () => {
    expect(await refusalOf(stripe.refunds.create({}))).toMatchObject({ code: "parameter_missing" });
  });

  test("metadata has Stripe's limits", async () => {
    const metadata = { key: "x".repeat(501) };
    expect(await refusalOf(stripe.refunds.create({ payment_intent: "pi_paid", metadata }))).toMatchObject({
      statusCode: 400,
      param: "metadata",
    });
  });

  test("an unknown path is 404, and so is an unknown id", async () => {
    const answer = await fetch(`${simulator.url}/v1/nonsense`, { headers: { authorization: `Bearer ${KEY}` } });
    expect(answer.status).toBe(404);
    expect(await refusalOf(stripe.refunds.retrieve("re_none"))).toMatchObject({
      statusCode: 404,
      code: "resource_missing",
    });
  });

  test("a parameter that the stand-in does not model is refused, not ignored", async () => {
    const error = await refusalOf(
      stripe.refunds.create({ payment_intent: "pi_paid", instructions_email: "a@example.com" }),
    );
    expect(error).toMatchObject({ code: "stand_in_not_modelled", param: "instructions_email" });
  });

  test("a property that is none cannot be expanded", async () => {
    const error = await refusalOf(stripe.paymentIntents.retrieve("pi_paid", { expand: ["charges"] }));
    expect(error.message).toContain("cannot be expanded");
  });

  test("a refund with a wrong expand is refused before it is made", async () => {
    await refusalOf(stripe.refunds.create({ payment_intent: "pi_paid", expand: ["nonsense"] }));
    expect((await stripe.refunds.list()).data).toEqual([]);
    const refund = await stripe.refunds.create({ payment_intent: "pi_paid", expand: ["charge.payment_intent"] });
    expect(refund.charge).toMatchObject({ payment_intent: { id: "pi_paid" } });
  });
});

describe("idempotency", () => {
  beforeEach(() => admin("objects", PAYMENT));
  const refund = (amount: number, idempotencyKey: string) =>
    stripe.refunds.create({ payment_intent: "pi_paid", amount }, { idempotencyKey });

  test("the same key and parameters give the same refund once more, and say so", async () => {
    const first = await refund(100, "key-1");
    const second = await refund(100, "key-1");
    expect(second.id).toBe(first.id);
    expect(first.lastResponse.headers["idempotent-replayed"]).toBeUndefined();
    expect(second.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect(second.lastResponse.headers["idempotency-key"]).toBe("key-1");
    expect(second.lastResponse.requestId).not.toBe(first.lastResponse.requestId);
    expect((await stripe.refunds.list({ payment_intent: "pi_paid" })).data).toHaveLength(1);
  });

  test("a stored refusal is replayed even when the reason for it is gone", async () => {
    await admin("script", { charge: "ch_paid", refunds: ["balance_insufficient"] });
    expect(await refusalOf(refund(100, "key-1"))).toMatchObject({ code: "balance_insufficient" });
    const replayed = await refusalOf(refund(100, "key-1"));
    expect(replayed).toMatchObject({ code: "balance_insufficient" });
    expect(replayed.headers?.["idempotent-replayed"]).toBe("true");
    expect((await refund(100, "key-2")).status).toBe("succeeded");
  });

  test("the same key with other parameters is an idempotency error", async () => {
    await refund(100, "key-1");
    const error = await refusalOf(refund(200, "key-1"));
    expect(error).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    expect(error.statusCode).toBe(400);
  });

  test("the same key on another endpoint is an idempotency error", async () => {
    await refund(100, "key-1");
    const error = await refusalOf(stripe.customers.create({}, { idempotencyKey: "key-1" }));
    expect(error).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
  });

  test("a request that failed validation is not kept: the key can be used for the right one", async () => {
    await refusalOf(refund(0, "key-1"));
    expect((await refund(100, "key-1")).status).toBe("succeeded");
  });

  test("a key in flight is 409", async () => {
    await admin("faults", [{ kind: "slow", path: "/v1/refunds", delayMs: 150 }]);
    const [first, second] = await Promise.allSettled([refund(100, "key-1"), refund(100, "key-1")]);
    const refused = [first, second].find((result) => result.status === "rejected");
    expect(refused?.status === "rejected" && refused.reason).toMatchObject({
      statusCode: 409,
      code: "idempotency_key_in_use",
    });
    expect((await stripe.refunds.list({ payment_intent: "pi_paid" })).data).toHaveLength(1);
  });

  test("a key is forgotten after 24 hours, and then pays again", async () => {
    await refund(100, "key-1");
    await admin("clock", { advanceSeconds: 24 * 3600 - 10 });
    await refund(100, "key-1");
    expect((await stripe.refunds.list({ payment_intent: "pi_paid" })).data).toHaveLength(1);
    await admin("clock", { advanceSeconds: 20 });
    await refund(100, "key-1");
    expect((await stripe.refunds.list({ payment_intent: "pi_paid" })).data).toHaveLength(2);
  });
});

describe("refunds", () => {
  beforeEach(() => admin("objects", PAYMENT));

  test("a partial refund changes the charge and is listed with its metadata", async () => {
    await stripe.refunds.create({
      payment_intent: "pi_paid",
      amount: 1250,
      reason: "duplicate",
      metadata: { action_id: "a1" },
    });
    const listed = await stripe.refunds.list({ payment_intent: "pi_paid" });
    expect(listed.data[0]).toMatchObject({ amount: 1250, reason: "duplicate", metadata: { action_id: "a1" } });
    const intent = await stripe.paymentIntents.retrieve("pi_paid", {
      expand: ["latest_charge.refunds", "latest_charge.balance_transaction"],
    });
    expect(intent.latest_charge).toMatchObject({
      amount_refunded: 1250,
      refunded: false,
      refunds: { data: [{ amount: 1250 }] },
      balance_transaction: { object: "balance_transaction", amount: 4250 },
    });
    expect(await eventTypes()).toEqual(["refund.created", "charge.refunded"]);
  });

  test("the sum refunded never exceeds the charge", async () => {
    await stripe.refunds.create({ payment_intent: "pi_paid", amount: 4000 });
    const error = await refusalOf(stripe.refunds.create({ payment_intent: "pi_paid", amount: 251 }));
    expect(error).toMatchObject({ statusCode: 400, type: "StripeInvalidRequestError", param: "amount" });
    expect(error.message).toBe("Refund amount ($2.51) is greater than unrefunded amount on charge ($2.50)");
  });

  test("a refund without an amount refunds the rest, and then there is none", async () => {
    await stripe.refunds.create({ charge: "ch_paid", amount: 4000 });
    expect((await stripe.refunds.create({ charge: "ch_paid" })).amount).toBe(250);
    expect(await refusalOf(stripe.refunds.create({ charge: "ch_paid" }))).toMatchObject({
      code: "charge_already_refunded",
    });
  });

  test("a disputed charge is not refunded, an inquiry is", async () => {
    await admin("emit", { type: "charge.dispute.created", object: { object: "dispute", charge: "ch_paid" } });
    const error = await refusalOf(stripe.refunds.create({ payment_intent: "pi_paid" }));
    expect(error).toMatchObject({ statusCode: 400, code: "charge_disputed" });
    expect((await stripe.disputes.list({ payment_intent: "pi_paid" })).data[0]).toMatchObject({ amount: 4250 });

    await admin("objects", [
      { object: "payment_intent", id: "pi_other", status: "succeeded", amount: 500 },
      { object: "dispute", payment_intent: "pi_other", status: "warning_needs_response" },
    ]);
    expect((await stripe.refunds.create({ payment_intent: "pi_other" })).status).toBe("succeeded");
  });

  test("without the balance for it a refund is pending, and pays when told", async () => {
    await admin("balance", { usd: 100 });
    const refund = await stripe.refunds.create({ payment_intent: "pi_paid", amount: 200 });
    expect(refund).toMatchObject({ status: "pending", pending_reason: "insufficient_funds" });
    await admin(`refunds/${refund.id}/succeed`, {});
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ status: "succeeded" });
    expect(await eventTypes()).toContain("refund.updated");
  });

  test("pending refunds are paid as soon as the balance reaches", async () => {
    await admin("balance", { usd: 0 });
    const refund = await stripe.refunds.create({ payment_intent: "pi_paid", amount: 200 });
    await admin("balance", { usd: 500 });
    expect((await stripe.refunds.retrieve(refund.id)).status).toBe("succeeded");
    expect((await stripe.balance.retrieve()).available).toMatchObject([{ amount: 300, currency: "usd" }]);
  });

  test("a full refund settles the warning and the review of its charge", async () => {
    await admin("objects", [
      { object: "radar.early_fraud_warning", id: "issfr_1", charge: "ch_paid" },
      { object: "review", id: "prv_1", charge: "ch_paid" },
    ]);
    expect((await stripe.radar.earlyFraudWarnings.list({ payment_intent: "pi_paid" })).data).toMatchObject([
      { id: "issfr_1", actionable: true },
    ]);
    await stripe.refunds.create({ charge: "ch_paid" });
    expect((await stripe.radar.earlyFraudWarnings.retrieve("issfr_1")).actionable).toBe(false);
    expect(await stripe.reviews.retrieve("prv_1")).toMatchObject({ open: false, closed_reason: "refunded" });
  });

  test("a dispute that is won can be told, and then the charge can be refunded", async () => {
    await admin("emit", {
      type: "charge.dispute.created",
      object: { object: "dispute", id: "du_1", charge: "ch_paid" },
    });
    const event = await admin("emit", { type: "charge.dispute.closed", object: "du_1", changes: { status: "won" } });
    expect(event).toMatchObject({
      data: { object: { id: "du_1", status: "won" }, previous_attributes: { status: "needs_response" } },
      request: { id: null, idempotency_key: null },
    });
    expect((await stripe.refunds.create({ charge: "ch_paid" })).status).toBe("succeeded");
  });

  test("a bank can fail a refund that had succeeded, and the charge can be refunded again", async () => {
    const refund = await stripe.refunds.create({ payment_intent: "pi_paid" });
    await admin(`refunds/${refund.id}/fail`, { reason: "lost_or_stolen_card" });
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({
      status: "failed",
      failure_reason: "lost_or_stolen_card",
    });
    expect(await eventTypes()).toContain("refund.failed");
    expect((await stripe.refunds.create({ payment_intent: "pi_paid" })).amount).toBe(4250);
  });

  test("a refund that failed later gives its money back to the balance and the charge, and is told by three events of no request", async () => {
    await admin("balance", { usd: 10_000 });
    const metadata = { action_id: "act_1" };
    const refund = await stripe.refunds.create({ payment_intent: "pi_paid", amount: 1_000, metadata });
    await admin(`refunds/${refund.id}/fail`, { reason: "expired_or_canceled_card" });
    const failed = await stripe.refunds.retrieve(refund.id);
    const [taken, returned] = await Promise.all(
      [failed.balance_transaction, failed.failure_balance_transaction].map((id) =>
        stripe.balanceTransactions.retrieve(String(id)),
      ),
    );
    expect([taken, returned]).toMatchObject([
      { type: "refund", amount: -1_000, source: refund.id },
      { type: "refund_failure", amount: 1_000, source: refund.id },
    ]);
    expect(await stripe.charges.retrieve("ch_paid")).toMatchObject({ amount_refunded: 0, refunded: false });
    const told = (await stripe.events.list({ limit: 100 })).data.filter(
      ({ type, request }) => type.includes("refund") && request?.id === null,
    );
    expect(told.map(({ type }) => type).toSorted()).toEqual([
      "charge.refund.updated",
      "refund.failed",
      "refund.updated",
    ]);
    for (const { data, request } of told) {
      expect(request).toEqual({ id: null, idempotency_key: null });
      expect(data).toMatchObject({
        object: { id: refund.id, status: "failed", metadata, payment_intent: "pi_paid" },
        previous_attributes: { status: "succeeded", failure_reason: null, failure_balance_transaction: null },
      });
    }
  });

  test("somebody refunds in the dashboard: no request names it, no fault meets it, and no more goes out than came in", async () => {
    await admin("faults", [{ kind: "server_error_before", path: "refunds", times: 9 }]);
    const refund = await admin<Stripe.Refund>("refunds", { payment_intent: "pi_paid", amount: 4000 });
    expect(refund).toMatchObject({ status: "succeeded", amount: 4000, metadata: {} });
    const { data } = await stripe.events.list({ type: "refund.created" });
    expect(data).toMatchObject([{ request: { id: null, idempotency_key: null }, data: { object: { id: refund.id } } }]);
    const tooMuch = await fetch(`${simulator.url}/_sim/refunds`, {
      method: "POST",
      body: JSON.stringify({ payment_intent: "pi_paid", amount: 251 }),
    });
    expect(tooMuch.status).toBe(400);
    expect(await tooMuch.text()).toContain("unrefunded amount on charge");
    expect((await admin<State>("state")).refunds).toMatchObject([{ id: refund.id, paymentIntent: "pi_paid" }]);
  });

  test("a held authorisation is cancelled, not refunded", async () => {
    await admin("objects", [{ object: "payment_intent", id: "pi_held", amount: 900, status: "requires_capture" }]);
    const error = await refusalOf(stripe.refunds.create({ payment_intent: "pi_held" }));
    expect(error).toMatchObject({ statusCode: 400, param: "payment_intent" });
  });

  test("lists page through everything exactly once, newest first", async () => {
    for (let amount = 1; amount <= 25; amount++) await stripe.refunds.create({ payment_intent: "pi_paid", amount });
    const amounts: number[] = [];
    for await (const refund of stripe.refunds.list({ payment_intent: "pi_paid", limit: 10 }))
      amounts.push(refund.amount);
    expect(amounts).toEqual(Array.from({ length: 25 }, (_, position) => 25 - position));
  });
});

describe("authorisations", () => {
  beforeEach(() =>
    admin("objects", [{ object: "payment_intent", id: "pi_held", amount: 900, status: "requires_capture" }]),
  );

  test("a capture takes the money once", async () => {
    const captured = await stripe.paymentIntents.capture("pi_held");
    expect(captured).toMatchObject({ status: "succeeded", amount_received: 900, amount_capturable: 0 });
    const error = await refusalOf(stripe.paymentIntents.capture("pi_held"));
    expect(error).toMatchObject({ statusCode: 400, code: "payment_intent_unexpected_state" });
    expect(error.payment_intent?.status).toBe("succeeded");
    expect(await eventTypes()).toEqual(["charge.captured", "payment_intent.succeeded"]);
  });

  test("a partial capture releases the rest, which shows as refunded but moved no money", async () => {
    await stripe.paymentIntents.capture("pi_held", { amount_to_capture: 600 });
    expect(await stripe.charges.retrieve("ch_held")).toMatchObject({
      amount: 900,
      amount_captured: 600,
      amount_refunded: 300,
      refunded: false,
    });
    const { refunds } = await admin<State>("state");
    expect(refunds).toMatchObject([{ amountMinor: 300, released: true }]);
    const error = await refusalOf(stripe.refunds.create({ payment_intent: "pi_held", amount: 601 }));
    expect(error.param).toBe("amount");
    expect((await stripe.refunds.create({ payment_intent: "pi_held" })).amount).toBe(600);
  });

  test("more than is held cannot be captured", async () => {
    const error = await refusalOf(stripe.paymentIntents.capture("pi_held", { amount_to_capture: 901 }));
    expect(error).toMatchObject({ statusCode: 400, param: "amount_to_capture" });
  });

  test("a cancellation releases the hold", async () => {
    const canceled = await stripe.paymentIntents.cancel("pi_held", { cancellation_reason: "fraudulent" });
    expect(canceled).toMatchObject({ status: "canceled", amount_capturable: 0, cancellation_reason: "fraudulent" });
    expect(await eventTypes()).toContain("payment_intent.canceled");
    const { captures } = await admin<State>("state");
    expect(captures).toEqual([]);
  });

  test("a manual capture method holds and an automatic one takes", async () => {
    const params = { amount: 500, currency: "usd", confirm: true, payment_method: "pm_card_visa" };
    const held = await stripe.paymentIntents.create({ ...params, capture_method: "manual" });
    expect(held).toMatchObject({ status: "requires_capture", amount_capturable: 500 });
    const paid = await stripe.paymentIntents.create(params);
    expect(paid).toMatchObject({ status: "succeeded", amount_received: 500 });
  });
});

describe("payments that fail", () => {
  test("a decline names its code and advice, and leaves the intent with its error", async () => {
    const intent = await stripe.paymentIntents.create({ amount: 500, currency: "usd" });
    const error = await refusalOf(
      stripe.paymentIntents.confirm(intent.id, { payment_method: "pm_card_chargeDeclinedStolenCard" }),
    );
    expect(error).toMatchObject({
      type: "StripeCardError",
      statusCode: 402,
      code: "card_declined",
      decline_code: "stolen_card",
      advice_code: "do_not_try_again",
      network_advice_code: "03",
    });
    expect(error.payment_intent).toMatchObject({ id: intent.id, status: "requires_payment_method" });
    const read = await stripe.paymentIntents.retrieve(intent.id, { expand: ["latest_charge"] });
    expect(read.last_payment_error).toMatchObject({ decline_code: "stolen_card" });
    expect(read.latest_charge).toMatchObject({ status: "failed", outcome: { advice_code: "do_not_try_again" } });
    expect((await stripe.paymentIntents.confirm(intent.id, { payment_method: "pm_card_visa" })).status).toBe(
      "succeeded",
    );
  });

  test("a succeeded intent cannot be confirmed again", async () => {
    await admin("objects", PAYMENT);
    expect(await refusalOf(stripe.paymentIntents.confirm("pi_paid"))).toMatchObject({
      code: "payment_intent_unexpected_state",
    });
  });

  test("a scripted customer is declined as often as the script says, with all sibling events", async () => {
    await admin("objects", INVOICE);
    await admin("script", { customer: "cus_ann", declines: ["insufficient_funds"] });
    const error = await refusalOf(stripe.invoices.pay("in_due"));
    expect(error).toMatchObject({ statusCode: 402, decline_code: "insufficient_funds" });
    expect(error.payment_intent).toMatchObject({ object: "payment_intent" });
    expect(await eventTypes()).toEqual([
      "payment_intent.created",
      "charge.failed",
      "payment_intent.payment_failed",
      "invoice.payment_failed",
      "invoice.updated",
      "customer.subscription.updated",
    ]);
    expect(await stripe.invoices.retrieve("in_due")).toMatchObject({ status: "open", attempt_count: 1 });

    const paid = await stripe.invoices.pay("in_due", { expand: ["payments.data.payment.payment_intent"] });
    expect(paid).toMatchObject({ status: "paid", amount_paid: 4250, amount_remaining: 0 });
    expect(paid.payments?.data[0]).toMatchObject({
      status: "paid",
      payment: { payment_intent: { status: "succeeded", amount: 4250 } },
    });
    expect((await eventTypes()).slice(6)).toEqual([
      "charge.succeeded",
      "payment_intent.succeeded",
      "invoice_payment.paid",
      "invoice.updated",
      "invoice.paid",
      "invoice.payment_succeeded",
      "customer.subscription.updated",
    ]);
  });

  test("a paid invoice cannot be paid, and a voided one neither", async () => {
    await admin("objects", [...INVOICE, { object: "invoice", id: "in_void", customer: "cus_ann", status: "void" }]);
    await stripe.invoices.pay("in_due");
    const error = await refusalOf(stripe.invoices.pay("in_due"));
    expect(error).toMatchObject({ statusCode: 400, message: "Invoice is already paid" });
    expect((await refusalOf(stripe.invoices.pay("in_void"))).statusCode).toBe(400);
  });

  test("confirming the payment intent of an invoice pays the invoice", async () => {
    await admin("objects", INVOICE);
    await admin("script", { invoice: "in_due", declines: ["expired_card"] });
    const error = await refusalOf(stripe.invoices.pay("in_due"));
    const intentId = error.payment_intent?.id ?? "";
    expect(error).toMatchObject({ code: "expired_card", advice_code: "confirm_card_data" });
    await stripe.paymentIntents.confirm(intentId, { payment_method: "pm_card_visa" });
    expect((await stripe.invoices.retrieve("in_due")).status).toBe("paid");
    const links = await stripe.invoicePayments.list({ invoice: "in_due" });
    expect(links.data).toMatchObject([{ status: "paid", payment: { payment_intent: intentId } }]);
  });

  test("a customer without a payment method cannot pay", async () => {
    const customer = await stripe.customers.create({ email: "new@example.com" });
    await admin("objects", [{ object: "invoice", id: "in_new", customer: customer.id, total: 500 }]);
    expect(await refusalOf(stripe.invoices.pay("in_new"))).toMatchObject({ statusCode: 400, code: "resource_missing" });
  });

  test("only the first manual attempt counts; Stripe's own attempts always do", async () => {
    await admin("objects", INVOICE);
    await admin("script", { invoice: "in_due", declines: ["generic_decline", "generic_decline", "generic_decline"] });
    await admin("invoices/in_due/attempt", { nextPaymentAttempt: 2_000_000_000 });
    await refusalOf(stripe.invoices.pay("in_due"));
    expect(await stripe.invoices.retrieve("in_due")).toMatchObject({
      attempt_count: 1,
      next_payment_attempt: 2_000_000_000,
    });
    await admin("invoices/in_due/attempt", {});
    expect((await stripe.invoices.retrieve("in_due")).attempt_count).toBe(2);
  });
});

describe("looking things up", () => {
  beforeEach(() => admin("objects", [...INVOICE, ...PAYMENT.slice(1)]));

  test("an invoice is found by its number, with the payments that link it to its intent", async () => {
    await stripe.invoices.pay("in_due");
    const found = await stripe.invoices.search({ query: "number:'INV-1042'", expand: ["data.payments"] });
    expect(found.data).toHaveLength(1);
    const [invoice] = found.data;
    expect(invoice).not.toHaveProperty("payment_intent");
    expect(invoice).not.toHaveProperty("charge");
    const intentId = invoice?.payments?.data[0]?.payment.payment_intent as string;
    const links = await stripe.invoicePayments.list({ payment: { type: "payment_intent", payment_intent: intentId } });
    expect(links.data.map((link) => link.invoice)).toEqual(["in_due"]);
  });

  test("clauses join with AND, and AND does not mix with OR", async () => {
    const both = 'number:"inv-1042" AND status:"open"';
    expect((await stripe.invoices.search({ query: both })).data).toHaveLength(1);
    expect((await stripe.invoices.search({ query: 'number:"INV-1042" AND -status:"open"' })).data).toEqual([]);
    const mixed = 'number:"a" AND status:"open" OR status:"paid"';
    expect((await refusalOf(stripe.invoices.search({ query: mixed }))).statusCode).toBe(400);
    expect((await refusalOf(stripe.invoices.search({ query: 'nonsense:"a"' }))).message).toContain(
      "unsupported search field",
    );
  });

  test("search lags behind what the API does", async () => {
    await admin("search", { lagSeconds: 60 });
    await stripe.customers.create({ email: "new@example.com" });
    const query = 'email:"new@example.com"';
    expect((await stripe.customers.search({ query })).data).toEqual([]);
    await admin("clock", { advanceSeconds: 61 });
    expect((await stripe.customers.search({ query })).data).toHaveLength(1);
  });

  test("payment intents, charges, subscriptions and invoices are listed by customer", async () => {
    expect((await stripe.paymentIntents.list({ customer: "cus_ann" })).data.map(({ id }) => id)).toEqual(["pi_paid"]);
    expect((await stripe.charges.list({ customer: "cus_ann" })).data.map(({ id }) => id)).toEqual(["ch_paid"]);
    expect((await stripe.subscriptions.list({ customer: "cus_ann" })).data.map(({ id }) => id)).toEqual(["sub_ann"]);
    expect((await stripe.invoices.list({ subscription: "sub_ann" })).data.map(({ id }) => id)).toEqual(["in_due"]);
  });
});

describe("subscriptions", () => {
  beforeEach(() => admin("objects", [...INVOICE, { object: "price", id: "price_small", unit_amount: 900 }]));

  test("collection is paused and resumed, and the event says what changed", async () => {
    const paused = await stripe.subscriptions.update("sub_ann", { pause_collection: { behavior: "void" } });
    expect(paused.pause_collection).toEqual({ behavior: "void", resumes_at: null });
    const resumed = await stripe.subscriptions.update("sub_ann", { pause_collection: "" });
    expect(resumed.pause_collection).toBeNull();
    const [event] = (await stripe.events.list({ type: "customer.subscription.updated" })).data;
    expect(event?.data.previous_attributes).toEqual({ pause_collection: { behavior: "void", resumes_at: null } });
  });

  test("an item moves to another price", async () => {
    const before = await stripe.subscriptions.retrieve("sub_ann");
    const item = before.items.data[0];
    const after = await stripe.subscriptions.update("sub_ann", {
      items: [{ id: item?.id ?? "", price: "price_small" }],
      proration_behavior: "none",
    });
    expect(after.items.data.map(({ id, price }) => [id, price.id])).toEqual([[item?.id, "price_small"]]);
  });

  test("a canceled subscription is over", async () => {
    expect((await stripe.subscriptions.cancel("sub_ann")).status).toBe("canceled");
    expect((await refusalOf(stripe.subscriptions.cancel("sub_ann"))).code).toBe("resource_missing");
  });
});

describe("faults", () => {
  beforeEach(() => admin("objects", PAYMENT));
  const refund = (idempotencyKey: string) =>
    stripe.refunds.create({ payment_intent: "pi_paid", amount: 100 }, { idempotencyKey });
  const refunds = async () => (await stripe.refunds.list({ payment_intent: "pi_paid" })).data.length;

  test("a 500 after the effect leaves the refund, and stays under its key", async () => {
    await admin("faults", [{ method: "POST", path: "^/v1/refunds$", kind: "server_error_after" }]);
    expect((await refusalOf(refund("key-1"))).statusCode).toBe(500);
    expect(await refunds()).toBe(1);
    const replayed = await refusalOf(refund("key-1"));
    expect(replayed.statusCode).toBe(500);
    expect(replayed.headers).toMatchObject({ "idempotent-replayed": "true", "stripe-should-retry": "false" });
    expect(await refunds()).toBe(1);
  });

  test("a 500 before the effect leaves nothing, and stays under its key as well", async () => {
    await admin("faults", [{ path: "^/v1/refunds$", kind: "server_error_before" }]);
    expect((await refusalOf(refund("key-1"))).statusCode).toBe(500);
    expect((await refusalOf(refund("key-1"))).statusCode).toBe(500);
    expect(await refunds()).toBe(0);
  });

  test.each(["rate_limited", "lock_timeout"] as const)("%s is 429, and nothing is stored", async (kind) => {
    await admin("faults", [{ path: "^/v1/refunds$", kind }]);
    expect(await refusalOf(refund("key-1"))).toMatchObject({ statusCode: 429 });
    expect((await refund("key-1")).lastResponse.headers["idempotent-replayed"]).toBeUndefined();
  });

  test("a connection cut after the effect leaves the refund, found again under its key", async () => {
    // The SDK repeats a cut connection once by itself, so both are cut.
    await admin("faults", [{ method: "POST", path: "^/v1/refunds$", kind: "connection_cut_after", times: 2 }]);
    expect(await refusalOf(refund("key-1"))).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect(await refunds()).toBe(1);
    expect((await refund("key-1")).lastResponse.headers["idempotent-replayed"]).toBe("true");
  });

  test("a connection cut before the effect leaves nothing", async () => {
    await admin("faults", [{ method: "POST", path: "^/v1/refunds$", kind: "connection_cut_before", times: 2 }]);
    expect(await refusalOf(refund("key-1"))).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect(await refunds()).toBe(0);
  });

  test("a call that hangs does nothing, and frees its key when the caller has gone", async () => {
    await admin("faults", [{ method: "POST", kind: "hang" }]);
    const params = { payment_intent: "pi_paid", amount: 100 };
    const error = await refusalOf(stripe.refunds.create(params, { idempotencyKey: "key-1", timeout: 1_000 }));
    expect(error).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    const status = async () => (await refund("key-1").catch(() => null))?.status;
    await expect.poll(status, PATIENT).toBe("succeeded");
    expect(await refunds()).toBe(1);
  });

  test("seeded faults depend on the seed and the call alone", () => {
    const settings = { seed: 7, rate: 0.5, kinds: ["rate_limited", "server_error_after"] as const };
    const draw = (seed: number) =>
      Array.from({ length: 200 }, (_, position) => drawFault({ ...settings, seed }, `key-${position}`, 1));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    const disturbed = draw(7).filter((kind) => kind !== null).length;
    expect(disturbed).toBeGreaterThan(70);
    expect(disturbed).toBeLessThan(130);
  });

  test("seeded faults disturb one call only so often, and are counted", async () => {
    await admin("faults", { seed: 1, rate: 1, kinds: ["rate_limited"], method: "POST", timesPerCall: 2 });
    await refusalOf(refund("key-1"));
    await refusalOf(refund("key-1"));
    expect((await refund("key-1")).status).toBe("succeeded");
    expect((await admin<State>("state")).faults).toEqual({ rate_limited: 2 });
  });
});

describe("webhooks", () => {
  interface Receiver {
    url: string;
    received: { body: string; signature: string }[];
    close(): Promise<void>;
  }

  async function receiver(failures = 0): Promise<Receiver> {
    const received: Receiver["received"] = [];
    let left = failures;
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        left -= 1;
        if (left < 0) received.push({ body, signature: String(request.headers["stripe-signature"]) });
        response.writeHead(left < 0 ? 202 : 503).end();
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`,
      received,
      async close() {
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      },
    };
  }

  test("an action's echoes arrive signed, and name the request and key that made them", async () => {
    const endpoint = await receiver();
    await admin("objects", PAYMENT);
    await admin("webhook", { url: endpoint.url, secret: SECRET });
    const refund = await stripe.refunds.create({ payment_intent: "pi_paid" }, { idempotencyKey: "key-1" });
    await expect.poll(() => endpoint.received.length, PATIENT).toBe(2);
    const events = await Promise.all(
      endpoint.received.map(({ body, signature }) => stripe.webhooks.constructEventAsync(body, signature, SECRET)),
    );
    const created = events.find((event) => event.type === "refund.created");
    expect(created).toMatchObject({
      api_version: Stripe.API_VERSION,
      data: { object: { id: refund.id } },
      request: { id: refund.lastResponse.requestId, idempotency_key: "key-1" },
      livemode: false,
    });
    const [first] = endpoint.received;
    await expect(
      stripe.webhooks.constructEventAsync(first?.body ?? "", first?.signature ?? "", "whsec_other"),
    ).rejects.toThrow();
    await endpoint.close();
  });

  test("a refused delivery is sent again", async () => {
    const endpoint = await receiver(1);
    await admin("webhook", { url: endpoint.url, secret: SECRET });
    await stripe.customers.create({});
    await expect.poll(() => endpoint.received.length, PATIENT).toBe(1);
    await expect.poll(async () => (await stripe.events.list()).data[0]?.pending_webhooks, PATIENT).toBe(0);
    await endpoint.close();
  });
});

describe("a provider that is killed", () => {
  interface Running {
    url: string;
    child: ChildProcess;
  }

  async function start(state: string): Promise<Running> {
    const program = join(import.meta.dirname, "../../../simulators/stripe/server.ts");
    const child = spawn(process.execPath, [program, "--port", "0", "--state", state, "--with-parent", "--json"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      return { url: (JSON.parse(line) as { listening: string }).listening, child };
    }
    throw new Error("The stand-in ended before it listened.");
  }

  async function kill(running: Running): Promise<void> {
    running.child.kill("SIGKILL");
    await once(running.child, "exit");
  }

  test("effects, stored answers and the clock survive SIGKILL", async () => {
    const state = mkdtempSync(join(tmpdir(), "stripe-stand-in-"));
    try {
      const first = await start(state);
      await admin("objects", PAYMENT, first.url);
      await admin("clock", { advanceSeconds: 3600 }, first.url);
      await admin(
        "faults",
        [{ method: "POST", path: "^/v1/refunds$", kind: "connection_cut_after", times: 2 }],
        first.url,
      );
      const params = { payment_intent: "pi_paid", amount: 100 };
      await refusalOf(clientOf(first.url).refunds.create(params, { idempotencyKey: "key-1" }));
      await kill(first);

      const second = await start(state);
      const refund = await clientOf(second.url).refunds.create(params, { idempotencyKey: "key-1" });
      expect(refund.lastResponse.headers["idempotent-replayed"]).toBe("true");
      const books = await admin<State & { nowSeconds: number }>("state", undefined, second.url);
      expect(books.refunds).toMatchObject([{ id: refund.id, amountMinor: 100 }]);
      expect(books.nowSeconds).toBeGreaterThan(Date.now() / 1000 + 3590);
      await kill(second);
    } finally {
      rmSync(state, { recursive: true });
    }
  });

  test("it ends when whoever started it goes away", async () => {
    const state = mkdtempSync(join(tmpdir(), "stripe-stand-in-"));
    const running = await start(state);
    running.child.stdin?.end();
    const [code] = await once(running.child, "exit");
    expect(code).toBe(0);
    rmSync(state, { recursive: true });
  });
});

describe("seeding", () => {
  test("20,000 objects are put in a few seconds", async () => {
    const objects = Array.from({ length: 20_000 }, (_, position) => ({
      object: "payment_intent",
      id: `pi_${position}`,
      amount: 1000,
      status: "succeeded",
      customer: `cus_${position % 100}`,
    }));
    const startedMs = performance.now();
    const { put } = await admin<{ put: number }>("objects", objects);
    expect(put).toBe(20_000);
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    expect((await stripe.paymentIntents.list({ customer: "cus_7", limit: 100 })).data).toHaveLength(100);
  });

  test("what is unknown is refused by position", async () => {
    const response = await fetch(`${simulator.url}/_sim/objects`, { method: "POST", body: '[{"object":"nonsense"}]' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: 'Item 0 has no known "object".' });
  });
});
