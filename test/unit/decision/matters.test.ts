/** The facts of people but disputes: what makes a case of each, and what makes none. */
import { describe, expect, it } from "vitest";
import type { Action } from "../../../shared/contracts/action.ts";
import type { Matters } from "../../../shared/contracts/provider.ts";
import { newAction, refundAction } from "../../helpers/ledger.ts";
import { openMatters, refundObject, stripeEvent } from "../../helpers/matters.ts";
import { AGREED, paymentOf } from "../../helpers/memory-provider.ts";
import { event } from "../../helpers/shard.ts";

type Open = Awaited<ReturnType<typeof openMatters>>;

describe("a refund that nobody of us made", () => {
  const FAILED = { status: "failed", word: "failed", failureReason: "expired_or_canceled_card" } as const;
  const REPORTS = ["refund.failed", "refund.updated", "charge.refund.updated", "refund.created"];

  it("and that failed is one case, by whichever events and however often it is told", async () => {
    for (const first of REPORTS) {
      const { memory, tell, cases } = await openMatters();
      memory.putMatter("refund", "re_9", FAILED);
      const others = REPORTS.filter((type) => type !== first);
      await tell(...[first, ...others].map((type, n) => stripeEvent(`${n}`, type, refundObject("failed"))));
      expect(cases().map(({ reason }) => reason)).toEqual([
        "a refund (re_9) of pi_1: failed, expired_or_canceled_card, 42.50 USD; the customer has not got the money: pay it back in another way, or ask for another account.",
      ]);
    }
  });

  it("is one case of its own for each refund of a payment", async () => {
    const { tell, cases } = await openMatters();
    await tell(
      stripeEvent("1", "refund.failed", refundObject("failed")),
      stripeEvent("2", "refund.failed", refundObject("failed", { id: "re_8" })),
    );
    expect(cases().length).toBe(2);
  });

  it("that waits for its customer is a case, which follows when it fails and closes when it succeeded", async () => {
    const { memory, tell, cases } = await openMatters();
    memory.putMatter("refund", "re_9", { status: "requires_action", word: "requires_action", failureReason: null });
    await tell(stripeEvent("1", "refund.created", refundObject("requires_action")));
    expect(cases()).toMatchObject([{ state: "open", status: "requires_action" }]);
    memory.putMatter("refund", "re_9", FAILED);
    await tell(stripeEvent("2", "refund.updated", refundObject("failed"), {}, 1));
    expect(cases()).toMatchObject([{ state: "open", status: "failed" }]);
    memory.putMatter("refund", "re_9", { status: "succeeded", word: "succeeded", failureReason: null });
    await tell(stripeEvent("3", "charge.refund.updated", refundObject("failed"), {}, 1));
    expect(cases()).toMatchObject([{ state: "closed", status: "succeeded" }]);
  });

  it.each(["refund.updated", "charge.refund.updated"])(
    "that succeeds after it waited closes its case by %s, which alone asks for nothing and reads nothing",
    async (type) => {
      const { memory, tell, cases, endOf } = await openMatters();
      const done = (id: string) => stripeEvent(id, type, refundObject("succeeded"), {}, 1);
      await tell(done("early"));
      expect([await endOf("stripe:evt_early"), memory.reads()]).toEqual([
        { state: "none", reason: `${type} asks for no decision` },
        0,
      ]);
      memory.putMatter("refund", "re_9", { status: "requires_action", word: "requires_action", failureReason: null });
      await tell(stripeEvent("1", "refund.created", refundObject("requires_action")));
      memory.putMatter("refund", "re_9", { status: "succeeded", word: "succeeded", failureReason: null });
      await tell(done("late"));
      expect(cases()).toMatchObject([{ state: "closed", status: "succeeded" }]);
    },
  );

  it("is judged by what the provider has, when an older event comes late", async () => {
    const { memory, tell, cases, endOf } = await openMatters();
    memory.putMatter("refund", "re_9", { status: "succeeded", word: "succeeded", failureReason: null });
    await tell(stripeEvent("1", "refund.updated", refundObject("requires_action")));
    expect([cases(), await endOf("stripe:evt_1")]).toEqual([
      [],
      { state: "none", reason: "a refund (re_9) of pi_1: succeeded, 42.50 USD; nothing is left to do." },
    ]);
  });

  it("that succeeds closes its case also where nobody can check that, and where it carries the id of an action that is not its own", async () => {
    for (const metadata of [{}, { action_id: `act_${"a".repeat(32)}` }]) {
      const { tell, cases } = await openMatters();
      await tell(stripeEvent("1", "refund.created", refundObject("requires_action", { metadata })));
      await tell(stripeEvent("2", "refund.updated", refundObject("succeeded", { metadata }), {}, 1));
      expect(cases()).toMatchObject([{ state: "closed", status: "succeeded" }]);
      expect(cases()[0]?.reason).toMatch(/^a refund \(re_9\) of pi_1: succeeded, .* nothing is left to do. Not read/);
    }
  });

  it.each(["refund.created", "refund.updated", "charge.refund.updated"])(
    "in a status that is not known here is a person's, by %s",
    async (type) => {
      const { tell, cases } = await openMatters();
      await tell(stripeEvent("1", type, refundObject("blocked")));
      expect(cases()).toMatchObject([{ state: "open", status: "blocked" }]);
      expect(cases()[0]?.reason).toMatch(/: blocked, 42.50 USD; what that means is not known here: look at it in/);
    },
  );

  it("whose event tells that it failed has failed, whatever status the event has", async () => {
    const { tell, cases } = await openMatters();
    await tell(stripeEvent("1", "refund.failed", refundObject("pending")));
    expect(cases()).toMatchObject([{ state: "open", status: "failed" }]);
  });

  it("and that the provider does not know is what the event says", async () => {
    const { tell, cases } = await openMatters();
    await tell(stripeEvent("1", "refund.updated", refundObject("canceled")));
    expect(cases()[0]?.reason).toMatch(
      /canceled, 42.50 USD; .* Not read at Stripe \(Stripe has no re_9 that can be read\)/,
    );
  });
});

