import { describe, expect, it } from "vitest";
import type { Action } from "../../../shared/contracts/action.ts";
import type { SubscriptionSnapshot } from "../../../shared/contracts/provider.ts";
import { openExecution } from "../../helpers/execution.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { LOWER_PRICE, priceOf, subscriptionOf } from "../../helpers/memory-provider.ts";
import { failure } from "../../helpers/shard.ts";

const change = (n: number, kind: Action["kind"], changes: Partial<Action> = {}): Action =>
  refundAction(n, {
    kind,
    variant: kind === "pause" ? "keep_as_draft" : null,
    subject: "sub_1abc",
    payment: null,
    subscription: "sub_1abc",
    amountMinor: null,
    currency: "usd",
    ...changes,
  });
const PAUSE = change(1, "pause");
const RESUME = change(2, "resume");
const DOWNGRADE = change(3, "downgrade", { amountMinor: 900 });
const CANCEL = change(6, "cancel", { variant: "at_period_end" });
const CANCEL_AT_ONCE = change(7, "cancel", { variant: "at_once" });

async function open(seen: Partial<SubscriptionSnapshot> = {}) {
  const opened = await openExecution([], 1, [subscriptionOf(seen)]);
  opened.memory.prices.set(LOWER_PRICE.id, LOWER_PRICE);
  return opened;
}

