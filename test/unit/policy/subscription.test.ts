import { describe, expect, it } from "vitest";
import type { ExecutableKind, KindsOn } from "../../../shared/contracts/actions.ts";
import type { SubscriptionSnapshot } from "../../../shared/contracts/provider.ts";
import { guard } from "../../../shared/policy/guardrails/guard.ts";
import type { GuardedContext, GuardedProposal } from "../../../shared/policy/guardrails/rule.ts";
import { LOWER_PRICE, paymentOf, priceOf, subscriptionOf } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";

type Change = KindsOn<"subscription"> & ExecutableKind;
type Changes = {
  seen?: Partial<SubscriptionSnapshot>;
  proposal?: Partial<GuardedProposal>;
  context?: Partial<GuardedContext>;
};

const item = (price = priceOf()) => ({ id: "si_1", price, quantity: 1 });
/** A subscription on which the change is possible. */
const READY: Record<Change, Partial<SubscriptionSnapshot>> = {
  pause: {},
  resume: { pause: { behavior: "keep_as_draft", endsByItself: false } },
  downgrade: { lowerPrice: LOWER_PRICE },
  cancel: {},
};
const CHANGES = Object.keys(READY) as Change[];

function ask(kind: Change, { seen = {}, proposal = {}, context = {} }: Changes = {}) {
  const asked: GuardedProposal = {
    kind,
    variant: kind === "pause" ? "keep_as_draft" : null,
    amountMinor: null,
    currency: null,
    confidence: "high",
    by: "agent",
    extent: "whole",
    words: { amounts: [], doubts: [], asks: true },
    ...proposal,
  };
  const given: GuardedContext = {
    policy: policy.guardrails,
    mode: "test",
    customer: null,
    requester: null,
    decline: null,
    reservedMinor: 0,
    invoice: null,
    actionId: null,
    now: 0,
    firstGrant: true,
    stated: null,
    step: 1,
    triesForOthers: 0,
    ...context,
  };
  const { result, verdicts } = guard(asked, given, subscriptionOf({ ...READY[kind], ...seen }));
  return { ...result, verdicts };
}

describe.each(CHANGES)("to %s a subscription", (kind) => {
  it("is allowed where nothing speaks against it", () => {
    expect(ask(kind).kind).toBe("allow");
    expect(ask(kind, { seen: { status: "trialing" } }).kind).toBe("allow");
    expect(ask(kind, { seen: { status: "past_due" } }).kind).toBe("allow");
  });

  it("is a person's when there is no such subscription, or a payment stands there", () => {
    const proposal = {
      kind,
      variant: null,
      amountMinor: null,
      currency: null,
      confidence: "high",
      by: "agent",
      extent: "whole",
      words: { amounts: [], doubts: [], asks: true },
    } as const;
    const context = {
      policy: policy.guardrails,
      mode: "test",
      customer: null,
      requester: null,
      decline: null,
      reservedMinor: 0,
      invoice: null,
      actionId: null,
      now: 0,
      firstGrant: true,
      stated: null,
      step: 1,
      triesForOthers: 0,
    };
    for (const seen of [null, paymentOf()]) {
      const { result } = guard(proposal, context, seen);
      expect(result).toMatchObject({ kind: "escalate", rule: "subscription_known" });
    }
  });

  it.each([
    ["mode", { seen: { mode: "live" } }],
    ["customer", { context: { customer: "cus_2" } }],
    ["customer", { context: { customer: "cus_1" }, seen: { customer: null } }],
    ["requester", { context: { requester: "customer", customer: "cus_2" } }],
    ["requester", { context: { requester: "customer", customer: "cus_1" }, seen: { customer: null } }],
    ["requester", { context: { requester: "customer", customer: null } }],
    ["currency", { proposal: { amountMinor: 900, currency: null } }],
    [
      "currency",
      {
        proposal: { words: { amounts: [{ amountMinor: 900, currency: null, isAsked: true }], doubts: [], asks: true } },
      },
    ],
    ["schedule", { seen: { isScheduled: true } }],
    ["pending_update", { seen: { hasPendingUpdate: true } }],
    ["one_item", { seen: { items: [item(), { ...item(), id: "si_2" }] } }],
    ["one_item", { seen: { items: [] } }],
    ["confidence", { proposal: { confidence: "medium" } }],
    ["confidence", { proposal: { confidence: "low" } }],
  ] as [string, Changes][])("is a person's because of %s", (rule, changes) => {
    expect(ask(kind, changes)).toMatchObject({ kind: "escalate", rule });
  });

  it("is allowed its own customer", () => {
    const context = { requester: "customer", customer: "cus_1" } as const;
    expect(ask(kind, { context, seen: { ...READY[kind], customer: "cus_1" } }).kind).toBe("allow");
  });

  it.each(["unpaid", "incomplete", "paused", "other"] as const)("is a person's while it is %s", (status) => {
    expect(ask(kind, { seen: { status } })).toMatchObject({ kind: "escalate" });
  });

  it("tells whose it is before anything else: a stranger learns nothing of it", () => {
    const { verdicts } = ask(kind, { context: { customer: "cus_2" }, seen: { status: "ended" } });
    expect(verdicts.at(-1)?.rule).toBe("customer");
  });

  it("has no effect on one that has ended", () => {
    expect(ask(kind, { seen: { status: "ended" } }).kind).not.toBe("allow");
  });
});