describe("a hold that ran out", () => {
  const charge = { id: "ch_9", object: "charge", amount: 4_250, currency: "usd", payment_intent: "pi_8" };
  const expired = stripeEvent("1", "charge.expired", charge);
  const hold = (cancellation: string | null): Matters["hold"] => ({ status: "canceled", cancellation });

  it.each(["automatic", "expired", null])("by itself (%s) is a case", async (why) => {
    const { memory, tell, cases } = await openMatters();
    memory.putMatter("hold", "pi_8", hold(why));
    await tell(expired);
    expect(cases().length).toBe(1);
  });

  it.each(["requested_by_customer", "abandoned", "duplicate", "fraudulent", "void_invoice"])(
    "because somebody canceled its payment (%s) is recorded with that",
    async (why) => {
      const { memory, tell, cases, endOf } = await openMatters();
      memory.putMatter("hold", "pi_8", hold(why));
      await tell(expired);
      expect([cases(), (await endOf(expired.id)).reason]).toEqual([
        [],
        `charge.expired asks for no decision: pi_8 was canceled on purpose (${why})`,
      ]);
    },
  );

  it("that could not be read is a case that says so", async () => {
    const { tell, cases } = await openMatters();
    await tell(expired);
    expect(cases()[0]?.reason).toMatch(/Whether that was on purpose was not read/);
  });

  it.each([
    ["release", "succeeded", 0],
    ["capture", "succeeded", 1],
    ["release", "declined", 1],
  ] as const)("after a %s of ours that %s is %d cases", async (variant, kind, count) => {
    const { ledger, memory, tell, cases } = await openMatters();
    memory.putMatter("hold", "pi_8", hold(null));
    const action = refundAction(8, { kind: "authorize", variant, subject: "pi_8", payment: "pi_8" });
    const ref = { id: action.id, subject: action.subject };
    await ledger.putActions([newAction(action)]);
    const [begun] = await ledger.begin([ref]);
    if (begun?.kind !== "granted") throw new Error("not granted");
    const outcome =
      kind === "declined"
        ? ({ kind, note: "", declineCode: null, next: null } as const)
        : ({ kind, providerObject: "pi_8", amountMinor: null, note: "" } as const);
    await ledger.settle([{ ref, fence: begun.fence, outcome }]);
    await tell(expired);
    expect(cases().length).toBe(count);
  });
});

