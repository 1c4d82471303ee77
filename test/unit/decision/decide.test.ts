import { describe, expect, it } from "vitest";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import { Unavailable } from "../../../shared/contracts/failure.ts";
import type { InvoiceState } from "../../../shared/contracts/provider.ts";
import { err } from "../../../shared/core/result.ts";
import type { DecisionDeps } from "../../../shared/decision/deps.ts";
import { declineOf } from "../../../shared/providers/stripe/declines.ts";
import { handleBatch } from "../../../workers/classifier/handle.ts";
import { openClassifier, partAnswer, refundAnswer } from "../../helpers/classifier.ts";
import { invoiceOf, paymentOf } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";
import { event } from "../../helpers/shard.ts";

const HOUR_MS = 3_600_000;
const bell = { kind: "event", id: "request:1", nonce: "n", summary: "s" } as const;
const request = (changes: Partial<PaymentEvent> = {}) =>
  event({
    id: "request:1",
    type: "countersign.request",
    payment: "pi_1",
    text: "Refund 42.50 USD, charged twice.",
    ...changes,
  });
const invoice: InvoiceState = invoiceOf();
const failed = paymentOf({
  invoice: "in_1",
  invoiceState: invoice,
  status: "unpaid",
  capturedMinor: 0,
  decline: declineOf("insufficient_funds", null),
});
const renewal = (changes: Partial<PaymentEvent> = {}) =>
  event({
    id: "stripe:evt_1",
    type: "invoice.payment_failed",
    invoice: "in_1",
    payment: "pi_1",
    attempt: 1,
    ...changes,
  });
const asksForPart = () => partAnswer;