describe("a granted change of a subscription", () => {
  it.each([
    ["pause", PAUSE, {}, { pause: { behavior: "keep_as_draft", endsByItself: false } }],
    ["resume", RESUME, { pause: { behavior: "void", endsByItself: false } }, { pause: null }],
    ["downgrade", DOWNGRADE, {}, { items: [{ id: "si_1", price: LOWER_PRICE, quantity: 1 }] }],
    ["cancel", CANCEL, {}, { ends: "at_period_end", status: "active" }],
    ["cancel", CANCEL_AT_ONCE, { ends: "at_period_end" }, { status: "ended" }],
  ] as const)("is made once: %s", async (what, action, before, after) => {
    const { put, run, memory, view } = await open(before as Partial<SubscriptionSnapshot>);
    await put(action);
    expect(await run("subscription", action)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect(memory.subscriptionOf("sub_1abc")).toMatchObject(after);
    expect(await run("subscription", action)).toEqual([{ kind: "ack", outcome: "already_succeeded" }]);
    expect(memory.calls).toMatchObject([{ what, key: `${action.id}:0`, effect: true }]);
    expect(await view(action)).toMatchObject({ state: "succeeded", outcome: { providerObject: "sub_1abc" } });
  });

  it.each([
    ["pause", PAUSE, { pause: { behavior: "keep_as_draft", endsByItself: false } }],
    ["resume", RESUME, { pause: null }],
    ["downgrade", DOWNGRADE, { items: [{ id: "si_1", price: LOWER_PRICE, quantity: 1 }] }],
    ["cancel", CANCEL, { ends: "at_period_end" }],
    ["cancel at once", CANCEL_AT_ONCE, { status: "ended" }],
  ] as [string, Action, Partial<SubscriptionSnapshot>][])(
    "leaves nothing to do where it is so already: %s is skipped, and nothing is sent",
    async (_what, action, seen) => {
      const { put, run, memory } = await open(seen);
      await put(action);
      expect(await run("subscription", action)).toEqual([{ kind: "ack", outcome: "skipped" }]);
      expect(memory.calls).toEqual([]);
    },
  );

  it.each([
    ["pause", PAUSE, {}],
    ["resume", RESUME, { pause: { behavior: "void", endsByItself: false } }],
    ["downgrade", DOWNGRADE, {}],
    ["cancel", CANCEL, {}],
    ["cancel at once", CANCEL_AT_ONCE, {}],
  ] as const)("whose answer was lost is found by reading, and not made again: %s", async (_what, action, seen) => {
    const { put, run, memory, view, clock } = await open(seen);
    await put(action);
    memory.disturb({ kind: "lost_answer" });
    await run("subscription", action);
    expect((await view(action)).state).toBe("unknown");
    clock.now += 60_000;
    await run("subscription", action);
    expect((await view(action)).state).toBe("succeeded");
    expect(memory.effects()).toBe(1);
  });

  it.each([
    ["it has ended", PAUSE, { status: "ended" }],
    ["its status is paused", RESUME, { status: "paused", pause: { behavior: "void", endsByItself: false } }],
    ["a schedule manages it", PAUSE, { isScheduled: true }],
    ["a schedule manages it", CANCEL, { isScheduled: true }],
    ["it is to end at a date", CANCEL, { ends: "at_date" }],
    ["a change of it waits for a payment", DOWNGRADE, { hasPendingUpdate: true }],
    [
      "it has several items now",
      DOWNGRADE,
      { items: [1, 2].map((n) => ({ id: `si_${n}`, price: priceOf(), quantity: 1 })) },
    ],
    [
      "it is at another price now",
      DOWNGRADE,
      { items: [{ id: "si_1", price: priceOf({ id: "price_other" }), quantity: 1 }] },
    ],
  ] as const)("is a person's when %s by the time of sending", async (_why, action, seen) => {
    const { put, run, memory, rung } = await open(seen as Partial<SubscriptionSnapshot>);
    await put(action);
    expect(await run("subscription", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect([memory.calls, rung]).toEqual([[], [{ queue: "escalate", id: action.id }]]);
  });

  it("that a person took back after its answer was lost is not made again once its key is forgotten", async () => {
    const { put, run, memory, view, clock } = await open();
    await put(PAUSE);
    memory.disturb({ kind: "lost_answer" });
    await run("subscription", PAUSE);
    memory.changeSubscription("sub_1abc", { pause: null });
    clock.now += 23 * 60 * 60_000 + 1;
    expect(await run("subscription", PAUSE)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(memory.effects()).toBe(1);
    expect(await view(PAUSE)).toMatchObject({ state: "case_opening", caseAbout: { rule: "taken_back" } });
  });

  it("that somebody else made after an attempt without effect is not counted as ours", async () => {
    const { put, run, memory, clock } = await open();
    await put(PAUSE);
    memory.disturb({ kind: "answer", effect: { kind: "not_now", failure: failure("provider_rate_limited") } });
    await run("subscription", PAUSE);
    memory.changeSubscription("sub_1abc", { pause: { behavior: "keep_as_draft", endsByItself: false } });
    clock.now += 60 * 60_000;
    expect(await run("subscription", PAUSE)).toEqual([{ kind: "ack", outcome: "skipped" }]);
    expect(memory.effects()).toBe(0);
  });

  it("keeps the quantity: five seats are five at the lower price", async () => {
    const { put, run, memory } = await open({ items: [{ id: "si_1", price: priceOf(), quantity: 5 }] });
    await put(DOWNGRADE);
    await run("subscription", DOWNGRADE);
    expect(memory.subscriptionOf("sub_1abc")?.items).toEqual([{ id: "si_1", price: LOWER_PRICE, quantity: 5 }]);
  });

  it("is a person's when the lower price costs something else now, or exists no more", async () => {
    for (const price of [{ ...LOWER_PRICE, amountMinor: 1_000 }, null]) {
      const { put, run, memory, view } = await open();
      if (price === null) memory.prices.delete(LOWER_PRICE.id);
      else memory.prices.set(price.id, price);
      await put(DOWNGRADE);
      await run("subscription", DOWNGRADE);
      expect(memory.calls).toEqual([]);
      expect(await view(DOWNGRADE)).toMatchObject({ state: "case_opening", caseAbout: { rule: "lower_price" } });
    }
  });

  it("is a person's when there is no such subscription any more", async () => {
    const { put, run, memory } = await openExecution([]);
    await put(PAUSE);
    expect(await run("subscription", PAUSE)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(memory.calls).toEqual([]);
  });
});

describe("two changes of one subscription", () => {
  it("that contradict each other: the second is a person's, and names the first", async () => {
    const { put, run, view, memory } = await open();
    await put(PAUSE);
    await put(change(4, "resume"));
    expect(await view(change(4, "resume"))).toMatchObject({
      state: "case_opening",
      caseAbout: { rule: "duplicate" },
      caseReason: expect.stringContaining(PAUSE.id),
    });
    await run("subscription", PAUSE);
    expect(memory.effects()).toBe(1);
  });

  it("contradict each other within a minute also when the first is done, and not later", async () => {
    const { put, run, view, clock } = await open();
    await put(PAUSE);
    await run("subscription", PAUSE);
    clock.now += 59_000;
    await put(change(4, "resume"));
    expect((await view(change(4, "resume"))).state).toBe("case_opening");
    clock.now += 2_000;
    await put(change(5, "resume"));
    expect((await view(change(5, "resume"))).state).toBe("ready");
  });

  it("that are the same are one: the second is skipped while the first is under way", async () => {
    const { put, view } = await open();
    await put(PAUSE);
    const second = change(4, "pause");
    await put(second);
    expect(await view(second)).toMatchObject({
      state: "skipped",
      outcome: { note: expect.stringContaining(PAUSE.id) },
    });
  });
});
