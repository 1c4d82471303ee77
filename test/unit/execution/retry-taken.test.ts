import { describe, expect, it } from "vitest";
import type {
  InvoicePaymentView,
  InvoiceState,
  PaymentSnapshot,
  SubscriptionSnapshot,
} from "../../../shared/contracts/provider.ts";
import { declineOf } from "../../../shared/providers/stripe/declines.ts";
import { HOUR_MS, openExecution } from "../../helpers/execution.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { AGREED, invoiceOf, paymentOf, subscriptionOf } from "../../helpers/memory-provider.ts";

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

describe("what was taken", () => {
  /** Paid, by which payments; the newest is the last. */
  const paidBy = (...payments: Partial<InvoicePaymentView>[]) => ({
    status: "paid" as const,
    invoiceState: invoiceState({
      status: "paid",
      amountRemainingMinor: 0,
      payments: payments.map((one, index) => ({
        payment: "pi_1",
        status: "paid",
        isDefault: true,
        paidMinor: 4_250,
        paidAt: START + HOUR_MS + index,
        ...one,
      })),
    }),
  });
  const START = Date.parse("2026-10-23T09:00:00Z");
  /** The call's answer was lost, and the provider shows this an hour later. */
  async function afterLostAnswer(changes: Partial<PaymentSnapshot>, of: PaymentSnapshot = unpaid(), given = action) {
    const opened = await openExecution([of]);
    const { put, run, memory, clock, view } = opened;
    await put(given);
    memory.disturb({ kind: "answer", effect: { kind: "unclear", note: "timeout", storedError: false } });
    await run("retry", given);
    memory.change("pi_1", changes);
    clock.now += HOUR_MS;
    await run("retry", given);
    return { ...opened, after: await view(given), calls: memory.calls.length };
  }

  it("by the call itself in another amount than was granted ends as a case that names both", async () => {
    const { put, run, memory, view } = await openExecution([unpaid()]);
    await put(action);
    memory.disturb({
      kind: "answer",
      effect: { kind: "done", providerObject: "in_1", amountMinor: 50_000, pending: false, note: "paid" },
    });
    await run("retry", action);
    const after = await view(action);
    expect(after).toMatchObject({
      state: "case_opening",
      caseAbout: { rule: "amount_taken" },
      outcome: { kind: "unmeant", amountMinor: 50_000 },
    });
    expect(after.caseReason).toMatch(/42\.50.*500\.00/);
    await run("retry", action);
    expect(memory.calls).toHaveLength(1);
  });

  it("by the call in an amount that nobody knows is not said to be meant", async () => {
    const { put, run, memory, view } = await openExecution([unpaid()]);
    await put(action);
    const effect = { kind: "done", providerObject: "in_1", amountMinor: null, pending: false, note: "paid" } as const;
    memory.disturb({ kind: "answer", effect });
    await run("retry", action);
    expect(await view(action)).toMatchObject({
      state: "case_opening",
      outcome: { kind: "unmeant", amountMinor: null },
    });
  });

  it.each([
    ["the granted sum", {}, "succeeded", 4_250],
    ["a cent less", { paidMinor: 4_249 }, "case_opening", 4_249],
    ["a cent more", { paidMinor: 4_251 }, "case_opening", 4_251],
  ])("is what the newest payment of the invoice took, after a lost answer: %s", async (_what, view, state, taken) => {
    const early = { payment: "pi_0", paidMinor: 1_000, paidAt: START - HOUR_MS };
    const { after, calls } = await afterLostAnswer(paidBy(early, view));
    expect(after).toMatchObject({ state, outcome: { amountMinor: taken, providerObject: "pi_1" } });
    expect(calls).toBe(1);
  });

  it("is not ours where it was paid before any call, by money from elsewhere, or in another action's name", async () => {
    const before = await afterLostAnswer(paidBy({ paidAt: START - HOUR_MS }));
    const elsewhere = await afterLostAnswer(paidBy({ payment: null }));
    const named = await afterLostAnswer({ ...paidBy({}), actionId: "act_other" });
    for (const { after } of [before, elsewhere, named]) expect(after).toMatchObject({ state: "skipped" });
  });

  it("by another payment is not ours; while ours may be on its way, a person looks whether both came in", async () => {
    const by = (status: InvoicePaymentView["status"]) =>
      afterLostAnswer(paidBy({ status, paidMinor: 0, paidAt: null }, { payment: "pi_other", isDefault: false }));
    for (const status of ["open", "other"] as const) {
      const { after, calls } = await by(status);
      expect([after.state, calls]).toEqual(["case_opening", 1]);
      expect(after.caseReason).toMatch(/pi_other.*may still come in/);
    }
    expect((await by("canceled")).after.state).toBe("skipped");
  });

  it("is not ours where it was paid before our first call, though after the decision", async () => {
    const { put, run, memory, clock, view } = await openExecution([unpaid()]);
    await put(action);
    clock.now += HOUR_MS / 2;
    memory.disturb({ kind: "answer", effect: { kind: "unclear", note: "timeout", storedError: false } });
    await run("retry", action);
    memory.change("pi_1", paidBy({ paidAt: START + HOUR_MS / 4 }));
    clock.now += HOUR_MS;
    await run("retry", action);
    expect((await view(action)).state).toBe("skipped");
  });

  it("is a case where the paid invoice does not say what paid it", async () => {
    const { after } = await afterLostAnswer({ invoiceState: invoiceState({ status: "paid" }) });
    expect(after).toMatchObject({ state: "case_opening", outcome: { kind: "unmeant", amountMinor: null } });
  });

  it.each([
    [4_250, "succeeded"],
    [4_251, "case_opening"],
  ])("from a payment without an invoice is what was captured: %i", async (capturedMinor, state) => {
    const single = { ...action, invoice: null };
    const paid = { status: "paid", capturedMinor, capturedAt: START + HOUR_MS } as const;
    const { after } = await afterLostAnswer(paid, unpaid({ invoice: null, invoiceState: null }), single);
    expect(after).toMatchObject({ state, outcome: { amountMinor: capturedMinor } });
  });

  it("in another currency than was granted is a case that names both", async () => {
    const { after } = await afterLostAnswer({ ...paidBy({}), currency: "gbp" });
    expect(after).toMatchObject({ state: "case_opening", outcome: { kind: "unmeant" } });
    expect(after.caseReason).toMatch(/42\.50 USD.*42\.50 GBP/);
  });

  it("by nothing: a decline since our call is a decline of our try, and no second call is made", async () => {
    const { after, calls } = await afterLostAnswer({ declinedAt: START - HOUR_MS / 10 });
    expect([after.state, calls]).toEqual(["declined", 1]);
    const older = await afterLostAnswer({ declinedAt: START - HOUR_MS });
    expect(older.after.state).not.toBe("declined");
  });

  it.each([
    [4_250, "succeeded"],
    [9_000, "case_opening"],
  ])("by a debit that comes in days later is compared as well: %i", async (paidMinor, state) => {
    const { put, run, memory, clock, view } = await openExecution([unpaid()]);
    await put(action);
    const effect = { kind: "done", providerObject: "in_1", amountMinor: null, pending: true, note: "" } as const;
    memory.disturb({ kind: "answer", effect });
    await run("retry", action);
    memory.change("pi_1", { status: "processing" });
    clock.now += 24 * HOUR_MS;
    await run("retry", action);
    memory.change("pi_1", paidBy({ paidMinor }));
    clock.now += 24 * HOUR_MS;
    await run("retry", action);
    expect(await view(action)).toMatchObject({ state, outcome: { amountMinor: paidMinor } });
    expect(memory.calls).toHaveLength(1);
  });

  describe("while our debit is on its way", () => {
    async function meanwhile(changes: Partial<PaymentSnapshot>, sawIt = true) {
      const { put, run, memory, clock, view } = await openExecution([unpaid()]);
      await put(action);
      const effect = { kind: "done", providerObject: "in_1", amountMinor: null, pending: true, note: "" } as const;
      memory.disturb({ kind: "answer", effect });
      await run("retry", action);
      memory.change("pi_1", { status: "processing" });
      clock.now += 24 * HOUR_MS;
      if (sawIt) await run("retry", action);
      memory.change("pi_1", changes);
      clock.now += 24 * HOUR_MS;
      await run("retry", action);
      return { after: await view(action), calls: memory.calls.length };
    }
    const paidBeside = (payment: string | null) => ({
      ...paidBy({ status: "open", paidMinor: 0, paidAt: null }, { payment, isDefault: false }),
      status: "processing" as const,
    });

    it.each([
      ["another payment pays the invoice", paidBeside("pi_other"), "pi_other"],
      ["another payment is named as what was read", { ...paidBeside("pi_other"), payment: "pi_other" }, "pi_other"],
      ["money from elsewhere pays the invoice", paidBeside(null), "money from elsewhere"],
      ["the invoice is voided", { status: "paid", invoiceState: invoiceState({ status: "void" }) }, "void"],
      ["its payment is cancelled", { status: "canceled" }, "cancelled"],
    ] as const)("a person looks whether both came in where %s", async (_what, changes, named) => {
      for (const sawIt of [true, false]) {
        const { after, calls } = await meanwhile(changes, sawIt);
        expect([after.state, calls]).toEqual(["case_opening", 1]);
        expect(after.caseReason).toContain(named);
        expect(after.caseReason).toContain("our payment may still come in: look whether both did");
      }
    });

    it("it is ours where it came in beside a part that somebody else paid, before or after it", async () => {
      for (const paidAt of [0, START + 9 * HOUR_MS]) {
        const both = paidBy({}, { payment: "pi_other", isDefault: false, paidMinor: 1_000, paidAt });
        const outcome = { amountMinor: 4_250, providerObject: "pi_1" };
        expect((await meanwhile(both)).after).toMatchObject({ state: "succeeded", outcome });
      }
    });
  });

  it.each([
    ["paid", paidBy({})],
    ["being collected", { status: "processing" }],
  ] as const)("by somebody else is not ours, also at our second attempt: %s", async (_what, changes) => {
    const { put, run, memory, clock, view } = await openExecution([unpaid()]);
    await put(action);
    const failure = { reason: "provider_rate_limited", detail: "429" } as const;
    memory.disturb({ kind: "answer", effect: { kind: "not_now", failure } });
    await run("retry", action);
    memory.change("pi_1", changes);
    clock.now += HOUR_MS;
    await run("retry", action);
    expect(await view(action)).toMatchObject({ state: "skipped", attempts: 2 });
  });

  it("of a payment that is captured by hand is what is held", async () => {
    const single = { ...action, invoice: null };
    const held = { status: "held", capturableMinor: 4_250 } as const;
    const { after } = await afterLostAnswer(held, unpaid({ invoice: null, invoiceState: null }), single);
    expect(after).toMatchObject({ state: "succeeded", outcome: { amountMinor: 4_250 } });
  });
});