describe("a request", () => {
  it("becomes a granted refund of the amount it names, with everything that explains it", async () => {
    const { decide, answer, trace, rung } = await openClassifier([paymentOf()]);
    answer(asksForPart);
    expect(await decide(request())).toEqual([{ kind: "ack", outcome: "refund" }]);
    const told = await trace("request:1");
    expect(told).toMatchObject({
      state: "ready",
      action: {
        action: { kind: "refund", payment: "pi_1", amountMinor: 4_250, currency: "usd" },
        grant: { kid: "key-1" },
      },
      fact: {
        decision: {
          record: {
            by: "agent",
            reason: "Duplicate charge detected.",
            policyVersion: policy.version,
            agent: {
              agent: "router",
              rawAnswer: expect.stringContaining("Duplicate"),
              projection: expect.stringContaining("42.50"),
            },
          },
        },
      },
    });
    expect(told.fact?.decision.record.verdicts.length).toBeGreaterThan(5);
    expect(rung).toEqual([{ queue: "refund", id: told.action?.action.id }]);
  });

  it.each([
    ["everything, when an amount was named", { extent: "whole" }],
    ["a part without an amount", { extent: "part", amount: "none" }],
    ["an amount that nobody named", { extent: "part", amount: "a2" }],
    ["what the agent cannot tell", { extent: "unclear" }],
  ] as const)("for %s is a case, and nothing is granted", async (_what, answered) => {
    const { decide, answer, trace } = await openClassifier([paymentOf()]);
    answer(() => ({ ...partAnswer, ...answered }));
    await decide(request());
    expect(await trace("request:1")).toMatchObject({ state: "case_opening", action: { grant: null } });
  });

  it("in another currency than the payment's is a case that still says what was asked for", async () => {
    const { decide, answer, trace } = await openClassifier([paymentOf()]);
    answer(asksForPart);
    await decide(request({ text: "Refund 42.50 EUR" }));
    expect((await trace("request:1")).action).toMatchObject({
      state: "case_opening",
      grant: null,
      action: { amountMinor: 4_250, currency: "eur" },
    });
  });

  it("that points at nothing is a case", async () => {
    const { decide, answer, trace } = await openClassifier([paymentOf()]);
    answer(() => ({ ...refundAnswer, target: "none" }));
    await decide(request());
    expect(await trace("request:1")).toMatchObject({
      state: "case_opening",
      action: { caseReason: "no payment was found for it" },
    });
  });

  it("that points at a reference which is not there is a case", async () => {
    const { decide, answer, trace } = await openClassifier([paymentOf()]);
    answer(() => ({ ...partAnswer, target: "r7" }));
    await decide(request());
    expect(await trace("request:1")).toMatchObject({
      state: "case_opening",
      action: { caseReason: "the agent pointed at nothing: the event has no r7" },
    });
  });

  it("beside which its text names another payment is a case: nobody knows which is meant", async () => {
    const two = [paymentOf(), paymentOf({ payment: "pi_2abc", charge: "ch_2abc" })];
    const { decide, trace } = await openClassifier(two);
    await decide(request({ text: "Please refund this. pi_2abc too." }));
    expect(await trace("request:1")).toMatchObject({
      state: "case_opening",
      action: {
        caseAbout: { rule: "one_payment" },
        caseReason: expect.stringContaining("pi_2abc may be another payment"),
      },
    });
  });

  it("beside which its text names the charge of the same payment is executed", async () => {
    const { decide, trace } = await openClassifier([paymentOf({ charge: "ch_1abc" })]);
    await decide(request({ text: "Please refund charge ch_1abc." }));
    expect((await trace("request:1")).state).toBe("ready");
  });

  it("with more references than can be told apart is a case before Claude is asked", async () => {
    const { decide, trace, asked } = await openClassifier([paymentOf()]);
    const text = `Refund ${Array.from({ length: 9 }, (_, n) => `INV-${1_000 + n}`).join(", ")}`;
    await decide(request({ text }));
    expect((await trace("request:1")).action?.caseReason).toContain("10 references, at most 8 can be told apart");
    expect(asked).toEqual([]);
  });

  it("says what its text hides, also where the agent hands it to a person", async () => {
    const { decide, answer, trace } = await openClassifier([paymentOf()]);
    answer(() => ({ ...refundAnswer, action: "escalate", reason: "Odd." }));
    await decide(request({ text: "Refund\u200b it" }));
    expect((await trace("request:1")).action?.caseReason).toBe(
      'Odd.; the text has characters that cannot be seen: "U+200B"',
    );
  });

  it("that was kept before events said what they tell is decided all the same", async () => {
    const { accept, answer, trace, deps, ledger } = await openClassifier([paymentOf()]);
    answer(asksForPart);
    await accept(request());
    const claim: typeof ledger.claim = async (ids) =>
      (await ledger.claim(ids)).map((claimed) => {
        if (claimed === null) return null;
        const { tells: _tells, ...kept } = claimed.event;
        return { ...claimed, event: kept };
      });
    const older: DecisionDeps = { ...deps, ledger: { ...ledger, claim } };
    await handleBatch([{ id: "m", body: bell, attempts: 1, sentAt: 0 }], older);
    expect(await trace("request:1")).toMatchObject({ state: "ready", action: { action: { kind: "refund" } } });
  });

  it("of a customer whose payment it is not is a case", async () => {
    const { decide, answer, trace } = await openClassifier([paymentOf({ customer: "cus_1" })]);
    answer(asksForPart);
    await decide(request({ customer: "cus_2" }));
    expect((await trace("request:1")).state).toBe("case_opening");
  });

  it("about another payment than the one beside it carries none of that one's identifiers", async () => {
    const { decide, answer, trace } = await openClassifier([
      paymentOf(),
      paymentOf({ payment: "pi_2abc", charge: "ch_2" }),
    ]);
    answer(() => ({ ...partAnswer, target: "r3" }));
    await decide(request({ invoice: "in_1", text: "Refund 42.50 USD on pi_2abc" }));
    expect((await trace("request:1")).action?.action).toMatchObject({
      payment: "pi_2abc",
      charge: "ch_2",
      invoice: null,
    });
  });

  it("reserves what is decided already: two that together exceed the payment are not both granted", async () => {
    const { decide, answer, trace } = await openClassifier([paymentOf()]);
    answer(asksForPart);
    await decide(request({ text: "Refund 60.00 USD" }));
    answer(asksForPart);
    await decide(request({ id: "request:2", text: "Refund 50.00 USD" }));
    expect([(await trace("request:1")).state, (await trace("request:2")).state]).toEqual(["ready", "case_opening"]);
  });

  it("of the same amount on the same payment for another fact is a case within a day", async () => {
    const { decide, answer, trace } = await openClassifier([paymentOf()]);
    answer(asksForPart);
    await decide(request());
    await decide(request({ id: "request:2" }));
    expect((await trace("request:2")).action).toMatchObject({
      state: "case_opening",
      caseReason: expect.stringMatching(/^possible duplicate/),
    });
  });

  it.each(["pause", "downgrade", "resume"] as const)("to %s is a case: nothing executes it yet", async (action) => {
    const { decide, answer, trace } = await openClassifier([paymentOf()]);
    answer(() => ({ ...refundAnswer, action }));
    await decide(request());
    expect(await trace("request:1")).toMatchObject({
      state: "case_opening",
      action: { action: { kind: action }, grant: null },
    });
  });

  it("that asks for nothing is over", async () => {
    const { decide, answer, trace } = await openClassifier([paymentOf()]);
    answer(() => ({ ...refundAnswer, action: "none", reason: "Thanks only." }));
    await decide(request());
    expect(await trace("request:1")).toMatchObject({
      state: "none",
      terminal: true,
      event: { outcome: { reason: "Thanks only." } },
    });
  });
});

