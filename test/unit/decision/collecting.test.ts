import { describe, expect, it } from "vitest";
import type { RouterAnswer } from "../../../shared/agents/router.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import type { InvoiceState, PaymentSnapshot, SubscriptionSnapshot } from "../../../shared/contracts/provider.ts";
import { declineOf } from "../../../shared/providers/stripe/declines.ts";
import { openClassifier, refundAnswer } from "../../helpers/classifier.ts";
import { AGREED, invoiceOf, paymentOf, subscriptionOf } from "../../helpers/memory-provider.ts";
import { openPipeline } from "../../helpers/pipeline.ts";
import { policy } from "../../helpers/policy.ts";
import { event } from "../../helpers/shard.ts";

const HOUR_MS = 3_600_000;
const NOW = Date.parse("2026-10-23T09:00:00Z");
const retries: RouterAnswer = { ...refundAnswer, reason: "A soft decline.", action: "retry" };

const unpaid = (changes: Partial<PaymentSnapshot> = {}) =>
  paymentOf({
    payment: "pi_1abc",
    charge: "ch_1abc",
    status: "unpaid",
    amountMinor: 4_250,
    capturedMinor: 0,
    decline: declineOf("insufficient_funds", null),
    ...changes,
  });
const renewed = (state: Partial<InvoiceState> = {}, changes: Partial<PaymentSnapshot> = {}) =>
  unpaid({ invoice: "in_1abc", invoiceState: invoiceOf({ subscription: "sub_1abc", ...state }), ...changes });
const pastDue = (changes: Partial<SubscriptionSnapshot> = {}) => subscriptionOf({ status: "past_due", ...changes });
const renewal = (changes: Partial<PaymentEvent> = {}) =>
  event({ id: "stripe:evt_1", type: "invoice.payment_failed", invoice: "in_1abc", payment: "pi_1abc", ...changes });
const failedPayment = (changes: Partial<PaymentEvent> = {}) =>
  event({
    id: "stripe:evt_2",
    type: "payment_intent.payment_failed",
    payment: "pi_1abc",
    charge: "ch_1abc",
    ...changes,
  });
const outside = (changes: Partial<PaymentEvent>) =>
  event({
    id: "outside:o1",
    type: "countersign.decision",
    proposed: { action: "retry", reason: "the customer says the card has money now" },
    ...changes,
  });
const pauseAsked = (id = "request:r1") =>
  event({ id, type: "countersign.request", text: "Please pause subscription sub_1abc." });

async function open(payment: PaymentSnapshot, subscription: SubscriptionSnapshot | null = pastDue()) {
  const opened = await openClassifier([payment], subscription === null ? [] : [subscription]);
  opened.answer(() => retries);
  return opened;
}

async function decided(told: PaymentEvent, payment: PaymentSnapshot, subscription?: SubscriptionSnapshot | null) {
  const opened = await open(payment, subscription);
  await opened.decide(told);
  const traced = await opened.trace(told.id);
  return { ...opened, traced, rule: traced.action?.caseAbout?.rule ?? null };
}

