import { describe, expect, it } from "vitest";
import type { PaymentSnapshot } from "../../../shared/contracts/provider.ts";
import { openExecution } from "../../helpers/execution.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { NO_CONNECT, paymentOf } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";

const MINUTE_MS = 60_000;
const action = refundAction(1);

async function open(changes: Partial<PaymentSnapshot> = {}) {
  const opened = await openExecution([paymentOf(changes)]);
  await opened.put(action);
  const flags: object[] = [];
  const { provider } = opened.memory;
  const { refund } = provider;
  provider.refund = (input, call) => {
    flags.push({ reverseTransfer: input.reverseTransfer, refundFee: input.refundFee });
    return refund(input, call);
  };
  /** A person refunds at the provider: it is in the list and in the sum. */
  const byHand = (amountMinor: number, more = {}): void => {
    opened.memory.addRefund("pi_1", { id: "re_hand", amountMinor, createdAt: opened.clock.now, ...more });
    opened.memory.change("pi_1", { refundedMinor: amountMinor });
  };
  return { ...opened, flags, byHand };
}

describe("a refund by hand between the decision and the call", () => {
  it("of the same amount makes a case that names it, and nothing is sent", async () => {
    const { run, memory, view, byHand, clock } = await open();
    byHand(4_250);
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(memory.calls).toEqual([]);
    const { caseReason, caseAbout } = await view(action);
    expect(caseAbout).toEqual({ rule: "duplicate", refund: "re_hand" });
    expect(caseReason).toContain(
      `possible duplicate: the refund re_hand of 42.50 USD stands since ${new Date(clock.now).toISOString()} (succeeded, not made by this system)`,
    );
  });

  it("of another amount is none, and neither is a failed, a cancelled or an old one, or a release", async () => {
    const old = Date.parse("2026-10-23T09:00:00Z") - policy.guardrails.refund.windowMs - 1;
    for (const other of [
      { amountMinor: 4_249 },
      { status: "failed" },
      { status: "canceled" },
      { isRelease: true },
      { createdAt: old },
    ] as const) {
      const { run, memory } = await open();
      memory.addRefund("pi_1", other);
      await run("refund", action);
      expect(memory.effects()).toBe(1);
    }
  });

  it("after our call was lost without an effect makes a case: it may be the answer to the same request", async () => {
    const { run, memory, view, byHand, clock } = await open();
    memory.disturb({ kind: "answer", effect: { kind: "unclear", note: "cut", storedError: false } });
    await run("refund", action);
    clock.now += MINUTE_MS;
    byHand(4_250);
    await run("refund", action);
    expect(memory.effects()).toBe(0);
    expect(await view(action)).toMatchObject({
      state: "case_opening",
      caseAbout: { rule: "duplicate", refund: "re_hand" },
    });
  });

  it("after our call took effect and its answer was lost leaves ours settled, and nothing is sent again", async () => {
    const { run, memory, view, clock } = await open();
    memory.disturb({ kind: "lost_answer" });
    await run("refund", action);
    clock.now += MINUTE_MS;
    memory.addRefund("pi_1", { id: "re_hand", amountMinor: 4_250, createdAt: clock.now });
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "succeeded", outcome: { providerObject: "re_pi_1_1" } });
    expect(memory.calls).toHaveLength(1);
  });
});

describe("a refund that carries our id", () => {
  it.each([
    ["another amount", { amountMinor: 1 }],
    ["another currency", { amountMinor: 4_250, currency: "eur" }],
  ])("and is of %s does not settle ours", async (_what, changes) => {
    const { run, memory, view } = await open();
    memory.addRefund("pi_1", { id: "re_copy", actionId: action.id, ...changes });
    await run("refund", action);
    expect(memory.effects()).toBe(1);
    expect(await view(action)).toMatchObject({ state: "succeeded", outcome: { providerObject: "re_pi_1_2" } });
  });

  it("and failed is not ours either where its amount is another", async () => {
    const { run, memory } = await open();
    memory.addRefund("pi_1", { id: "re_copy", actionId: action.id, amountMinor: 1, status: "failed" });
    await run("refund", action);
    expect(memory.effects()).toBe(1);
  });
});

describe("a refund of our amount that carries our id, before any call of ours", () => {
  const copy = { id: "re_copy", actionId: action.id };

  it("ends nothing where it failed: nobody has got the money, and ours was never sent", async () => {
    const { run, memory, view } = await open();
    memory.addRefund("pi_1", { ...copy, status: "failed" });
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "succeeded", outcome: { providerObject: "re_pi_1_2" } });
  });

  it("is not made once more where it stands", async () => {
    const { run, memory, view } = await open();
    memory.addRefund("pi_1", copy);
    await run("refund", action);
    expect(memory.effects()).toBe(0);
    expect(await view(action)).toMatchObject({ state: "succeeded", outcome: { providerObject: "re_copy" } });
  });
});