describe("what needs no Claude", () => {
  it.each([
    ["an event of the other mode", renewal({ mode: "live" }), "case_opening"],
    [
      "one whose provider nothing executes",
      event({ id: "adyen:1", type: "adyen.CHARGEBACK", payment: "psp" }),
      "case_opening",
    ],
    ["a dispute", event({ type: "charge.dispute.created", dispute: "dp_1", charge: "ch_1" }), "case_opening"],
    ["a defective event", renewal({ defects: ["amount is a float"] }), "case_opening"],
    ["one that does not trigger, in any mode", event({ type: "customer.created", mode: "live" }), "none"],
    ["an echo", renewal({ actionId: `act_${"a".repeat(32)}` }), "none"],
    ["a renewal that the provider tries again", renewal({ nextAttemptAt: Date.parse("2026-11-01T00:00:00Z") }), "none"],
    [
      "a failed payment that belongs to an invoice",
      event({ type: "payment_intent.payment_failed", payment: "pi_1", charge: "ch_1" }),
      "none",
    ],
  ])("%s", async (_what, one, state) => {
    const { decide, trace, asked } = await openClassifier([failed]);
    await decide(one);
    expect((await trace(one.id)).state).toBe(state);
    expect(asked).toEqual([]);
  });
});

describe("what a provider reports", () => {
  it("touches only what its fields name, never what its text names", async () => {
    const { decide, answer, trace } = await openClassifier([failed, paymentOf({ payment: "pi_2abc" })]);
    answer(() => ({ ...refundAnswer, action: "retry", target: "r3" }));
    await decide(renewal({ text: "see pi_2abc" }));
    expect((await trace("stripe:evt_1")).action).toMatchObject({
      state: "case_opening",
      caseAbout: { rule: "fits_fact" },
      caseReason: "the event does not say that the failed renewal is of pi_2abc: a person decides",
    });
  });
});