describe("a failed renewal", () => {
  it("is tried again for what remains of its invoice, with looks into the ledger for its subscription, payment and customer", async () => {
    const { traced, calls } = await decided(
      renewal(),
      renewed({ amountRemainingMinor: 1_250, amountPaidMinor: 3_000 }),
    );
    expect(traced.action).toMatchObject({ action: { kind: "retryPayment", amountMinor: 1_250, currency: "usd" } });
    expect(traced.action?.caseReason).toBeNull();
    // The payment twice: for what was asked for without naming the subscription, and for how often it was tried.
    expect(calls.filter((call) => call === "actionsOf")).toHaveLength(4);
  });

  it.each([
    ["its customer", { customer: "cus_1" }, "cus_1"],
    ["the customer of its subscription", { customer: "cus_1" }, null],
    ["its payment", { payment: "pi_1abc" }, "cus_1"],
  ])("is a person's after a pause was asked for that named %s and no subscription", async (_what, named, customer) => {
    const opened = await open(renewed({}, { customer }), pastDue({ customer: "cus_1" }));
    opened.answer(() => ({ ...refundAnswer, action: "pause", target: "payment" in named ? "r1" : "none" }));
    const text = "Please pause my subscription.";
    await opened.decide(event({ id: "request:r1", type: "countersign.request", text, ...named }));
    expect((await opened.trace("request:r1")).action).toMatchObject({ action: { kind: "pause", subscription: null } });
    opened.answer(() => retries);
    await opened.decide(renewal());
    const traced = await opened.trace("stripe:evt_1");
    expect(traced.action?.caseAbout?.rule).toBe("collection");
    expect(traced.action?.caseReason).toContain("a pause of a subscription that was not named");
  });

  it("of an invoice without a subscription needs one look into the ledger: how often it was tried", async () => {
    const { traced, calls } = await decided(renewal(), renewed({ subscription: null }));
    expect(traced.action?.caseReason).toBeNull();
    expect(calls.filter((call) => call === "actionsOf")).toHaveLength(1);
  });

  it.each([
    ["ended", pastDue({ status: "ended" }), {}],
    ["never began", pastDue({ status: "incomplete" }), {}],
    ["is paused", pastDue({ pause: { behavior: "void", endsByItself: false } }), {}],
    ["is paid by its customer", pastDue({ collection: "sent_by_customer" }), {}],
    ["has an invoice that its customer pays", pastDue(), { collection: "sent_by_customer" }],
  ] as const)("of a subscription that %s is left, with the reason", async (_what, subscription, state) => {
    const { traced } = await decided(renewal(), renewed(state), subscription);
    expect(traced).toMatchObject({ state: "none", action: null, fact: { decision: { kind: "none" } } });
    expect(traced.fact?.decision.record.verdicts.at(-1)).toMatchObject({ rule: "collection" });
  });

  it.each(["trialing", "unpaid", "paused", "other"] as const)(
    "of a subscription that is %s is a person's",
    async (status) => {
      expect((await decided(renewal(), renewed(), pastDue({ status }))).rule).toBe("collection");
    },
  );

  it("of a subscription that is not found is a person's", async () => {
    expect((await decided(renewal(), renewed(), null)).rule).toBe("collection");
  });

  it.each([
    ["more is owed", renewed({ amountRemainingMinor: 50_000 })],
    ["another currency is owed", renewed({}, { currency: "gbp" })],
  ])("of which the event says another sum is a person's where %s", async (_what, payment) => {
    const { rule } = await decided(renewal({ amountMinor: 4_250, currency: "usd" }), payment);
    expect(rule).toBe("amount_owed");
    const same = await decided(renewal({ amountMinor: 4_250, currency: "usd" }), renewed());
    expect(same.traced.action?.caseReason).toBeNull();
  });

  it.each([
    "Please pause subscription sub_1abc.",
    "Please pause subscription sub_1abc.\u200b",
    "Please pause sub_1abc and sub_2abc.",
  ])("is tried though a stranger asked for a pause: %j", async (text) => {
    const opened = await open(renewed());
    opened.answer(() => ({ ...refundAnswer, action: "pause" }));
    const stranger = { requester: "customer", customer: "cus_evil" } as const;
    await opened.decide(event({ id: "request:r1", type: "countersign.request", text, ...stranger }));
    expect((await opened.trace("request:r1")).action).toMatchObject({
      caseAbout: { rule: "requester" },
      action: { kind: "pause", subject: "sub_1abc" },
    });
    opened.answer(() => retries);
    await opened.decide(renewal());
    expect((await opened.trace("stripe:evt_1")).action).toMatchObject({ caseReason: null });
  });

  it("of 90,000 dollars is not tried on medium confidence, nor by one pair of eyes", async () => {
    const opened = await open(renewed({ amountRemainingMinor: 9_000_000 }));
    opened.answer(() => ({ ...retries, confidence: "medium" }));
    await opened.decide(renewal());
    expect((await opened.trace("stripe:evt_1")).action?.caseAbout?.rule).toBe("confidence");
    const high = await decided(renewal(), renewed({ amountRemainingMinor: 9_000_000 }));
    expect(high.rule).toBe("four_eyes");
  });

  it("is left while a pause that was asked for is on its way", async () => {
    const opened = await open(renewed());
    opened.answer(() => ({ ...refundAnswer, action: "pause" }));
    await opened.decide(pauseAsked());
    expect((await opened.trace("request:r1")).state).toBe("ready");
    opened.answer(() => retries);
    await opened.decide(renewal());
    const traced = await opened.trace("stripe:evt_1");
    expect(traced.state).toBe("none");
    expect(traced.fact?.decision.record.reason).toContain("a pause was asked for");
  });
});