describe("what changed since the grant", () => {
  const renewal = { ...action, subscription: "sub_1abc", customer: "cus_1" };
  const ofSubscription = (state: Partial<InvoiceState> = {}, changes: Partial<PaymentSnapshot> = {}) =>
    unpaid({ customer: "cus_1", invoiceState: invoiceState({ subscription: "sub_1abc", ...state }), ...changes });
  async function tried(
    payment: PaymentSnapshot,
    seen: SubscriptionSnapshot[] = [subscriptionOf({ status: "past_due" })],
    before: (opened: Awaited<ReturnType<typeof openExecution>>) => Promise<void> = async () => {},
  ) {
    const opened = await openExecution([payment], undefined, seen);
    await before(opened);
    await opened.put(renewal);
    await opened.run("retry", renewal);
    return { ...opened, after: await opened.view(renewal), sent: opened.memory.calls.length };
  }

  it("is nothing: it is sent, with a look into the ledger for its subscription, its payment and its customer", async () => {
    const { after, sent, calls } = await tried(ofSubscription());
    expect([after.state, sent]).toEqual(["succeeded", 1]);
    expect(calls.filter((call) => call === "actionsOf")).toHaveLength(3);
    const without = await tried(unpaid({ customer: "cus_1" }));
    expect([without.after.state, without.calls.filter((call) => call === "actionsOf")]).toEqual(["succeeded", []]);
  });

  it.each([
    ["it ended", { status: "ended" }],
    ["it was paused", { pause: { behavior: "void", endsByItself: false } }],
    ["the customer sends the money", { collection: "sent_by_customer" }],
  ] as const)("ends it without a person: %s", async (_what, seen) => {
    const { after, sent } = await tried(ofSubscription(), [subscriptionOf(seen)]);
    expect([after.state, sent]).toEqual(["skipped", 0]);
  });

  it("ends it while a pause that was asked for is on its way, and not while ours for the failure is", async () => {
    const pausing =
      (factKey: string, state: "ready" | "done") => async (opened: Awaited<ReturnType<typeof openExecution>>) => {
        const pause = refundAction(7, {
          kind: "pause",
          variant: "keep_as_draft",
          subject: "sub_1abc",
          subscription: "sub_1abc",
          payment: null,
          amountMinor: null,
          factKey,
        });
        await opened.put(pause);
        if (state === "done") await opened.run("subscription", pause);
      };
    const active = () => [subscriptionOf({ status: "past_due" })];
    const asked = await tried(ofSubscription(), active(), pausing("request/request:r1", "ready"));
    expect([asked.after.state, asked.sent]).toEqual(["skipped", 0]);
    expect(asked.after.outcome).toMatchObject({ note: expect.stringContaining("a pause was asked for") });
    const done = await tried(ofSubscription(), active(), pausing("request/request:r1", "done"));
    expect([done.after.state, done.memory.calls.length]).toEqual(["skipped", 1]);
    const caused = await tried(ofSubscription(), active(), pausing("failed_renewal/in_1:2", "done"));
    expect([caused.after.state, caused.memory.calls.length]).toEqual(["succeeded", 2]);
  });

  it.each([
    ["its amount", ofSubscription({ amountRemainingMinor: 50_000 }), "amount_owed"],
    ["its currency", ofSubscription({}, { currency: "jpy" }), "currency"],
    ["its customer", ofSubscription({}, { customer: "cus_merged" }), "customer"],
    ["its status, to one that nobody knows", ofSubscription({}, { status: "other" }), "still_owed"],
  ])("makes a case of it: %s", async (_what, payment, rule) => {
    const { after, sent } = await tried(payment);
    expect([after.state, after.caseAbout?.rule, sent]).toEqual(["case_opening", rule, 0]);
  });

  it("makes a case of it: the subscription cannot be found any more", async () => {
    const { after, sent } = await tried(ofSubscription(), []);
    expect([after.state, after.caseAbout?.rule, sent]).toEqual(["case_opening", "collection", 0]);
  });

  it("sends nothing while the ledger does not say what was asked for, and takes it up again", async () => {
    const { after, sent, broken, run, view, memory, clock } = await tried(
      ofSubscription(),
      undefined,
      async (opened) => {
        opened.broken.add("actionsOf");
      },
    );
    expect([after.state, sent, after.failure?.reason]).toEqual(["unknown", 0, "ledger_unavailable"]);
    broken.clear();
    clock.now += 60_000;
    await run("retry", renewal);
    expect([(await view(renewal)).state, memory.calls.length]).toEqual(["succeeded", 1]);
  });

  it("is a part that was paid: what remains is another sum than was granted", async () => {
    const { after } = await tried(
      ofSubscription({ amountRemainingMinor: 3_250, amountPaidMinor: 1_000 }, { status: "paid" }),
    );
    expect(after).toMatchObject({ state: "case_opening", caseAbout: { rule: "amount_owed" } });
  });
});