describe("one fact", () => {
  it("delivered as all its events, each twice, in one batch, is one retry action", async () => {
    const { decide, answer, ledger, ring } = await openClassifier([failed]);
    answer(() => ({ ...refundAnswer, action: "retry" }));
    const all = [
      renewal(),
      renewal({ id: "stripe:evt_2" }),
      event({ id: "stripe:evt_3", type: "charge.failed", charge: "ch_1", payment: "pi_1" }),
      event({ id: "stripe:evt_4", type: "payment_intent.payment_failed", charge: "ch_1", payment: "pi_1" }),
    ];
    await decide(...all, ...all);
    await ring(...all.map(({ id }) => id));
    expect(await ledger.actionsOf("pi_1")).toHaveLength(1);
    expect((await ledger.totals()).none).toBe(3);
  });

  it("is granted with its decision, from its time on, and needs nobody but its executor then", async () => {
    const { decide, answer, trace, deliver, clock, asked, rung, calls, ledger } = await openClassifier([failed]);
    answer(() => ({ ...refundAnswer, action: "retry" }));
    await decide(renewal());
    const { action } = await trace("stripe:evt_1");
    if (action === null) throw new Error("no action");
    expect(action).toMatchObject({
      state: "scheduled",
      grant: { kid: "key-1" },
      grantWanted: null,
      action: { kind: "retryPayment", invoice: "in_1", amountMinor: 4_250 },
    });
    const dueAt = action.notBefore ?? 0;
    expect(dueAt - clock.now).toBeGreaterThanOrEqual(policy.guardrails.retry.firstDelayMs / 2);
    expect(JSON.parse(action.grant?.claims ?? "")).toMatchObject({
      id: action.action.id,
      notBefore: dueAt,
      expiresAt: dueAt + policy.guardrails.grantLifeMs,
    });
    const bell = {
      kind: "regrant",
      id: action.action.id,
      subject: action.action.subject,
      nonce: "n",
      summary: "s",
    } as const;
    expect(calls).not.toContain("release");
    clock.now = dueAt - 1;
    expect(await ledger.begin([action.action])).toEqual([{ kind: "not_yet", notBefore: dueAt }]);
    clock.now = dueAt;
    expect(await deliver(bell)).toEqual([{ kind: "ack", outcome: "nothing_to_grant" }]);
    expect(calls.filter((call) => call === "release")).toHaveLength(1);
    expect(await ledger.begin([action.action])).toMatchObject([{ kind: "granted", grant: action.grant }]);
    expect([asked.length, rung]).toEqual([1, []]);
  });

  it("is not granted again when the guardrails say no by then", async () => {
    const { decide, answer, trace, deliver, clock, memory, ledger } = await openClassifier([failed]);
    answer(() => ({ ...refundAnswer, action: "retry" }));
    await decide(renewal());
    const { action } = await trace("stripe:evt_1");
    clock.now += 100 * HOUR_MS;
    const [begun] = action === null ? [] : await ledger.begin([action.action]);
    if (action === null || begun?.kind !== "granted") throw new Error("not begun");
    await ledger.requestGrant(action.action, begun.fence, "it has expired");
    memory.change("pi_1", { decline: declineOf("stolen_card", null) });
    await deliver({
      kind: "regrant",
      id: action?.action.id ?? "",
      subject: action?.action.subject ?? "",
      nonce: "n",
      summary: "s",
    });
    expect((await trace("stripe:evt_1")).state).toBe("case_opening");
  });

  it("goes on with the decision that stands, also when the event is decided twice and the answers differ", async () => {
    const { decide, answer, trace, ring, clock, broken } = await openClassifier([paymentOf()]);
    answer(() => ({ ...refundAnswer, action: "escalate", reason: "Looks odd." }));
    broken.add("putActions");
    await decide(request());
    broken.clear();
    clock.now += 2 * HOUR_MS;
    answer(asksForPart);
    await ring("request:1");
    expect(await trace("request:1")).toMatchObject({
      state: "case_opening",
      action: { grant: null, caseReason: "Looks odd." },
    });
  });

  it("grants what stands and nothing else when two deliveries of one event are decided at the same time", async () => {
    const { accept, answer, trace, deps, ring, clock } = await openClassifier([paymentOf()]);
    await accept(request());
    const answers = [{ ...refundAnswer, action: "escalate" as const, reason: "Looks odd." }, partAnswer];
    answer(() => answers.shift() ?? refundAnswer);
    // The second delivery reads the recorded decisions before the first has written one, and writes its action first.
    const { recordDecisions, putActions } = deps.ledger;
    let second: Promise<unknown> = Promise.resolve();
    deps.ledger.putActions = async (items) => {
      deps.ledger.putActions = putActions;
      await second;
      return await putActions(items);
    };
    deps.ledger.recordDecisions = async (items) => {
      deps.ledger.recordDecisions = recordDecisions;
      const recorded = await recordDecisions(items);
      return recorded;
    };
    const { decisionsOf } = deps.ledger;
    deps.ledger.decisionsOf = async (keys) => keys.map(() => null);
    const first = ring("request:1");
    clock.now += 60_000;
    second = ring("request:1");
    await Promise.all([first, second]);
    deps.ledger.decisionsOf = decisionsOf;
    const told = await trace("request:1");
    const decision = told.fact?.decision;
    if (decision?.kind !== "action") throw new Error("no decision");
    expect(told.action?.action).toEqual(decision.action);
    expect(told.action?.grant === null).toBe(decision.caseReason !== null);
  });
});