describe("a renewal that waits for a new grant", () => {
  /** Its executor was late, and found the grant expired. */
  async function expired({ traced, clock, ledger }: Awaited<ReturnType<typeof decided>>) {
    clock.now += 100 * HOUR_MS;
    const ref = { id: traced.action?.action.id ?? "", subject: traced.action?.action.subject ?? "" };
    const [begun] = await ledger.begin([ref]);
    await ledger.requestGrant(ref, begun?.kind === "granted" ? begun.fence : 0, "it has expired");
  }
  const bellOf = (view: { action: { id: string; subject: string } } | null) =>
    ({
      kind: "regrant",
      id: view?.action.id ?? "",
      subject: view?.action.subject ?? "",
      nonce: "n",
      summary: "s",
    }) as const;

  it.each([
    ["its amount", { amountRemainingMinor: 50_000 }, {}, "amount_owed"],
    ["its currency", {}, { currency: "jpy" }, "currency"],
  ] as const)("is a person's when %s changed since the decision", async (_what, state, changes, rule) => {
    const opened = await decided(renewal(), renewed());
    const { traced, memory, deliver, trace } = opened;
    await expired(opened);
    memory.change("pi_1abc", { ...changes, invoiceState: invoiceOf({ subscription: "sub_1abc", ...state }) });
    await deliver(bellOf(traced.action));
    expect((await trace("stripe:evt_1")).action?.caseAbout?.rule).toBe(rule);
  });

  it("is granted as before while nothing changed", async () => {
    const opened = await decided(renewal(), renewed());
    const { traced, deliver } = opened;
    await expired(opened);
    expect(await deliver(bellOf(traced.action))).toEqual([{ kind: "ack", outcome: "granted" }]);
  });
});