describe("the method of an invoice", () => {
  it("is named in the call, and is the one that the provider charges now", async () => {
    const payment = unpaid({ triedMethod: "pm_kept", invoiceState: invoiceState({ method: "pm_kept" }) });
    const { put, run, memory } = await openExecution([payment]);
    const inputs: object[] = [];
    const { retryPayment } = memory.provider;
    memory.provider.retryPayment = (input, call) => {
      inputs.push(input);
      return retryPayment(input, call);
    };
    await put(action);
    await run("retry", action);
    expect(inputs).toEqual([{ invoice: "in_1", paidMinor: 0, method: "pm_kept" }]);
  });

  it("that the customer changed since the grant is not charged", async () => {
    const { put, run, memory, view } = await openExecution([
      unpaid({ invoiceState: invoiceState({ method: "pm_2" }) }),
    ]);
    await put(action);
    await run("retry", action);
    expect(await view(action)).toMatchObject({ state: "case_opening", caseAbout: { rule: "method_tried" } });
    expect(memory.calls).toEqual([]);
  });
});

describe("a one-off payment", () => {
  const single = { ...action, invoice: null };
  const alone = (changes: Partial<PaymentSnapshot> = {}) => unpaid({ invoice: null, invoiceState: null, ...changes });
  async function tried(payment: PaymentSnapshot) {
    const { put, run, view, memory } = await openExecution([payment]);
    const methods: (string | null)[] = [];
    const { retryPayment } = memory.provider;
    memory.provider.retryPayment = (input, call) => {
      methods.push("method" in input ? input.method : null);
      return retryPayment(input, call);
    };
    await put(single);
    await run("retry", single);
    return { after: await view(single), methods };
  }

  it("is confirmed with exactly the method that was tried", async () => {
    const { after, methods } = await tried(alone({ agreement: { ...AGREED, method: "pm_tried" } }));
    expect([after.state, methods]).toEqual(["succeeded", ["pm_tried"]]);
  });

  it.each([
    ["without consent", { isOffSession: false }, "skipped"],
    ["paid otherwise meanwhile", { paidOtherwise: "pi_other" }, "case_opening"],
    ["whose method was detached", { isAttached: false }, "case_opening"],
  ] as const)("%s is not sent", async (_what, agreement, state) => {
    const { after, methods } = await tried(alone({ agreement: { ...AGREED, ...agreement } }));
    expect([after.state, methods]).toEqual([state, []]);
  });
});