describe("a grant", () => {
  it("is the one that was recorded with the decision, whoever writes the action", async () => {
    const { accept, answer, trace, deps, ring, clock } = await openClassifier([failed]);
    await accept(renewal());
    answer(() => ({ ...refundAnswer, action: "retry" }));
    const { decisionsOf, putActions } = deps.ledger;
    // The first is killed after it has recorded; the second had looked before that, and signs at another time.
    deps.ledger.decisionsOf = async (keys) => keys.map(() => null);
    deps.ledger.putActions = () => Promise.reject(new Error("killed"));
    await ring("stripe:evt_1");
    deps.ledger.putActions = putActions;
    clock.now += 60_000;
    await ring("stripe:evt_1");
    deps.ledger.decisionsOf = decisionsOf;
    const [recorded] = await decisionsOf(["-/test/failed_renewal/in_1:1"]);
    const { action } = await trace("stripe:evt_1");
    expect(action?.grant).not.toBeNull();
    expect(action?.grant).toEqual(recorded?.grant);
    expect(action?.notBefore).toBe(JSON.parse(recorded?.grant?.claims ?? "").notBefore);
  });

  it("is none for a case, and for what is to be left alone", async () => {
    const { decide, answer, deps } = await openClassifier([failed]);
    answer(() => ({ ...refundAnswer, action: "escalate" }));
    await decide(renewal());
    expect(await deps.ledger.decisionsOf(["-/test/failed_renewal/in_1:1"])).toMatchObject([
      { grant: null, version: 1 },
    ]);
  });
});

describe("a Claude that does not answer", () => {
  it("is an outage: the event waits, uncounted, and is decided later", async () => {
    const { decide, answer, trace, ring, clock } = await openClassifier([paymentOf()]);
    answer(() => ({ status: 529 }));
    expect(await decide(request())).toMatchObject([{ kind: "retry", reason: "claude_overloaded" }]);
    expect((await trace("request:1")).event).toMatchObject({ state: "deferred", failures: 0 });
    answer(asksForPart);
    clock.now += 60_000;
    await ring("request:1");
    expect((await trace("request:1")).state).toBe("ready");
  });

  it("or answers prose, twice, leaves it to a person", async () => {
    const { decide, answer, trace, ring, clock } = await openClassifier([paymentOf()]);
    answer(() => "I would refund it.");
    await decide(request());
    clock.now += 60_000;
    await ring("request:1");
    expect(await trace("request:1")).toMatchObject({
      state: "case_opening",
      action: { caseReason: expect.stringContaining("claude_malformed") },
    });
  });

  it.each([
    ["an action that there is not", JSON.stringify({ ...refundAnswer, action: "reimburse" })],
    ["an amount of its own", JSON.stringify({ ...partAnswer, amount_cents: 4_250, currency: "usd" })],
    ["prose", "I would refund it."],
  ])("or answers %s, leaves the raw answer and what it cost in the trace", async (_what, raw) => {
    const { decide, answer, trace, ring, clock } = await openClassifier([paymentOf()]);
    answer(() => raw);
    await decide(request());
    clock.now += 60_000;
    await ring("request:1");
    expect((await trace("request:1")).fact?.decision).toMatchObject({
      kind: "action",
      caseReason: expect.stringContaining("claude_malformed"),
      record: { by: "agent", agent: { agent: "router", rawAnswer: raw, usage: { inputTokens: 1 } } },
    });
  });

  it("or whose answer is followed by a provider that refuses, leaves its proposal and its answer in the case", async () => {
    const { decide, answer, trace, deps } = await openClassifier([paymentOf()]);
    answer(() => partAnswer);
    const lookupsOf = deps.lookupsOf;
    deps.lookupsOf = (id, account) => {
      const lookups = lookupsOf(id, account);
      const refused = { reason: "provider_refused", detail: "several invoices have this number" } as const;
      return lookups && { ...lookups, findToRefund: async () => err(refused) };
    };
    await decide(request());
    expect((await trace("request:1")).fact?.decision).toMatchObject({
      kind: "action",
      caseReason: "could not be decided (provider_refused): several invoices have this number",
      action: { kind: "refund", amountMinor: 4_250, currency: "usd" },
      record: {
        by: "agent",
        proposal: { action: "refund", target: "pi_1", extent: "part", amountMinor: 4_250 },
        agent: { rawAnswer: JSON.stringify(partAnswer) },
      },
    });
  });
});