describe("a mandate that ended", () => {
  const ended = stripeEvent("1", "mandate.updated", { id: "mandate_1", object: "mandate", status: "inactive" });

  const PAYMENTS = ["pi_10", "pi_20", "pi_30", "pi_40", "pi_50", "pi_60"];
  /** Payments that would be charged with this method. */
  const chargedBy = (method: string | null) =>
    PAYMENTS.map((payment) => paymentOf({ payment, triedMethod: null, agreement: { ...AGREED, method } }));
  /** A retry of cus_1's payment that waits. */
  async function waiting(open: Open, n: number, changes: Partial<Action> = {}) {
    const payment = `pi_${n}0`;
    const action = refundAction(n, { kind: "retryPayment", subject: payment, payment, customer: "cus_1", ...changes });
    await open.ledger.putActions([newAction(action, { notBefore: open.clock.now + 10 ** 8 })]);
    return action;
  }
  const withMandate = async (charged: string | null, changes: Partial<Matters["mandate"]> = {}) => {
    const open = await openMatters(chargedBy(charged));
    open.memory.putMatter("mandate", "mandate_1", { word: "inactive", method: "pm_9", customer: "cus_1", ...changes });
    return open;
  };

  it("is a case where a retry that waits would use its method, and names the retry", async () => {
    const open = await withMandate("pm_9");
    const action = await waiting(open, 1);
    await open.tell(ended);
    expect(open.cases()[0]?.reason).toContain(`${action.id} would charge pm_9`);
  });

  it.each([
    ["another method", "pm_1", {}],
    ["another customer", "pm_9", { customer: "cus_2" }],
    ["another account", "pm_9", { account: "acct_2" }],
  ])("is recorded where the retry is of %s", async (_what, method, changes) => {
    const open = await withMandate(method);
    await waiting(open, 1, changes);
    await open.tell(ended);
    expect([open.cases(), (await open.endOf(ended.id)).reason]).toEqual([
      [],
      "mandate.updated asks for no decision: no retry of cus_1 waits on it",
    ]);
  });

  it("is a person's where it is not known what a retry would charge", async () => {
    const open = await withMandate(null);
    await waiting(open, 1);
    await open.tell(ended);
    expect(open.cases().length).toBe(1);
  });

  it("is a person's where so many retries wait that they are not read one by one", async () => {
    const open = await withMandate("pm_1");
    for (const n of [1, 2, 3, 4, 5, 6]) await waiting(open, n);
    await open.tell(ended);
    expect(open.cases()[0]?.reason).toContain("6 retries of cus_1 wait");
  });

  it("is a person's where its method is not said or it cannot be read, and nobody's where it is active again", async () => {
    const unsaid = await withMandate("pm_1", { method: null });
    await unsaid.tell(ended);
    expect(unsaid.cases()[0]?.reason).toContain("its payment method is not said");
    const unread = await openMatters();
    await unread.tell(ended);
    expect(unread.cases()[0]?.reason).toContain("was not read (Stripe has no mandate_1 that can be read)");
    const active = await withMandate("pm_1", { word: "active" });
    await active.tell(ended);
    expect([active.cases(), (await active.endOf(ended.id)).reason]).toEqual([
      [],
      "mandate.updated asks for no decision: the mandate is active",
    ]);
  });
});

describe("an account", () => {
  const updated = (n: number, charges: boolean, payouts: boolean) =>
    stripeEvent(
      `${n}`,
      "account.updated",
      { id: "acct_1", object: "account", charges_enabled: charges, payouts_enabled: payouts },
      { account: "acct_1" },
      n,
    );
  const stands = (isCharging: boolean, isPaidOut: boolean) => ({ isCharging, isPaidOut, why: null });

  it.each([
    ["charges disabled", false, true],
    ["payouts disabled", true, false],
    ["charges and payouts disabled", false, false],
  ])(
    "with %s is a case, which closes when it is enabled again and opens again when it is not",
    async (says, charges, payouts) => {
      const { memory, tell, cases } = await openMatters();
      memory.putMatter("account", "acct_1", stands(charges, payouts));
      await tell(updated(1, charges, payouts));
      expect(cases()).toMatchObject([{ state: "open", reason: expect.stringContaining(`acct_1: ${says};`) }]);
      memory.putMatter("account", "acct_1", stands(true, true));
      await tell(updated(2, true, true));
      expect(cases()).toMatchObject([{ state: "closed", status: "enabled" }]);
      memory.putMatter("account", "acct_1", stands(charges, payouts));
      await tell(updated(3, charges, payouts));
      expect(cases().map(({ state }) => state)).toEqual(["open"]);
    },
  );

  it("that is enabled is nobody's, and what an event of it does not say is not guessed", async () => {
    const { memory, tell, cases, endOf } = await openMatters();
    memory.putMatter("account", "acct_1", stands(true, true));
    await tell(updated(1, true, true), stripeEvent("2", "account.updated", { id: "acct_1", object: "account" }));
    expect(cases()).toEqual([]);
    expect(await endOf("stripe:evt_2")).toEqual({ state: "none", reason: "account.updated asks for no decision" });
  });

  it("that disconnects, connects and disconnects again is a case each time", async () => {
    const { tell, cases } = await openMatters();
    const left = (n: number) =>
      stripeEvent(
        `${n}`,
        "account.application.deauthorized",
        { id: "ca_1", object: "application" },
        { account: "acct_1" },
        n,
      );
    await tell(left(1), { ...left(1), id: "stripe:evt_again" }, left(2));
    expect(cases().length).toBe(2);
  });
});