describe("pause", () => {
  it("is left where it is paused so already, and a person's where its invoices are treated otherwise", () => {
    expect(ask("pause", { seen: { pause: { behavior: "keep_as_draft", endsByItself: false } } })).toMatchObject({
      kind: "leave",
      reason: "the subscription is paused already",
    });
    expect(ask("pause", { seen: { pause: { behavior: "void", endsByItself: false } } })).toMatchObject({
      kind: "escalate",
      rule: "already",
    });
  });

  it("is a person's where it is paused only until a date: collecting would begin again by itself", () => {
    expect(ask("pause", { seen: { pause: { behavior: "keep_as_draft", endsByItself: true } } })).toMatchObject({
      kind: "escalate",
      rule: "already",
    });
  });

  it.each(["at_period_end", "at_date"] as const)("is a person's when it is to end %s anyway", (ends) => {
    expect(ask("pause", { seen: { ends } })).toMatchObject({ kind: "escalate", rule: "already" });
  });
});

describe("resume", () => {
  it("is left where nothing is paused", () => {
    expect(ask("resume", { seen: { pause: null } })).toMatchObject({
      kind: "leave",
      reason: "the subscription is not paused",
    });
  });

  it("is a person's where the status is paused, since resuming that may collect", () => {
    expect(ask("resume", { seen: { status: "paused" } })).toMatchObject({
      kind: "escalate",
      reason: "the subscription itself is paused: resuming it may collect at once",
    });
  });
});

describe("downgrade", () => {
  it("is to the price that policy names, and its amount is that price's", () => {
    expect(ask("downgrade")).toMatchObject({ kind: "allow", amountMinor: 900 });
  });

  it("is left at the lower price already", () => {
    expect(ask("downgrade", { seen: { items: [item(LOWER_PRICE)], lowerPrice: null } })).toMatchObject({
      kind: "leave",
      rule: "already",
    });
  });

  it.each([
    ["policy names no lower price", { items: [item(priceOf({ id: "price_standin_team_monthly" }))], lowerPrice: null }],
    ["the price does not exist", { lowerPrice: null }],
    ["the price is not for sale any more", { lowerPrice: { ...LOWER_PRICE, isActive: false } }],
    ["the subscription has a discount", { lowerPrice: LOWER_PRICE, hasDiscount: true }],
    ["taxes come on top of it", { lowerPrice: { ...LOWER_PRICE, taxes: "exclusive" } }],
    ["its currency does not fit", { lowerPrice: { ...LOWER_PRICE, currency: "eur" } }],
    ["the subscription is in a further currency of both prices", { currency: "eur" }],
    ["its interval does not fit", { lowerPrice: { ...LOWER_PRICE, interval: "1 year" } }],
    ["its interval does not fit", { lowerPrice: { ...LOWER_PRICE, interval: null } }],
    ["it has no one amount", { lowerPrice: { ...LOWER_PRICE, amountMinor: null } }],
    ["it is as dear", { lowerPrice: { ...LOWER_PRICE, amountMinor: 2_900 } }],
    ["it is dearer", { lowerPrice: { ...LOWER_PRICE, amountMinor: 2_901 } }],
    ["another price was read", { lowerPrice: { ...LOWER_PRICE, id: "price_other" } }],
  ] as [string, Partial<SubscriptionSnapshot>][])("is a person's when %s", (_why, seen) => {
    expect(ask("downgrade", { seen })).toMatchObject({ kind: "escalate", rule: "lower_price" });
  });

  it("is a person's where another amount or currency was named than the lower price's", () => {
    expect(ask("downgrade", { proposal: { amountMinor: 900, currency: "usd" } }).kind).toBe("allow");
    for (const proposal of [
      { amountMinor: 500, currency: "usd" },
      { amountMinor: 900, currency: "jpy" },
      { currency: "jpy" },
    ])
      expect(ask("downgrade", { proposal })).toMatchObject({ kind: "escalate", rule: "lower_price" });
  });

  it("once granted holds only while the lower price is what it was", () => {
    const again = { context: { firstGrant: false } };
    expect(ask("downgrade", { ...again, proposal: { amountMinor: 900, currency: "usd" } }).kind).toBe("allow");
    expect(ask("downgrade", { ...again, proposal: { amountMinor: 800, currency: "usd" } })).toMatchObject({
      rule: "lower_price",
    });
    expect(ask("downgrade", again)).toMatchObject({ kind: "escalate", rule: "lower_price" });
  });
});

describe("cancel", () => {
  it.each([
    ["it has ended", { status: "ended" }, "the subscription has ended already"],
    ["it ends with its period", { ends: "at_period_end" }, "the subscription ends with its period already"],
  ] as const)("is left where %s already", (_why, seen, reason) => {
    expect(ask("cancel", { seen })).toMatchObject({ kind: "leave", reason });
  });

  it("is a person's where it is to end at another date", () => {
    expect(ask("cancel", { seen: { ends: "at_date" } })).toMatchObject({ kind: "escalate", rule: "already" });
  });

  it("at once is allowed where it would end with its period, and is policy's to say", () => {
    const proposal = { variant: "at_once" } as const;
    expect(ask("cancel", { proposal, seen: { ends: "at_period_end" } }).kind).toBe("allow");
    expect(policy.guardrails.variants.cancel).toBe("at_period_end");
  });
});