describe("the next try at a renewal", () => {
  const DECLINED = {
    kind: "answer",
    effect: { kind: "declined", decline: declineOf("insufficient_funds", null), note: "no money" },
  } as const;
  /** The first try was declined; then this changes at the provider, and the time of the second comes. */
  async function second(state: Partial<InvoiceState>, changes: Partial<PaymentSnapshot>) {
    const opened = await openPipeline([renewed({ subscription: null })]);
    opened.answer(() => retries);
    await opened.decide(renewal());
    opened.memory.disturb(DECLINED);
    while (opened.memory.calls.length === 0) await opened.pass(HOUR_MS);
    opened.memory.change("pi_1abc", { ...changes, invoiceState: invoiceOf({ subscription: null, ...state }) });
    await opened.pass(100 * HOUR_MS);
    const [, next] = (await opened.ledger.actionsOf("pi_1abc")).toSorted((a, b) => a.action.step - b.action.step);
    return { next, sent: opened.memory.calls.length };
  }

  it.each([
    ["its amount", { amountRemainingMinor: 50_000 }, {}, "amount_owed"],
    ["its currency", {}, { currency: "jpy" }, "currency"],
    ["who pays it", { collection: "other" }, {}, "collection"],
  ] as const)(
    "is a person's when %s changed since the grant, and nothing is sent",
    async (_what, state, changes, rule) => {
      const { next, sent } = await second(state, changes);
      expect([next?.state, next?.caseAbout?.rule, sent]).toEqual(["case_open", rule, 1]);
    },
  );

  it.each([
    ["card", ["declined", "declined", "succeeded"]],
    ["bank_debit", ["declined", "declined", "case_open"]],
    [null, ["declined", "declined", "case_open"]],
  ] as const)("is the third by a %s only where its method has so many", async (method, states) => {
    const opened = await openPipeline([renewed({ subscription: null })]);
    opened.answer(() => retries);
    await opened.decide(renewal());
    opened.memory.disturb(DECLINED, DECLINED);
    while (opened.memory.calls.length < 2) await opened.pass(HOUR_MS);
    opened.memory.change("pi_1abc", { method });
    await opened.pass(200 * HOUR_MS);
    const rows = (await opened.ledger.actionsOf("pi_1abc")).toSorted((a, b) => a.action.step - b.action.step);
    expect(rows.map(({ state }) => state)).toEqual(states);
    if (method !== "card") expect(rows[2]?.caseAbout?.rule).toBe("retries_left");
  });

  it.each([
    ["card", policy.guardrails.retry.maxSteps],
    ["bank_debit", policy.guardrails.retry.bankDebitMaxSteps],
  ] as const)("of an active subscription by a %s goes through all %i steps", async (method, steps) => {
    const payment = renewed({}, { method, customer: "cus_1" });
    const opened = await openPipeline([payment], {}, [pastDue({ status: "active" })]);
    opened.answer(() => retries);
    await opened.decide(renewal({ amountMinor: 4_250, currency: "usd" }));
    opened.memory.disturb(...Array.from({ length: steps - 1 }, () => DECLINED));
    for (let hours = 0; hours < 300; hours += 1) await opened.pass(HOUR_MS);
    const rows = (await opened.ledger.actionsOf("pi_1abc")).toSorted((a, b) => a.action.step - b.action.step);
    expect(rows.map(({ state }) => state)).toEqual([...Array(steps - 1).fill("declined"), "succeeded"]);
    expect(opened.memory.calls).toHaveLength(steps);
  });

  it.each([
    ["bank_debit", 2],
    ["card", policy.guardrails.retry.declinedMax],
  ] as const)("by a %s is the last after %i tries, for however many failures they were made", async (method, most) => {
    const opened = await openPipeline([renewed({ subscription: null }, { method })]);
    opened.answer(() => retries);
    opened.memory.disturb(...Array.from({ length: 20 }, () => DECLINED));
    for (let attempt = 1; attempt <= most + 2; attempt += 1) {
      await opened.decide(renewal({ id: `stripe:evt_${attempt}`, attempt }));
      // Far enough for all steps that its schedule has, and not beyond the window in which tries count.
      for (let hours = 0; hours < 40; hours += 1) await opened.pass(HOUR_MS);
    }
    expect(opened.memory.calls).toHaveLength(most);
    const last = (await opened.trace(`stripe:evt_${most + 2}`)).action;
    expect(last).toMatchObject({ caseAbout: { rule: "retries_left" } });
    expect(last?.caseReason).toContain("another way to pay");
  });

  it("is none where the tries for an earlier failure were as many as its method has by now", async () => {
    const opened = await openPipeline([renewed({ subscription: null })]);
    opened.answer(() => retries);
    opened.memory.disturb(...Array.from({ length: 20 }, () => DECLINED));
    await opened.decide(renewal());
    for (let hours = 0; hours < 300; hours += 1) await opened.pass(HOUR_MS);
    await opened.decide(renewal({ id: "stripe:evt_6", attempt: 6 }));
    while (opened.memory.calls.length === policy.guardrails.retry.maxSteps) await opened.pass(HOUR_MS);
    opened.memory.change("pi_1abc", { method: "bank_debit" });
    for (let hours = 0; hours < 100; hours += 1) await opened.pass(HOUR_MS);
    expect(opened.memory.calls).toHaveLength(policy.guardrails.retry.maxSteps + 1);
    const rows = (await opened.ledger.actionsOf("pi_1abc")).filter(({ action }) => action.factKey.endsWith(":6"));
    const last = rows.toSorted((a, b) => a.action.step - b.action.step).at(-1);
    expect(last).toMatchObject({ state: "case_open", action: { step: 2 }, caseAbout: { rule: "retries_left" } });
  });

  it("is left when its customer is to send the money by now", async () => {
    const { next, sent } = await second({ collection: "sent_by_customer" }, {});
    expect([next?.state, sent]).toEqual(["skipped", 1]);
  });

  it("is made for the same amount while nothing changed", async () => {
    const { next, sent } = await second({}, {});
    expect(next).toMatchObject({ state: "succeeded", action: { step: 2, amountMinor: 4_250 } });
    expect(sent).toBe(2);
  });
});