describe("the refund that the provider named for us", () => {
  async function openPending() {
    const opened = await open();
    opened.memory.disturb({
      kind: "answer",
      effect: { kind: "done", providerObject: "re_ours", amountMinor: 4_250, pending: true, note: "pending" },
    });
    await opened.run("refund", action);
    opened.clock.now += 7 * 60 * MINUTE_MS;
    return opened;
  }

  it.each([
    ["another amount", { amountMinor: 4_000 }, "42.50 USD, and 40.00 USD moved"],
    ["another currency", { currency: "eur" }, "42.50 USD, and an unknown amount moved"],
  ])("ends as a case with both amounts where it is of %s", async (_what, changes, words) => {
    const { run, memory, view } = await openPending();
    memory.addRefund("pi_1", { id: "re_ours", actionId: action.id, ...changes });
    await run("refund", action);
    expect(await view(action)).toMatchObject({
      state: "case_opening",
      caseAbout: { rule: "amount_taken" },
      caseReason: expect.stringContaining(words),
      outcome: { kind: "unmeant", providerObject: "re_ours" },
    });
    expect(memory.effects()).toBe(0);
  });

  it("ends as a case of a failed refund, whatever its amount, where it failed: nothing moved", async () => {
    const { run, memory, view } = await openPending();
    memory.addRefund("pi_1", { id: "re_ours", actionId: action.id, amountMinor: 4_000, status: "failed" });
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "case_opening", failure: { reason: "provider_refused" } });
  });
});

describe("what goes back with a refund", () => {
  const WHOLE = { capturedMinor: 4_250 };
  it.each([
    ["a charge of its own", NO_CONNECT, { reverseTransfer: false, refundFee: false }],
    [
      "a destination charge",
      { ...NO_CONNECT, destination: "acct_1", transferredMinor: 4_250, feeMinor: 300 },
      { reverseTransfer: true, refundFee: true },
    ],
    [
      "a destination charge without a fee",
      { ...NO_CONNECT, destination: "acct_1", transferredMinor: 4_000 },
      { reverseTransfer: true, refundFee: false },
    ],
    ["a charge with a fee alone", { ...NO_CONNECT, feeMinor: 300 }, { reverseTransfer: false, refundFee: true }],
  ])("of %s", async (_what, connect, sent) => {
    const { run, flags } = await open({ ...WHOLE, connect });
    await run("refund", action);
    expect(flags).toEqual([sent]);
  });

  it("is not sent where a person reversed the transfer since the decision", async () => {
    const connect = { ...NO_CONNECT, destination: "acct_1", transferredMinor: 4_250 };
    const { run, flags, memory, view } = await open({ ...WHOLE, connect });
    memory.change("pi_1", { connect: { ...connect, reversedMinor: 1 } });
    await run("refund", action);
    expect(flags).toEqual([]);
    expect(await view(action)).toMatchObject({ state: "case_opening", caseAbout: { rule: "connect", refund: null } });
  });
});

describe("what was read of the payment right before the call", () => {
  it.each<[string, Partial<PaymentSnapshot>, string]>([
    [
      "a dispute was opened",
      { disputed: true, disputes: [{ id: "du_1", status: "open", isRefundable: false }] },
      "dispute",
    ],
    [
      "its invoice was credited",
      {
        invoiceParts: [
          { invoice: "in_1", subscription: null, paidMinor: 10_000, creditedMinor: 5_751, overpaidMinor: 0 },
        ],
      },
      "captured",
    ],
    [
      "it paid another invoice as well",
      { invoiceParts: [{ invoice: "in_2", subscription: null, paidMinor: 1, creditedMinor: 0, overpaidMinor: 0 }] },
      "one_payment",
    ],
  ])("makes a case where %s", async (_what, changes, rule) => {
    const opened = await openExecution([paymentOf({ invoice: "in_1" })]);
    const ofInvoice = refundAction(1, { invoice: "in_1" });
    await opened.put(ofInvoice);
    opened.memory.change("pi_1", changes);
    await opened.run("refund", ofInvoice);
    expect(await opened.view(ofInvoice)).toMatchObject({ state: "case_opening", caseAbout: { rule } });
    expect(opened.memory.calls).toEqual([]);
  });

  it("refunds to the cent what a credit note left of the invoice", async () => {
    const invoiceParts = [
      { invoice: "in_1", subscription: null, paidMinor: 10_000, creditedMinor: 5_750, overpaidMinor: 0 },
    ];
    const opened = await openExecution([paymentOf({ invoice: "in_1", invoiceParts })]);
    const ofInvoice = refundAction(1, { invoice: "in_1" });
    await opened.put(ofInvoice);
    await opened.run("refund", ofInvoice);
    expect(opened.memory.effects()).toBe(1);
  });

  it("counts what was refunded by hand since towards the four-eyes threshold", async () => {
    const amountMinor = policy.guardrails.refund.fourEyesAboveUsdCents;
    const large = refundAction(1, { amountMinor });
    const endOf = async (refundedMinor: number) => {
      const opened = await openExecution([paymentOf({ capturedMinor: 10 * amountMinor, refundedMinor })]);
      await opened.put(large);
      await opened.run("refund", large);
      return (await opened.view(large)).caseAbout?.rule ?? opened.memory.effects();
    };
    expect(await endOf(0)).toBe(1);
    expect(await endOf(1)).toBe("four_eyes");
  });
});