describe("what says beyond its type that nobody has to act", () => {
  it.each([
    ["a subscription that its customer ended", "customer.subscription.deleted", "cancellation_requested", "none"],
    ["a subscription that was not paid", "customer.subscription.deleted", "payment_failed", "case_open"],
    [
      "a subscription that ended for a reason nobody knows",
      "customer.subscription.deleted",
      "something_new",
      "case_open",
    ],
    ["a subscription of which it is not said", "customer.subscription.deleted", null, "none"],
  ])("%s", async (_what, type, reason, state) => {
    const { tell, endOf } = await openMatters();
    const told = stripeEvent("1", type, { id: "sub_1", object: "subscription", cancellation_details: { reason } });
    await tell(told);
    expect((await endOf(told.id)).state).toBe(state);
  });

  it.each([
    ["by a call", { id: "req_1", idempotency_key: null }, {}, "none"],
    ["by Stripe, at the end of its period", { id: null }, { cancel_at_period_end: true }, "none"],
    ["by Stripe, at the time that was set", { id: null }, { cancel_at: 1_790_000_000 }, "none"],
    ["by Stripe, for nothing that was asked or set", { id: null }, {}, "case_open"],
    ["by whom is not said", undefined, {}, "none"],
  ])("a subscription that ended in an event of before 2023: %s", async (_what, request, changes, state) => {
    const { tell, endOf } = await openMatters();
    const ended = { id: "sub_1", object: "subscription", cancel_at_period_end: false, cancel_at: null, ...changes };
    const told = stripeEvent("1", "customer.subscription.deleted", ended, { request });
    await tell(told);
    expect((await endOf(told.id)).state).toBe(state);
  });

  it.each([
    [true, "case_open"],
    [false, "none"],
    [undefined, "case_open"],
  ])("an early fraud warning whose actionable is %s", async (actionable, state) => {
    const { tell, endOf } = await openMatters();
    const warning = { id: "issfr_1", object: "radar.early_fraud_warning", charge: "ch_1", actionable };
    await tell(stripeEvent("1", "radar.early_fraud_warning.created", warning));
    expect((await endOf("stripe:evt_1")).state).toBe(state);
  });

  it.each([
    ["a payment", { payment_intent: "pi_1" }],
    ["an invoice", { invoice: "in_1" }],
  ])("a failed charge of %s, whose own event decides", async (_what, of) => {
    const { tell, endOf } = await openMatters();
    const charge = { id: "ch_9", object: "charge", amount: 4_250, currency: "usd", ...of };
    await tell(stripeEvent("1", "charge.failed", charge));
    expect(await endOf("stripe:evt_1")).toEqual({
      state: "none",
      reason: "same fact as payment_intent.payment_failed or invoice.payment_failed, which decides",
    });
  });
});

it("a conflict of what was signed with what was sent before is a person's, once an id, with its text", async () => {
  const { tell, cases } = await openMatters();
  const text =
    "stripe:evt_1 came signed with 50.00 USD after it was sent with 42.50 USD; what was done about the first stands";
  const conflict = { type: "countersign.conflict", object: "stripe:evt_1", payment: "pi_1", text };
  await tell(event({ id: "conflict:stripe:evt_1", ...conflict }), event({ id: "conflict:again", ...conflict }));
  expect(cases()).toMatchObject([{ state: "open", subject: "pi_1", reason: text }]);
});

describe("of another mode or with a defect", () => {
  it.each([
    ["live", { livemode: true }, /a live event in a system that works in test mode/],
    [
      "without the id of what it is about",
      { data: { object: { object: "payout" } } },
      /payout.failed without the id of what it is about/,
    ],
  ])("%s: a person's fact is a case, and nothing is read", async (_what, more, says) => {
    const { memory, tell, cases } = await openMatters();
    await tell(stripeEvent("1", "payout.failed", { id: "po_1", object: "payout" }, more));
    expect([memory.reads(), cases().length]).toEqual([0, 1]);
    expect(cases()[0]?.reason).toMatch(says);
  });
});