describe("a failed payment without an invoice", () => {
  it("is tried again where its customer agreed to be charged later", async () => {
    const { traced } = await decided(failedPayment(), unpaid({ agreement: AGREED }));
    expect(traced.action).toMatchObject({ action: { kind: "retryPayment", amountMinor: 4_250 }, caseReason: null });
  });

  it.each([
    ["without an agreement", { ...AGREED, isOffSession: false }, NOW],
    ["of 400 days ago", AGREED, NOW - 400 * 24 * HOUR_MS],
  ])("%s is left, with the reason", async (_what, agreement, createdAt) => {
    const { traced } = await decided(failedPayment(), unpaid({ agreement, createdAt }));
    expect(traced).toMatchObject({ state: "none", action: null });
    expect(traced.fact?.decision.record.verdicts.at(-1)).toMatchObject({ rule: "agreement" });
  });

  it("that another payment has perhaps replaced, or whose method was detached, is a person's", async () => {
    const replaced = await decided(failedPayment(), unpaid({ agreement: { ...AGREED, paidOtherwise: "pi_other" } }));
    expect(replaced.rule).toBe("agreement");
    const detached = await decided(failedPayment(), unpaid({ agreement: { ...AGREED, isAttached: false } }));
    expect(detached.rule).toBe("agreement");
  });
});

describe("what is referred to", () => {
  const planned = renewed({ nextAttemptAt: NOW + 24 * HOUR_MS });
  const NAMED = [
    ["its payment", { payment: "pi_1abc" }],
    ["its charge", { charge: "ch_1abc" }],
    ["its invoice", { invoice: "in_1abc" }],
  ] as const;

  it.each(NAMED)("by %s is left to the schedule of its invoice", async (_what, named) => {
    const { traced } = await decided(outside(named), planned);
    expect(traced.state).toBe("none");
    expect(traced.fact?.decision.record.verdicts.at(-1)).toMatchObject({ rule: "provider_retries" });
  });

  it.each(NAMED)("by %s is tried for the amount of its invoice, and in its name", async (_what, named) => {
    const { traced } = await decided(outside(named), renewed());
    expect(traced.action).toMatchObject({
      caseReason: null,
      action: { invoice: "in_1abc", payment: "pi_1abc", amountMinor: 4_250 },
    });
  });

  it.each(NAMED)("by %s, with another amount than is owed, is a person's", async (_what, named) => {
    const { rule } = await decided(outside({ ...named, amountMinor: 4_249, currency: "usd" }), renewed());
    expect(rule).toBe("amount_owed");
  });

  it("by a charge alone is the same fact as the failed renewal of its invoice", async () => {
    const { traced, asked } = await decided(failedPayment({ payment: undefined }), renewed());
    expect(traced).toMatchObject({ state: "none", event: { outcome: { reason: expect.stringContaining("in_1abc") } } });
    expect(asked).toEqual([]);
  });

  it("by a charge alone, of a payment without an invoice, is decided", async () => {
    const { traced } = await decided(failedPayment({ payment: undefined }), unpaid({ agreement: AGREED }));
    expect(traced.action).toMatchObject({ caseReason: null, action: { kind: "retryPayment", payment: "pi_1abc" } });
  });
});

