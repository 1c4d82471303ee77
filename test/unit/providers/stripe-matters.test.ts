import { describe, expect, it } from "vitest";
import { at, fakeStripe, intentOf, listOf, problem, refundObject } from "./stripe-fake.ts";

const dispute = (fields: Record<string, unknown> = {}) => ({
  id: "du_1",
  object: "dispute",
  status: "needs_response",
  reason: "fraudulent",
  amount: 4_250,
  currency: "usd",
  charge: "ch_1",
  payment_intent: "pi_1",
  evidence_details: { due_by: 1_793_000_000 },
  ...fields,
});
const REFUNDS = { "GET refunds": listOf(refundObject()) };

describe("a dispute by its id", () => {
  it("has its status, its reason, until when it can be answered, and the refunds of its payment", async () => {
    const { reader, asked } = fakeStripe({ "GET disputes/du_1": dispute(), ...REFUNDS });
    expect(await reader.matter("dispute", "du_1", at("acct_1"))).toMatchObject({
      ok: true,
      value: {
        status: "open",
        word: "needs_response",
        reason: "fraudulent",
        amountMinor: 4_250,
        currency: "usd",
        dueAt: 1_793_000_000_000,
        isAwaited: true,
        refunds: [{ id: "re_1", amountMinor: 100 }],
      },
    });
    expect(asked.map(({ what, account }) => [what, account])).toEqual([
      ["GET disputes/du_1", "acct_1"],
      ["GET refunds", "acct_1"],
    ]);
    expect(asked[1]?.query).toContain("payment_intent=pi_1");
  });

  it.each([
    ["needs_response", "open", true],
    ["warning_needs_response", "inquiry", true],
    ["under_review", "open", false],
    ["warning_under_review", "inquiry", false],
    ["warning_closed", "inquiry_closed", false],
    ["won", "won", false],
    ["lost", "lost", false],
    ["something_new", "other", false],
  ])("%s is %s", async (word, status, isAwaited) => {
    const { reader } = fakeStripe({ "GET disputes/du_1": dispute({ status: word }), ...REFUNDS });
    expect(await reader.matter("dispute", "du_1", at())).toMatchObject({
      ok: true,
      value: { word, status, isAwaited },
    });
  });

  it.each([
    [0, 0],
    [null, null],
  ])("keeps a deadline of %s", async (due_by, dueAt) => {
    const { reader } = fakeStripe({ "GET disputes/du_1": dispute({ evidence_details: { due_by } }), ...REFUNDS });
    expect(await reader.matter("dispute", "du_1", at())).toMatchObject({ ok: true, value: { dueAt } });
  });

  it("of a charge without a payment intent has the refunds of its charge", async () => {
    const { reader, asked } = fakeStripe({ "GET disputes/du_1": dispute({ payment_intent: null }), ...REFUNDS });
    await reader.matter("dispute", "du_1", at());
    expect(asked[1]?.query).toContain("charge=ch_1");
  });

  it("that cannot be understood is a failure, and one that is not there is nothing", async () => {
    const { reader } = fakeStripe({ "GET disputes/du_1": dispute({ amount: 42.5 }), ...REFUNDS });
    expect(await reader.matter("dispute", "du_1", at())).toMatchObject({
      ok: false,
      error: { reason: "provider_refused" },
    });
    expect(await reader.matter("dispute", "du_2", at())).toEqual({ ok: true, value: null });
  });

  it("that cannot be read is a failure, not nothing", async () => {
    const { reader } = fakeStripe({ "GET disputes/du_1": problem(403, "more_permissions_required") });
    expect(await reader.matter("dispute", "du_1", at())).toMatchObject({ ok: false });
  });
});

describe("what else cases are about", () => {
  it("a refund has its status and why it failed", async () => {
    const failed = refundObject({ status: "failed", failure_reason: "expired_or_canceled_card" });
    const { reader } = fakeStripe({ "GET refunds/re_1": failed });
    expect(await reader.matter("refund", "re_1", at())).toEqual({
      ok: true,
      value: { status: "failed", word: "failed", failureReason: "expired_or_canceled_card" },
    });
  });

  it("an account says whether it may charge and is paid out; one that does not say it cannot be judged", async () => {
    const account = { id: "acct_1", object: "account", charges_enabled: false, payouts_enabled: true };
    const { reader } = fakeStripe({
      "GET accounts/acct_1": { ...account, requirements: { disabled_reason: "requirements.past_due" } },
      "GET accounts/acct_2": { id: "acct_2", object: "account" },
    });
    expect(await reader.matter("account", "acct_1", at())).toEqual({
      ok: true,
      value: { isCharging: false, isPaidOut: true, why: "requirements.past_due" },
    });
    expect(await reader.matter("account", "acct_2", at())).toMatchObject({ ok: false });
  });

  it("a hold has the status of its payment, and why that was canceled", async () => {
    const canceled = intentOf({ status: "canceled", cancellation_reason: "abandoned" });
    const { reader } = fakeStripe({ "GET payment_intents/pi_1": canceled });
    expect(await reader.matter("hold", "pi_1", at())).toEqual({
      ok: true,
      value: { status: "canceled", cancellation: "abandoned" },
    });
  });

  it("a mandate has its payment method, and whose that is", async () => {
    const { reader } = fakeStripe({
      "GET mandates/mandate_1": { id: "mandate_1", object: "mandate", status: "inactive", payment_method: "pm_1" },
      "GET payment_methods/pm_1": { id: "pm_1", object: "payment_method", customer: "cus_1" },
    });
    expect(await reader.matter("mandate", "mandate_1", at())).toEqual({
      ok: true,
      value: { word: "inactive", method: "pm_1", customer: "cus_1" },
    });
  });

  it("is not asked for by something that is no id", async () => {
    const { reader, asked } = fakeStripe({});
    expect(await reader.matter("dispute", "du_1/close", at())).toEqual({ ok: true, value: null });
    expect(asked).toEqual([]);
  });
});