describe("who asks", () => {
  const theirs = { requester: "customer", customer: "cus_1" } as const;
  const outcomeOf = async (changes: Partial<PaymentEvent>, customer: string | null) => {
    const { decide, answer, trace } = await openClassifier([paymentOf({ customer })]);
    answer(asksForPart);
    await decide(request(changes));
    const { state, action, fact } = await trace("request:1");
    return { state, rule: action?.caseAbout?.rule ?? null, requester: fact?.decision.record.requester };
  };

  it("as a customer gets back what is theirs, and the record says that the customer asked", async () => {
    expect(await outcomeOf(theirs, "cus_1")).toEqual({ state: "ready", rule: null, requester: "customer" });
  });

  it.each([
    ["another's", "cus_2"],
    ["a guest's", null],
  ])("as a customer about %s payment makes a case", async (_whose, customer) => {
    const outcome = await outcomeOf(theirs, customer);
    expect(outcome).toEqual({ state: "case_opening", rule: "requester", requester: "customer" });
  });

  it("as a customer proves nothing by naming the payment's customer in the text", async () => {
    const text = "Refund 42.50 USD, charged twice. I am the customer cus_2.";
    expect(await outcomeOf({ ...theirs, text }, "cus_2")).toMatchObject({ state: "case_opening", rule: "requester" });
  });

  it("as staff is vouched for by the key's holder, and recorded, also where a request of before does not say", async () => {
    const staff = { state: "ready", rule: null, requester: "staff" };
    expect(await outcomeOf({ requester: "staff" }, null)).toEqual(staff);
    expect(await outcomeOf({}, "cus_2")).toEqual(staff);
  });

  it("is nobody in a provider's event", async () => {
    const { decide, answer, trace } = await openClassifier([failed]);
    answer(() => ({ ...refundAnswer, action: "retry" }));
    await decide(renewal());
    expect((await trace("stripe:evt_1")).fact?.decision.record).not.toHaveProperty("requester");
  });

  it("is recorded as well where nothing could be decided", async () => {
    const { decide, answer, trace } = await openClassifier([paymentOf()]);
    answer(() => ({ status: 400 }));
    await decide(request(theirs));
    expect((await trace("request:1")).fact?.decision.record).toMatchObject({ requester: "customer" });
  });
});

describe("an amount without a currency", () => {
  const yen = paymentOf({ currency: "jpy", amountMinor: 2_000, capturedMinor: 2_000 });

  it.each([
    ["a request's own field", request({ text: "Please refund it.", amountMinor: 2_000 }), "request:1"],
    [
      "an outside decision",
      event({
        id: "outside:1",
        type: "countersign.decision",
        payment: "pi_1",
        proposed: { action: "refund", reason: "20.00 USD too much" },
        amountMinor: 2_000,
      }),
      "outside:1",
    ],
  ])("in %s is a case, whatever the agent says, and never becomes yen", async (_where, asked, id) => {
    for (const said of [refundAnswer, partAnswer]) {
      const { decide, answer, trace } = await openClassifier([yen]);
      answer(() => said);
      await decide({ ...asked, currency: undefined } as PaymentEvent);
      const { state, action } = await trace(id);
      expect(state).toBe("case_opening");
      expect(action).toMatchObject({ grant: null, caseAbout: { rule: "currency" } });
      expect(action?.caseReason).toContain("(2000)");
      if (action?.action.amountMinor !== null)
        expect(action?.action).toMatchObject({ amountMinor: 2_000, currency: null });
    }
  });
});

