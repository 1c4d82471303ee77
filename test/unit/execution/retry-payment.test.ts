import { describe, expect, it } from "vitest";
import type { PaymentSnapshot } from "../../../shared/contracts/provider.ts";
import { actionIdOf } from "../../../shared/core/ids.ts";
import { declineOf } from "../../../shared/providers/stripe/declines.ts";
import { HOUR_MS, openExecution } from "../../helpers/execution.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { invoiceOf, paymentOf } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";

const action = refundAction(1, { kind: "retryPayment", invoice: "in_1", factKey: "failed_renewal/in_1:1" });
const invoiceState = invoiceOf;
const unpaid = (changes: Partial<PaymentSnapshot> = {}) =>
  paymentOf({
    invoice: "in_1",
    invoiceState: invoiceState(),
    status: "unpaid",
    amountMinor: 4_250,
    capturedMinor: 0,
    decline: declineOf("insufficient_funds", null),
    ...changes,
  });
const declined = (declineCode: string | null, adviceCode: string | null = null) =>
  ({
    kind: "answer",
    effect: { kind: "declined", decline: declineOf(declineCode, adviceCode), note: declineCode ?? "no" },
  }) as const;

describe("a payment tried again", () => {
  it("pays the invoice, not the payment, when there is an invoice", async () => {
    const { put, run, memory } = await openExecution([unpaid()]);
    await put(action);
    expect(await run("retry", action)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect(memory.calls).toMatchObject([{ what: "payInvoice" }]);
  });

  it("confirms a payment without an invoice", async () => {
    const { put, run, memory } = await openExecution([unpaid({ invoice: null, invoiceState: null })]);
    const single = { ...action, invoice: null };
    await put(single);
    await run("retry", single);
    expect(memory.calls).toMatchObject([{ what: "confirmPayment" }]);
  });

  it.each([
    ["paid meanwhile", { invoiceState: invoiceState({ status: "paid" }) }],
    ["voided", { invoiceState: invoiceState({ status: "void" }) }],
    [
      "about to be tried by the provider",
      { invoiceState: invoiceState({ nextAttemptAt: Date.parse("2026-10-24T09:00:00Z") }) },
    ],
    ["cancelled", { status: "canceled" }],
  ] as const)("is left alone when it is %s", async (_what, changes) => {
    const { put, run, memory } = await openExecution([unpaid(changes)]);
    await put(action);
    expect(await run("retry", action)).toEqual([{ kind: "ack", outcome: "skipped" }]);
    expect(memory.calls).toEqual([]);
  });

  it.each(["lost_card", "stolen_card", "pickup_card", "fraudulent"])("is never tried after %s", async (declineCode) => {
    const { put, run, memory } = await openExecution([unpaid({ decline: declineOf(declineCode, null) })]);
    await put(action);
    expect(await run("retry", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(memory.calls).toEqual([]);
  });

  it("is never tried against the advice not to", async () => {
    const { put, run, memory } = await openExecution([unpaid({ decline: declineOf(null, "do_not_try_again") })]);
    await put(action);
    expect(await run("retry", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(memory.calls).toEqual([]);
  });

  it("is done when it is found paid after an answer was lost", async () => {
    const { put, run, memory, clock, view } = await openExecution([unpaid()]);
    await put(action);
    memory.disturb({ kind: "lost_answer" });
    await run("retry", action);
    clock.now += 60_000;
    expect(await run("retry", action)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect(memory.calls).toHaveLength(1);
    expect((await view(action)).outcome).toMatchObject({ note: "found paid at the provider" });
  });

  it("is not sent while the provider still collects it, however long that takes", async () => {
    const { put, run, memory, clock, view } = await openExecution([unpaid()]);
    await put(action);
    memory.disturb({
      kind: "answer",
      effect: { kind: "done", providerObject: "in_1", amountMinor: null, pending: true, note: "" },
    });
    await run("retry", action);
    memory.change("pi_1", { status: "processing" });
    for (let n = 0; n < 3; n++) {
      clock.now += 24 * HOUR_MS;
      await run("retry", action);
    }
    expect(memory.calls).toHaveLength(1);
    expect((await view(action)).state).toBe("pending");
  });
});

describe("a decline", () => {
  it("schedules the next step of the same fact, as another action, at its time", async () => {
    const { put, run, memory, view, ledger, clock } = await openExecution([unpaid()]);
    await put(action);
    memory.disturb(declined("insufficient_funds"));
    expect(await run("retry", action)).toEqual([{ kind: "ack", outcome: "declined" }]);
    const id = await actionIdOf({ account: null, mode: "test", factKey: action.factKey, step: 2 });
    const [next] = await ledger.actions([{ id, subject: action.subject }]);
    expect(next).toMatchObject({ state: "scheduled", action: { step: 2, invoice: "in_1" }, grantWanted: "next_step" });
    expect(next?.grant).toEqual((await view(action)).grant);
    const waitMs = (next?.notBefore ?? 0) - clock.now;
    expect(waitMs).toBeGreaterThanOrEqual(policy.guardrails.retry.firstDelayMs);
    expect(waitMs).toBeLessThanOrEqual(2 * policy.guardrails.retry.firstDelayMs);
    expect(await view(action)).toMatchObject({ state: "declined", outcome: { next: { actionId: id } } });
  });

  it.each([
    ["lost_card", null],
    ["insufficient_funds", "do_not_try_again"],
    ["expired_card", null],
    ["account_closed", null],
    ["something_new", null],
    [null, null],
  ])("ends in a case when it is for good: %s, advice %s", async (code, advice) => {
    const { put, run, memory, view } = await openExecution([unpaid()]);
    await put(action);
    memory.disturb(declined(code, advice));
    expect(await run("retry", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect((await view(action)).caseReason).toContain("declined for good");
  });

  it.each([
    ["card", 2, "declined"],
    ["bank_debit", 1, "declined"],
    ["bank_debit", 2, "case_opening"],
    ["other", 2, "case_opening"],
    [null, 2, "case_opening"],
  ] as const)("of a %s at step %i is %s: bank debits have a limit of their own", async (method, step, state) => {
    const { put, run, memory, view } = await openExecution([unpaid({ method })]);
    const given = { ...action, step };
    await put(given);
    memory.disturb(declined("insufficient_funds"));
    await run("retry", given);
    expect((await view(given)).state).toBe(state);
  });

  it("ends in a case when what was collected did not come in, and nobody says why", async () => {
    const { put, run, memory, clock, view } = await openExecution([unpaid()]);
    await put(action);
    memory.disturb({
      kind: "answer",
      effect: { kind: "done", providerObject: "in_1", amountMinor: null, pending: true, note: "" },
    });
    await run("retry", action);
    memory.change("pi_1", { status: "unpaid", decline: null });
    clock.now += 24 * HOUR_MS;
    await run("retry", action);
    expect((await view(action)).caseReason).toContain("declined for good (nobody says why)");
  });

  it("ends in a case after the last step", async () => {
    const { put, run, memory, view } = await openExecution([unpaid()]);
    const last = { ...action, step: policy.guardrails.retry.maxSteps };
    await put(last);
    memory.disturb(declined("insufficient_funds"));
    await run("retry", last);
    expect(await view(last)).toMatchObject({
      state: "case_opening",
      caseReason: expect.stringContaining("all 5 tries"),
    });
  });
});
