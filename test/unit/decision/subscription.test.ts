import { describe, expect, it } from "vitest";
import type { RouterAnswer } from "../../../shared/agents/router.ts";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import type { SubscriptionSnapshot } from "../../../shared/contracts/provider.ts";
import { openClassifier, refundAnswer } from "../../helpers/classifier.ts";
import { LOWER_PRICE, subscriptionOf } from "../../helpers/memory-provider.ts";
import { event } from "../../helpers/shard.ts";

const answerOf = (action: RouterAnswer["action"]): RouterAnswer => ({ ...refundAnswer, reason: "Asked for.", action });

const request = (n: number, text: string, changes: Partial<PaymentEvent> = {}) =>
  event({ id: `request:r${n}`, type: "countersign.request", text, ...changes });

async function open(seen: Partial<SubscriptionSnapshot> = {}) {
  const opened = await openClassifier([], [subscriptionOf(seen)]);
  opened.memory.prices.set(LOWER_PRICE.id, LOWER_PRICE);
  return opened;
}

describe("a request about a subscription", () => {
  it.each([
    ["pause", {}, { kind: "pause", variant: "keep_as_draft", amountMinor: null }],
    [
      "resume",
      { pause: { behavior: "void", endsByItself: false } },
      { kind: "resume", variant: null, amountMinor: null },
    ],
    ["cancel", {}, { kind: "cancel", variant: "at_period_end", amountMinor: null }],
    ["downgrade", {}, { kind: "downgrade", variant: null, amountMinor: 900, currency: "usd" }],
  ] as const)("in words is granted and rung for: %s", async (action, seen, expected) => {
    const { decide, answer, trace, rung } = await open(seen);
    answer(() => answerOf(action));
    await decide(request(1, `Please ${action} subscription sub_1abc.`));
    const traced = await trace("request:r1");
    expect(traced).toMatchObject({ state: "ready" });
    expect(traced.action?.grant).not.toBeNull();
    expect(traced.action?.action).toMatchObject({
      ...expected,
      subject: "sub_1abc",
      subscription: "sub_1abc",
      customer: "cus_1",
      payment: null,
      invoice: null,
    });
    expect(rung).toEqual([{ queue: "subscription", id: traced.action?.action.id }]);
  });

  it("as an outside decision passes the same guardrails", async () => {
    const { decide, trace } = await open();
    const outside = event({
      id: "outside:o1",
      type: "countersign.decision",
      subscription: "sub_1abc",
      proposed: { action: "pause", reason: "asked on the phone" },
    });
    await decide(outside);
    expect(await trace("outside:o1")).toMatchObject({ state: "ready", action: { action: { kind: "pause" } } });
  });

  it("as an outside decision is about the subscription also where its invoice is named beside it", async () => {
    const { decide, trace } = await open();
    const outside = event({
      id: "outside:o1",
      type: "countersign.decision",
      invoice: "in_1",
      subscription: "sub_1abc",
      proposed: { action: "cancel", reason: "asked on the phone" },
    });
    await decide(outside);
    expect(await trace("outside:o1")).toMatchObject({ state: "ready", action: { action: { subject: "sub_1abc" } } });
  });

  it("has no amount unless it is a downgrade, whatever the agent says", async () => {
    const { decide, answer, trace } = await open();
    answer(() => ({ ...answerOf("pause"), extent: "part", amount: "a1" }));
    await decide(request(1, "Please pause sub_1abc. I pay 42.50 USD."));
    expect(await trace("request:r1")).toMatchObject({
      state: "ready",
      action: { action: { amountMinor: null, currency: "usd" } },
    });
  });

  it("has the subscription as its subject also when it is a case", async () => {
    const { decide, answer, trace } = await open();
    answer(() => answerOf("pause"));
    await decide(request(1, "Please pause subscription sub_unknown1."));
    expect(await trace("request:r1")).toMatchObject({
      state: "case_opening",
      action: {
        caseReason: "no subscription was found for it",
        caseAbout: { rule: "subscription_known" },
        action: { subject: "sub_unknown1", subscription: "sub_unknown1", kind: "pause" },
      },
    });
    answer(() => answerOf("escalate"));
    await decide(request(2, "Something odd about sub_1abc."));
    expect((await trace("request:r2")).action?.action).toMatchObject({ kind: "escalate", subject: "sub_1abc" });
  });

  it("of another customer is a case, and nothing of it is told but that", async () => {
    const { decide, answer, trace } = await open();
    answer(() => answerOf("pause"));
    await decide(request(1, "Please pause sub_1abc.", { customer: "cus_other" }));
    expect(await trace("request:r1")).toMatchObject({
      state: "case_opening",
      action: { caseAbout: { rule: "customer" } },
    });
  });

  it("that names two subscriptions is a case, whichever the agent points at", async () => {
    const { decide, answer, trace } = await open();
    answer(() => answerOf("pause"));
    await decide(request(1, "Pause sub_1abc, not sub_2def."));
    expect(await trace("request:r1")).toMatchObject({
      state: "case_opening",
      action: {
        caseAbout: { rule: "one_subscription" },
        caseReason: "2 subscriptions are named: a person decides which is meant",
      },
    });
  });

  it("that names its second subscription behind more than an agent is shown is a case before Claude is asked", async () => {
    const { decide, answer, trace } = await open();
    answer(() => answerOf("cancel"));
    const payments = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `pi_none${n}`).join(", ");
    await decide(request(1, `For ${payments}: cancel sub_2def.`, { subscription: "sub_1abc" }));
    expect(await trace("request:r1")).toMatchObject({
      state: "case_opening",
      action: { caseReason: expect.stringContaining("10 references, at most 8 can be told apart") },
    });
  });

  it.each([
    ["takes itself back", "Please cancel sub_1abc. Wait, don't."],
    ["is denied", "Please do not cancel sub_1abc."],
    ["hides something", "Please cancel sub_1abc.\u200b"],
    ["names what looks like another id", "Please cancel sub_1abc, not SUB_2def."],
  ])("that %s is a case, whatever the agent says", async (_what, text) => {
    const { decide, answer, trace } = await open();
    answer(() => answerOf("cancel"));
    await decide(request(1, text));
    expect(await trace("request:r1")).toMatchObject({
      state: "case_opening",
      action: { grant: null, caseAbout: { rule: "text_read" } },
    });
  });

  it("for a refund that names a subscription beside its payment is one about the payment", async () => {
    const { decide, answer, trace } = await open();
    answer(() => ({ ...answerOf("refund"), target: "r1" }));
    await decide(request(1, "Refund pi_none1 of subscription sub_1abc."));
    expect((await trace("request:r1")).action).toMatchObject({
      caseReason: "no payment was found for it",
      action: { kind: "refund" },
    });
  });

  it("asks for nothing where it is so already", async () => {
    const { decide, answer, trace, rung } = await open({ pause: { behavior: "keep_as_draft", endsByItself: false } });
    answer(() => answerOf("pause"));
    await decide(request(1, "Please pause sub_1abc."));
    expect(await trace("request:r1")).toMatchObject({
      state: "none",
      event: { outcome: { kind: "none", reason: "the subscription is paused already" } },
    });
    expect(rung).toEqual([]);
  });
});

