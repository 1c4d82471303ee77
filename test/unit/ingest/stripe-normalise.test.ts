import { describe, expect, it } from "vitest";
import { normaliseStripeEvent } from "../../../shared/providers/stripe/normalise.ts";

const ACTION = `act_${"0123456789abcdef".repeat(2)}`;

function read(type: string, object: Record<string, unknown>, more: Record<string, unknown> = {}) {
  const event = {
    id: "evt_1",
    object: "event",
    type,
    created: 1_790_000_000,
    livemode: false,
    data: { object },
    ...more,
  };
  const result = normaliseStripeEvent(event, "live");
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

describe("an invoice", () => {
  const old = { object: "invoice", id: "in_1", currency: "usd", attempt_count: 2, next_payment_attempt: 1_790_086_400 };

  it("of before 2025 carries its payment, charge and subscription itself", () => {
    const invoice = { ...old, payment_intent: "pi_1", charge: "ch_1", subscription: "sub_1", customer: "cus_1" };
    expect(read("invoice.payment_failed", { ...invoice, amount_remaining: 700, amount_due: 900 })).toMatchObject({
      invoice: "in_1",
      payment: "pi_1",
      charge: "ch_1",
      subscription: "sub_1",
      customer: "cus_1",
      amountMinor: 700,
      currency: "usd",
      attempt: 2,
      nextAttemptAt: 1_790_086_400_000,
    });
  });

  it("of 2025-03-31 and later carries its default payment in a list and its subscription under its parent", () => {
    const invoice = {
      ...old,
      amount_remaining: 700,
      parent: { type: "subscription_details", subscription_details: { subscription: "sub_1" } },
      payments: {
        object: "list",
        data: [
          { object: "invoice_payment", is_default: false, payment: { type: "payment_intent", payment_intent: "pi_0" } },
          { object: "invoice_payment", is_default: true, payment: { type: "payment_intent", payment_intent: "pi_1" } },
        ],
      },
    };
    expect(read("invoice.payment_failed", invoice)).toMatchObject({ payment: "pi_1", subscription: "sub_1" });
  });

  it("with expanded objects gives their ids, and why the payment failed", () => {
    const intent = {
      id: "pi_1",
      object: "payment_intent",
      latest_charge: "ch_9",
      last_payment_error: { code: "card_declined", decline_code: "insufficient_funds", advice_code: "try_again_later" },
    };
    const invoice = {
      ...old,
      amount_remaining: 700,
      payment_intent: intent,
      customer: { id: "cus_1", object: "customer" },
    };
    expect(read("invoice.payment_failed", invoice)).toMatchObject({
      payment: "pi_1",
      charge: "ch_9",
      customer: "cus_1",
      declineCode: "insufficient_funds",
      adviceCode: "try_again_later",
    });
  });

  it("is about what is owed when it failed, what came in when it was paid, and what is due otherwise", () => {
    const invoice = { ...old, amount_due: 900, amount_paid: 200, amount_remaining: 700 };
    expect(read("invoice.payment_failed", invoice).amountMinor).toBe(700);
    expect(read("invoice.paid", invoice).amountMinor).toBe(200);
    expect(read("invoice.created", invoice).amountMinor).toBe(900);
  });

  it("that Stripe will not try again has no next attempt", () => {
    expect(read("invoice.payment_failed", { ...old, next_payment_attempt: null })).not.toHaveProperty("nextAttemptAt");
  });
});

describe("a payment intent", () => {
  const intent = {
    object: "payment_intent",
    id: "pi_1",
    amount: 5000,
    amount_capturable: 4000,
    amount_received: 3000,
    currency: "EUR",
  };

  it("is about its amount, what can be captured when it is held, and what was received when it succeeded", () => {
    expect(read("payment_intent.payment_failed", intent).amountMinor).toBe(5000);
    expect(read("payment_intent.amount_capturable_updated", intent).amountMinor).toBe(4000);
    expect(read("payment_intent.succeeded", intent).amountMinor).toBe(3000);
    expect(read("payment_intent.succeeded", intent).currency).toBe("eur");
  });

  it("that failed names the charge that failed, not an older one", () => {
    const error = {
      charge: "ch_failed",
      code: "card_declined",
      decline_code: "lost_card",
      advice_code: "do_not_try_again",
    };
    expect(
      read("payment_intent.payment_failed", { ...intent, latest_charge: "ch_other", last_payment_error: error }),
    ).toMatchObject({ charge: "ch_failed", declineCode: "lost_card", adviceCode: "do_not_try_again" });
  });

  it("of before 2022-11-15 lists its charges, newest first, with their risk", () => {
    const charges = { data: [{ id: "ch_new", outcome: { risk_level: "elevated" } }, { id: "ch_old" }] };
    expect(read("payment_intent.succeeded", { ...intent, charges })).toMatchObject({
      charge: "ch_new",
      riskLevel: "elevated",
    });
  });

  it("names its invoice in the old field, or where its order is one", () => {
    expect(read("payment_intent.succeeded", { ...intent, invoice: "in_1" }).invoice).toBe("in_1");
    const details = (order_reference: string) => ({ ...intent, payment_details: { order_reference } });
    expect(read("payment_intent.succeeded", details("in_2")).invoice).toBe("in_2");
    expect(read("payment_intent.succeeded", details("order-77"))).not.toHaveProperty("invoice");
  });
});

describe("a charge, a refund and a dispute", () => {
  it("carries the bank's word when it failed, and none when it did not", () => {
    const outcome = {
      type: "issuer_declined",
      reason: "insufficient_funds",
      risk_level: "normal",
      advice_code: "try_again_later",
    };
    const charge = {
      object: "charge",
      id: "ch_1",
      amount: 100,
      currency: "usd",
      failure_code: "card_declined",
      outcome,
    };
    expect(read("charge.failed", { ...charge, status: "failed" })).toMatchObject({
      declineCode: "insufficient_funds",
      adviceCode: "try_again_later",
      riskLevel: "normal",
    });
    expect(read("charge.succeeded", { ...charge, status: "succeeded" })).not.toHaveProperty("declineCode");
  });

  it("carries the strictest of what the error and the outcome say, and the general word where that is all", () => {
    const failed = { object: "charge", id: "ch_1", status: "failed", amount: 100, currency: "usd" };
    const blocked = { type: "blocked", reason: "previously_declined_do_not_retry" };
    const charge = { ...failed, failure_code: "card_declined", outcome: blocked };
    expect(read("charge.failed", charge)).toMatchObject({ declineCode: blocked.reason });
    const invoice = {
      object: "invoice",
      id: "in_1",
      payment_intent: { id: "pi_1", last_payment_error: { code: "card_declined", decline_code: "do_not_honor" } },
      charge,
      amount_due: 100,
      currency: "usd",
    };
    expect(read("invoice.payment_failed", invoice)).toMatchObject({ declineCode: blocked.reason });
    expect(read("charge.failed", { ...charge, outcome: null })).toMatchObject({ declineCode: "card_declined" });
  });

  it("carries the network's advice where Stripe gives none", () => {
    const error = { code: "card_declined", decline_code: "do_not_honor", network_advice_code: "03" };
    const intent = { object: "payment_intent", id: "pi_1", amount: 100, currency: "usd", last_payment_error: error };
    expect(read("payment_intent.payment_failed", intent)).toMatchObject({
      declineCode: "do_not_honor",
      adviceCode: "do_not_try_again",
    });
  });

  it("that was refunded is about the refunded amount", () => {
    const charge = {
      object: "charge",
      id: "ch_1",
      payment_intent: "pi_1",
      amount: 100,
      amount_refunded: 30,
      currency: "usd",
    };
    expect(read("charge.refunded", charge)).toMatchObject({ charge: "ch_1", payment: "pi_1", amountMinor: 30 });
  });

  it("is found from a refund and a dispute", () => {
    const about = { charge: "ch_1", payment_intent: "pi_1", amount: 70, currency: "jpy" };
    expect(read("refund.created", { ...about, object: "refund", id: "re_1" })).toMatchObject({
      refund: "re_1",
      charge: "ch_1",
      payment: "pi_1",
      amountMinor: 70,
      currency: "jpy",
    });
    expect(read("charge.dispute.created", { ...about, object: "dispute", id: "dp_1" })).toMatchObject({
      dispute: "dp_1",
      charge: "ch_1",
    });
  });

  it("is found from a warning and a review, which are facts of their own", () => {
    const warning = { object: "radar.early_fraud_warning", id: "issfr_1", charge: "ch_1" };
    expect(read("radar.early_fraud_warning.created", warning)).toMatchObject({ dispute: "issfr_1", charge: "ch_1" });
    const review = { object: "review", id: "prv_1", payment_intent: "pi_1" };
    expect(read("review.opened", review)).toMatchObject({ dispute: "prv_1", payment: "pi_1" });
  });
});

describe("money that is not money", () => {
  it.each([
    ["a float", 42.5, "usd"],
    ["negative", -1, "usd"],
    ["beyond the safe integer", 9_007_199_254_740_992, "usd"],
    ["a text", "4250", "usd"],
    ["in an unknown currency", 4250, "zzz"],
    ["without a currency", 4250, undefined],
  ])("(%s) is left out and said, never rounded", (_, amount, currency) => {
    const event = read("charge.succeeded", { object: "charge", id: "ch_1", amount, currency });
    expect(event).not.toHaveProperty("amountMinor");
    expect(event.defects).toHaveLength(1);
  });

  it("is kept at both ends of what is allowed", () => {
    const charge = (amount: number) =>
      read("charge.succeeded", { object: "charge", id: "ch_1", amount, currency: "usd" });
    expect(charge(0).amountMinor).toBe(0);
    expect(charge(Number.MAX_SAFE_INTEGER).amountMinor).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe("any Stripe event", () => {
  it("names an action of ours when the call that caused it carried a key of ours; metadata counts for nothing", () => {
    const intent = { object: "payment_intent", id: "pi_1", metadata: { action_id: ACTION } };
    const caused = (idempotency_key: string | null) =>
      read("payment_intent.payment_failed", intent, { request: { id: "req_1", idempotency_key } });
    expect(caused(`${ACTION}:3`).actionId).toBe(ACTION);
    expect(caused("somebody-elses-key")).not.toHaveProperty("actionId");
    expect(caused(null)).not.toHaveProperty("actionId");
    expect(read("payment_intent.payment_failed", intent, { request: "req_1" })).not.toHaveProperty("actionId");
  });

  it("about a refund names the action that its metadata names, since no call of ours causes what a bank does later", () => {
    const told = (metadata: unknown) =>
      read(
        "refund.failed",
        { object: "refund", id: "re_1", status: "failed", payment_intent: "pi_1", metadata },
        { request: { id: null, idempotency_key: null } },
      );
    expect(told({ action_id: ACTION })).toMatchObject({ actionId: ACTION, refund: "re_1", refundStatus: "failed" });
    for (const odd of [{}, null, { action_id: 7 }, { action_id: `${ACTION}0` }, { action_id: "act_x" }]) {
      expect(told(odd)).not.toHaveProperty("actionId");
    }
  });

  it("of a connected account names it", () => {
    expect(read("charge.succeeded", { object: "charge" }, { account: "acct_1" }).account).toBe("acct_1");
  });

  it("is live only when it says so, and says when it does not say", () => {
    expect(read("x", {}, { livemode: true }).mode).toBe("live");
    expect(read("x", {}, { livemode: "true" })).toMatchObject({
      mode: "test",
      defects: [expect.stringContaining("livemode")],
    });
  });

  it("of API v2 has its time in ISO 8601; one without a time says so", () => {
    expect(read("x", {}, { created: "2026-10-20T00:00:00Z" }).occurredAt).toBe(Date.UTC(2026, 9, 20));
    expect(read("x", {}, { created: undefined })).toMatchObject({
      occurredAt: 0,
      defects: [expect.stringContaining("created")],
    });
  });

  it("drops references that could not be identifiers", () => {
    const odd = { object: "charge", id: "ch_1", customer: 7, invoice: "in 1", payment_intent: { id: ["pi_1"] } };
    expect(Object.keys(read("charge.updated", odd)).sort()).toEqual([
      "charge",
      "id",
      "lane",
      "mode",
      "occurredAt",
      "type",
    ]);
  });
});