describe("a held authorisation", () => {
  const held = paymentOf({ status: "held", capturedMinor: 0, capturableMinor: 10_000, capturedAt: null });
  const hold = event({ id: "stripe:evt_1", type: "payment_intent.amount_capturable_updated", payment: "pi_1" });

  it.each(["capture", "release"] as const)("is granted a %s where the agent says so", async (variant) => {
    const { decide, answer, trace } = await openClassifier([held]);
    answer(() => ({ ...refundAnswer, action: "authorize", variant }));
    await decide(hold);
    expect(await trace(hold.id)).toMatchObject({ state: "ready", action: { action: { kind: "authorize", variant } } });
  });

  it("is a case where the agent does not say which, and never a capture", async () => {
    const { decide, answer, trace } = await openClassifier([held]);
    answer(() => ({ ...refundAnswer, action: "authorize", variant: "none" }));
    await decide(hold);
    expect(await trace(hold.id)).toMatchObject({
      state: "case_opening",
      action: { grant: null, caseAbout: { rule: "variant" }, action: { variant: null } },
    });
  });

  const proposedBy = async (variant?: "capture" | "release") => {
    const { decide, trace } = await openClassifier([held]);
    const proposed = { action: "authorize", reason: "r", ...(variant === undefined ? {} : { variant }) } as const;
    await decide(event({ id: "outside:1", type: "countersign.decision", payment: "pi_1", proposed, ...BARE }));
    return await trace("outside:1");
  };
  /** No amount: all that is held. */
  const BARE = { amountMinor: undefined, currency: undefined } as unknown as Partial<PaymentEvent>;

  it.each(["capture", "release"] as const)("is granted a %s where an outside agent says so", async (variant) => {
    expect(await proposedBy(variant)).toMatchObject({
      state: "ready",
      action: { action: { variant } },
      fact: { decision: { record: { proposal: { action: "authorize", variant } } } },
    });
  });

  it("is a case where an outside agent does not say which", async () => {
    expect(await proposedBy()).toMatchObject({ state: "case_opening", action: { caseAbout: { rule: "variant" } } });
  });
});

describe("a decision from outside", () => {
  const outside = (changes: Partial<PaymentEvent> = {}) =>
    event({
      id: "outside:1",
      type: "countersign.decision",
      proposed: { action: "refund", reason: "Duplicate charge detected" },
      amountMinor: 4_250,
      currency: "usd",
      ...changes,
    });

  it("that names no payment is a case", async () => {
    const { decide, trace, asked } = await openClassifier([paymentOf()]);
    await decide(outside());
    expect(await trace("outside:1")).toMatchObject({ state: "case_opening" });
    expect(asked).toEqual([]);
  });

  it("gives a reason that is masked, also where an earlier version stored it as it came", async () => {
    const { decide, trace } = await openClassifier([paymentOf()]);
    await decide(outside({ payment: "pi_1", proposed: { action: "refund", reason: "4242 4242 4242 4242 twice" } }));
    expect((await trace("outside:1")).fact?.decision.record.reason).toBe("[card] twice");
  });

  it("that names one passes the guardrails like any other", async () => {
    const { decide, trace } = await openClassifier([paymentOf(), paymentOf({ payment: "pi_2", disputed: true })]);
    await decide(outside({ payment: "pi_1" }), outside({ id: "outside:2", payment: "pi_2" }));
    expect([(await trace("outside:1")).state, (await trace("outside:2")).state]).toEqual(["ready", "case_opening"]);
  });
});

describe("a ledger that is away in part", () => {
  it("is nobody's failure: however often the payment's shard refuses, the event is deferred and not given up", async () => {
    const { ledger, deps, answer, accept, clock, trace } = await openClassifier([paymentOf()]);
    answer(asksForPart);
    await accept(request());
    const away: DecisionDeps = {
      ...deps,
      ledger: { ...ledger, putActions: () => Promise.reject(new Unavailable("ledger_unavailable", "away")) },
    };
    for (let delivery = 1; delivery <= 8; delivery++) {
      const [handled] = await handleBatch([{ id: "m", body: bell, attempts: delivery, sentAt: 0 }], away);
      expect(handled).toMatchObject({ kind: "threw" });
      const reason = handled?.kind === "threw" && handled.error instanceof Unavailable ? handled.error.reason : "bug";
      await ledger.failEvent("request:1", { reason, detail: "away" });
      clock.now += HOUR_MS;
    }
    expect(await trace("request:1")).toMatchObject({ state: "deferred", event: { failures: 0 } });
    await handleBatch([{ id: "m", body: bell, attempts: 9, sentAt: 0 }], deps);
    // The decision stood already, and the grant that was signed with it.
    expect(await trace("request:1")).toMatchObject({ state: "ready", action: { grant: { kid: "key-1" } } });
  });
});