describe("a failed renewal", () => {
  const renewal = () => event({ payment: "pi_1", invoice: "in_1", subscription: "sub_1abc", attempt: 3 });

  it("may be answered with a pause, whose grant is for the subscription and touches no payment", async () => {
    const { decide, answer, trace } = await open({ status: "past_due" });
    // r1 is the payment, r2 the invoice, r3 the subscription.
    answer(() => ({ ...answerOf("pause"), target: "r3" }));
    await decide(renewal());
    const { action } = await trace("stripe:evt_1");
    expect(action).toMatchObject({
      state: "ready",
      action: { kind: "pause", subject: "sub_1abc", payment: null, invoice: null, factKey: "failed_renewal/in_1:3" },
    });
  });

  it("is a person's where the event does not name the subscription that the agent points at", async () => {
    const { decide, answer, trace } = await open({ status: "past_due" });
    answer(() => ({ ...answerOf("pause"), target: "r3" }));
    const { subscription: _subscription, ...unnamed } = renewal();
    await decide({ ...unnamed, text: "of sub_1abc" });
    expect((await trace("stripe:evt_1")).action).toMatchObject({
      state: "case_opening",
      caseAbout: { rule: "fits_fact" },
      grant: null,
    });
  });

  it("with a payment as the target of a pause is a person's", async () => {
    const { decide, answer, trace } = await open();
    answer(() => ({ ...answerOf("pause"), target: "r1" }));
    await decide(renewal());
    expect((await trace("stripe:evt_1")).action).toMatchObject({ state: "case_opening", grant: null });
  });

  it("never ends a subscription, whatever the agent proposes", async () => {
    const { decide, answer, trace } = await open({ status: "past_due" });
    answer(() => ({ ...answerOf("cancel"), target: "r3" }));
    await decide(renewal());
    expect((await trace("stripe:evt_1")).action).toMatchObject({
      state: "case_opening",
      caseAbout: { rule: "fits_fact" },
      grant: null,
    });
  });
});