describe("a pause that is asked for", () => {
  it("after a failed payment caused one has a row of its own, so that collecting ends", async () => {
    const opened = await open(renewed());
    opened.answer(() => ({ ...refundAnswer, action: "pause", target: "r3", reason: "It failed again." }));
    await opened.decide(renewal({ subscription: "sub_1abc", attempt: 2 }));
    const caused = (await opened.trace("stripe:evt_1")).action;
    expect(caused?.caseReason ?? null).toBeNull();
    const ref = { id: caused?.action.id ?? "", subject: caused?.action.subject ?? "" };
    const [begun] = await opened.ledger.begin([ref]);
    if (begun?.kind !== "granted") throw new Error(`not granted: ${begun?.kind}`);
    const outcome = { kind: "succeeded", providerObject: "sub_1abc", amountMinor: null, note: "paused" } as const;
    await opened.ledger.settle([{ ref, fence: begun.fence, outcome }]);
    opened.memory.changeSubscription("sub_1abc", { pause: { behavior: "keep_as_draft", endsByItself: false } });
    opened.answer(() => ({ ...refundAnswer, action: "pause" }));
    await opened.decide(pauseAsked());
    expect(await opened.trace("request:r1")).toMatchObject({ state: "ready", action: { action: { kind: "pause" } } });
    opened.answer(() => retries);
    await opened.decide(renewal({ id: "stripe:evt_9", attempt: 3 }));
    expect((await opened.trace("stripe:evt_9")).state).toBe("none");
  });

  it("while it is paused for another reason leaves nothing to do", async () => {
    const opened = await open(renewed(), pastDue({ pause: { behavior: "keep_as_draft", endsByItself: false } }));
    opened.answer(() => ({ ...refundAnswer, action: "pause" }));
    await opened.decide(pauseAsked());
    expect((await opened.trace("request:r1")).state).toBe("none");
  });
});

describe("how much of a payment was meant", () => {
  const held = paymentOf({ payment: "pi_1abc", status: "held", capturedMinor: 0, capturableMinor: 10_000 });
  const capture = (changes: Partial<PaymentEvent>) =>
    outside({
      payment: "pi_1abc",
      proposed: { action: "authorize", variant: "capture", reason: "shipped" },
      ...changes,
    });

  it.each([
    ["the whole, where no amount was named", {}, "whole", 10_000],
    ["a part, where one was", { amountMinor: 7_000, currency: "usd" }, "part", 7_000],
    ["a part, also where its amount is all there is", { amountMinor: 10_000, currency: "usd" }, "part", 10_000],
  ] as const)("is said by a capture: %s", async (_what, named, extent, amountMinor) => {
    const { traced } = await decided(capture(named), held);
    expect(traced.action).toMatchObject({ caseReason: null, action: { extent, amountMinor } });
  });

  it.each([
    [10_000, null],
    [9_000, "capturable"],
  ] as const)("is the whole of a hold only where it is as large as its event says: %i", async (amountMinor, rule) => {
    const opened = await open(held, null);
    opened.answer(() => ({ ...refundAnswer, action: "authorize", variant: "capture" }));
    const type = "payment_intent.amount_capturable_updated";
    await opened.decide(event({ type, payment: "pi_1abc", amountMinor, currency: "usd" }));
    const { action } = await opened.trace("stripe:evt_1");
    expect(action?.caseAbout?.rule ?? null).toBe(rule);
    if (rule === null) expect(action).toMatchObject({ action: { extent: "whole", amountMinor: 10_000 } });
  });

  it.each([
    ["its event's own sum", {}, "whole", 10_000],
    ["another sum, which its text names", { text: "Capture 70.00 USD of it." }, "part", 7_000],
  ] as const)("is said by the agent that points at %s: %s", async (_what, text, extent, amountMinor) => {
    const opened = await open(held, null);
    const amount = extent === "whole" ? "a1" : "a2";
    opened.answer(() => ({ ...refundAnswer, action: "authorize", variant: "capture", extent: "part", amount }));
    const type = "payment_intent.amount_capturable_updated";
    await opened.decide(event({ type, payment: "pi_1abc", amountMinor: 10_000, currency: "usd", ...text }));
    const { action } = await opened.trace("stripe:evt_1");
    expect(action).toMatchObject({ caseReason: null, action: { extent, amountMinor } });
  });

  it("is not said by a retry, which takes all that is owed", async () => {
    const { traced } = await decided(renewal(), renewed());
    expect(traced.action?.action).not.toHaveProperty("extent");
  });
});
