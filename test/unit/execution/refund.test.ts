import { describe, expect, it } from "vitest";
import { declineOf } from "../../../shared/providers/stripe/declines.ts";
import { HOUR_MS, openExecution } from "../../helpers/execution.ts";
import { createKey } from "../../helpers/keys.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { type Disturbance, paymentOf } from "../../helpers/memory-provider.ts";

const MINUTE_MS = 60_000;
const action = refundAction(1);
const open = () => openExecution([paymentOf(), paymentOf({ payment: "pi_2", charge: "ch_2" })]);

describe("the ladder, rung by rung", () => {
  it("refunds once and settles with what stands at the provider", async () => {
    const { put, run, memory, view } = await open();
    await put(action);
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect(memory.calls).toMatchObject([
      { what: "refund", amountMinor: 4_250, key: `${action.id}:0`, actionId: action.id },
    ]);
    expect(await view(action)).toMatchObject({
      state: "succeeded",
      outcome: { providerObject: "re_pi_1_1", amountMinor: 4_250 },
    });
  });

  it("does nothing for a doorbell of a row that is not there", async () => {
    const { run, memory } = await open();
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "unknown_row" }]);
    expect(memory.reads()).toBe(0);
  });

  it("does nothing for a row of another kind", async () => {
    const { put, run, memory, view } = await open();
    const capture = refundAction(1, { kind: "authorize", variant: "capture" });
    await put(capture);
    expect(await run("refund", capture)).toEqual([{ kind: "ack", outcome: "other_kind" }]);
    expect([memory.reads(), (await view(capture)).state]).toEqual([0, "ready"]);
  });

  it("leaves what is on hold alone, and executes it when that is lifted", async () => {
    const { put, run, memory, gate } = await open();
    await put(action);
    const { admit } = gate;
    gate.admit = async (asked) => asked.map(() => ({ kind: "held", reason: "stop", hold: { scope: "all", at: 1 } }));
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "held" }]);
    expect(memory.reads()).toBe(0);
    gate.admit = admit;
    await run("refund", action);
    expect(memory.effects()).toBe(1);
  });

  it("asks the gate again when its answer has grown old by the time of sending, and obeys a stop since then", async () => {
    const { put, run, memory, gate, view, clock } = await open();
    await put(action);
    const { findToRefund } = memory.provider;
    memory.provider.findToRefund = (reference, at) => {
      clock.now += 10_001;
      gate.admit = async (asked) => asked.map(() => ({ kind: "held", reason: "stop", hold: { scope: "all", at: 1 } }));
      return findToRefund(reference, at);
    };
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "held" }]);
    expect([memory.calls, (await view(action)).state]).toEqual([[], "ready"]);
  });

  it("opens a case when the envelope is full", async () => {
    const { put, run, memory, gate, view, rung } = await open();
    await put(action);
    gate.admit = async (asked) => asked.map(() => ({ kind: "over", reason: "used up" }));
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(await view(action)).toMatchObject({ state: "case_opening", caseReason: "used up" });
    expect([memory.reads(), rung]).toEqual([0, [{ queue: "escalate", id: action.id }]]);
  });

  it("reads a doubtful call though the envelope is full, settles what it did, and sends nothing again", async () => {
    const afterLostCall = async (disturbance: Disturbance) => {
      const { put, run, memory, gate, view, clock } = await open();
      await put(action);
      memory.disturb(disturbance);
      await run("refund", action);
      gate.admit = async (asked) => asked.map(() => ({ kind: "over", reason: "used up" }));
      clock.now += MINUTE_MS;
      await run("refund", action);
      return { state: (await view(action)).state, sent: memory.calls.length };
    };
    expect(await afterLostCall({ kind: "lost_answer" })).toEqual({ state: "succeeded", sent: 1 });
    const noEffect = { kind: "answer", effect: { kind: "unclear", note: "cut", storedError: false } } as const;
    expect(await afterLostCall(noEffect)).toEqual({ state: "case_opening", sent: 1 });
  });

  it("takes a gate that does not answer for nobody's failure, however often", async () => {
    const { put, run, memory, gate, view } = await open();
    await put(action);
    gate.admit = () => Promise.reject(new Error("the gate is away"));
    for (let n = 0; n < 30; n++) {
      const [verdict] = await run("refund", action);
      expect(verdict).toMatchObject({ kind: "retry", reason: "gate_unavailable" });
    }
    expect(await view(action)).toMatchObject({ state: "ready", failures: 0 });
    expect(memory.reads()).toBe(0);
  });

  it("asks the gate once for a batch, and not for what could not execute", async () => {
    const { put, run, gate } = await open();
    const other = refundAction(2);
    const waiting = refundAction(3);
    await put(action);
    await put(other);
    await put(waiting, { grant: null });
    const asked: string[][] = [];
    const { admit } = gate;
    gate.admit = (requests) => {
      asked.push(requests.map(({ actionId }) => actionId));
      return admit(requests);
    };
    await run("refund", action, other, waiting);
    // Later questions are about one, because of ids that the provider shows.
    expect(asked[0]).toEqual([action.id, other.id]);
    expect(asked.flat()).not.toContain(waiting.id);
  });

  it("acks what another executor holds", async () => {
    const { put, run, memory, ledger } = await open();
    await put(action);
    await ledger.begin([action]);
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "in_flight" }]);
    expect(memory.reads()).toBe(0);
  });

  it("sends nothing on a forged grant, raises an alarm, puts the payment on hold and opens a case", async () => {
    const { put, run, memory, view, alarms, holds, clock } = await open();
    const stranger = await createKey("key-1");
    await put(action, {
      grant: await stranger.sign(action, { policyVersion: "p", expiresAt: clock.now + HOUR_MS, notBefore: null }),
    });
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(memory.reads()).toBe(0);
    expect(alarms).toMatchObject([{ what: "grant.forged", action: action.id }]);
    expect(holds).toEqual(["payment:pi_1"]);
    expect(await view(action)).toMatchObject({ state: "case_opening", failure: { reason: "grant_invalid" } });
  });

  it("sends nothing on a grant for another payment", async () => {
    const { put, run, memory, sign, alarms } = await open();
    await put(action, { grant: await sign(refundAction(2)) });
    await run("refund", action);
    expect([memory.reads(), alarms.length]).toEqual([0, 1]);
  });

  it("asks for a new grant when its own has expired, before it reads or sends anything", async () => {
    const { put, run, memory, view, clock, rung } = await open();
    await put(action);
    clock.now += 2 * HOUR_MS;
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "grant_requested" }]);
    expect(await view(action)).toMatchObject({ state: "scheduled", grantWanted: "renewal", grant: { kid: "key-1" } });
    expect([memory.reads(), rung]).toEqual([0, [{ queue: "events-batch", id: action.id }]]);
  });

  it("settles what an earlier attempt did, though the grant has expired since: nothing is left to grant", async () => {
    const { put, run, memory, view, clock } = await open();
    await put(action);
    memory.disturb({ kind: "lost_answer" });
    await run("refund", action);
    clock.now += 2 * HOUR_MS;
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "succeeded", outcome: { providerObject: "re_pi_1_1" } });
    expect(memory.effects()).toBe(1);
  });

  it("asks for a new grant when an earlier attempt did nothing and the grant has expired since", async () => {
    const { put, run, memory, view, clock } = await open();
    await put(action);
    memory.disturb({ kind: "answer", effect: { kind: "unclear", note: "timeout", storedError: false } });
    await run("refund", action);
    clock.now += 2 * HOUR_MS;
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "grant_requested" }]);
    expect(await view(action)).toMatchObject({ state: "scheduled" });
    expect(memory.effects()).toBe(0);
  });

  it("settles an effect of this action that stands at the provider already, and sends nothing", async () => {
    const { put, run, memory, view } = await open();
    await put(action);
    memory.addRefund("pi_1", { id: "re_before", actionId: action.id });
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect(memory.calls).toEqual([]);
    expect((await view(action)).outcome).toMatchObject({ providerObject: "re_before" });
  });

  it("does not take somebody else's refund for its own", async () => {
    const { put, run, memory } = await open();
    await put(action);
    memory.addRefund("pi_1", { actionId: refundAction(9).id, amountMinor: 4_249 });
    await run("refund", action);
    expect(memory.effects()).toBe(1);
  });

  it("waits for a refund of its own that is pending, and sees it through", async () => {
    const { put, run, memory, view, clock } = await open();
    await put(action);
    memory.addRefund("pi_1", { id: "re_slow", actionId: action.id, status: "pending" });
    memory.change("pi_1", { refundedMinor: 10_000 });
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "pending" }]);
    clock.now += 7 * HOUR_MS;
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "pending" }]);
    expect((await view(action)).state).toBe("pending");
    expect(memory.calls).toEqual([]);
  });

  it("opens a case when its own refund has failed at the bank", async () => {
    const { put, run, memory, view, clock } = await open();
    await put(action);
    memory.disturb({ kind: "answer", effect: { kind: "unclear", note: "cut", storedError: false } });
    await run("refund", action);
    clock.now += MINUTE_MS;
    memory.addRefund("pi_1", { id: "re_bad", actionId: action.id, status: "failed" });
    await run("refund", action);
    expect(await view(action)).toMatchObject({
      state: "case_opening",
      caseReason: expect.stringContaining("re_bad"),
    });
    expect(memory.calls).toHaveLength(1);
  });

  it.each([
    ["disputed since", { disputed: true }],
    ["refunded by somebody else since", { refundedMinor: 5_751 }],
    ["in another mode", { mode: "live" }],
    ["in another currency", { currency: "eur" }],
  ] as const)("opens a case when the payment, read again, is %s", async (_what, changes) => {
    const { put, run, memory, view } = await open();
    await put(action);
    memory.change("pi_1", changes);
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(await view(action)).toMatchObject({ state: "case_opening", failure: { reason: "guardrail" } });
    expect(memory.calls).toEqual([]);
  });

  it("refunds exactly what is left, and not one cent more", async () => {
    const { put, run, memory } = await open();
    await put(action);
    memory.change("pi_1", { refundedMinor: 5_750 });
    await run("refund", action);
    expect(memory.effects()).toBe(1);
  });

  it("opens a case when the payment is not at the provider any more", async () => {
    const { put, run, view } = await open();
    const gone = refundAction(7);
    await put(gone);
    await run("refund", gone);
    expect(await view(gone)).toMatchObject({ state: "case_opening", failure: { reason: "provider_not_found" } });
  });
});

describe("how a call can end", () => {
  it("not now: it goes back, and nothing is counted", async () => {
    const { put, run, memory, view } = await open();
    await put(action);
    memory.disturb({
      kind: "answer",
      effect: { kind: "not_now", failure: { reason: "provider_rate_limited", detail: "429", retryAfterMs: 30_000 } },
    });
    expect(await run("refund", action)).toMatchObject([
      { kind: "retry", reason: "provider_rate_limited", delaySeconds: 30 },
    ]);
    expect(await view(action)).toMatchObject({ state: "ready", failures: 0 });
  });

  it("refused: a case, with the provider's code", async () => {
    const { put, run, memory, view } = await open();
    await put(action);
    memory.disturb({
      kind: "answer",
      effect: { kind: "refused", code: "balance_insufficient", note: "no", stored: true },
    });
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect((await view(action)).caseReason).toContain("balance_insufficient");
  });

  it("declined: a case, since a bank does not refund what it refused", async () => {
    const { put, run, memory, view } = await open();
    await put(action);
    memory.disturb({ kind: "answer", effect: { kind: "declined", decline: declineOf(null, null), note: "no" } });
    await run("refund", action);
    expect((await view(action)).state).toBe("case_opening");
  });

  it("done but pending: looked at again in hours", async () => {
    const { put, run, memory, view } = await open();
    await put(action);
    memory.disturb({
      kind: "answer",
      effect: { kind: "done", providerObject: "re_1", amountMinor: 4_250, pending: true, note: "pending" },
    });
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "pending" }]);
    expect((await view(action)).state).toBe("pending");
  });

  it("unclear after the effect: unknown, then read and settled, never sent again", async () => {
    const { put, run, memory, view, clock } = await open();
    await put(action);
    memory.disturb({ kind: "lost_answer" });
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "unknown" }]);
    clock.now += MINUTE_MS;
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect(memory.calls).toHaveLength(1);
    expect((await view(action)).outcome).toMatchObject({ kind: "succeeded", note: "found at the provider" });
  });

  it("unclear without an effect: sent again under the same key", async () => {
    const { put, run, memory, clock } = await open();
    await put(action);
    memory.disturb({ kind: "answer", effect: { kind: "unclear", note: "cut", storedError: false } });
    await run("refund", action);
    clock.now += MINUTE_MS;
    await run("refund", action);
    expect(memory.calls.map(({ key }) => key)).toEqual([`${action.id}:0`, `${action.id}:0`]);
    expect(memory.effects()).toBe(1);
  });

  it("a stored server error: nothing is sent under the spent key, and a new one is used when that is safe", async () => {
    const { put, run, memory, view, clock } = await open();
    await put(action);
    memory.disturb({ kind: "stored_error" });
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "unknown" }]);
    clock.now += MINUTE_MS;
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "unknown" }]);
    expect(memory.calls).toHaveLength(1);
    clock.now += 15 * MINUTE_MS;
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect(memory.calls.map(({ key }) => key)).toEqual([`${action.id}:0`, `${action.id}:1`]);
    expect((await view(action)).state).toBe("succeeded");
  });

  it("an exception: read first next time, and a dead letter when it never ends", async () => {
    const { put, run, memory, view, clock } = await open();
    await put(action);
    memory.disturb({ kind: "throws" });
    expect(await run("refund", action)).toMatchObject([{ kind: "retry", reason: "bug" }]);
    expect(await view(action)).toMatchObject({ state: "unknown", failures: 1 });
    memory.disturb(...Array.from({ length: 5 }, () => ({ kind: "throws" }) as const));
    for (let n = 0; n < 5; n++) {
      clock.now += MINUTE_MS;
      await run("refund", action);
    }
    expect(await view(action)).toMatchObject({ state: "dead" });
    expect(memory.effects()).toBe(0);
  });

  it("a provider that cannot be read: nothing is sent", async () => {
    const { put, run, memory, view } = await open();
    await put(action);
    memory.failReads({ reason: "provider_unavailable", detail: "away" });
    expect(await run("refund", action)).toMatchObject([{ kind: "retry", reason: "provider_unavailable" }]);
    expect([memory.calls, (await view(action)).state]).toEqual([[], "ready"]);
  });

  it("a settle that the ledger never answers: found and settled by the next delivery", async () => {
    const { put, run, memory, view, clock, broken } = await open();
    await put(action);
    broken.add("settle");
    broken.add("failAction");
    expect(await run("refund", action)).toMatchObject([{ kind: "threw" }]);
    broken.clear();
    clock.now += 2 * MINUTE_MS;
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect([memory.effects(), memory.calls.length, (await view(action)).state]).toEqual([1, 1, "succeeded"]);
  });
});

describe("at the same time", () => {
  it("two deliveries of one action send once", async () => {
    const { put, run, memory } = await open();
    await put(action);
    const outcomes = (
      await Promise.all([run("refund", action), run("refund", action), run("refund", action, action)])
    ).flat();
    expect(memory.calls).toHaveLength(1);
    expect(outcomes.filter((one) => one.kind === "ack" && one.outcome === "succeeded")).toHaveLength(1);
  });

  it("two refunds of one payment never exceed what was captured", async () => {
    const { put, run, memory, clock } = await open();
    const first = refundAction(1, { amountMinor: 6_000 });
    const second = refundAction(2, { amountMinor: 5_000, subject: "pi_1", payment: "pi_1" });
    await put(first);
    await put(second);
    await Promise.all([run("refund", first, second), run("refund", second, first)]);
    clock.now += 5 * MINUTE_MS;
    await run("refund", first, second);
    const sum = memory.refundsOf("pi_1").reduce((total, { amountMinor }) => total + amountMinor, 0);
    expect([5_000, 6_000]).toContain(sum);
  });

  it("a refund waits while another of the same payment is in doubt", async () => {
    const { put, run, memory, clock } = await open();
    const second = refundAction(2, { amountMinor: 5_750, subject: "pi_1", payment: "pi_1" });
    await put(action);
    await put(second);
    memory.disturb({ kind: "lost_answer" });
    await run("refund", action);
    clock.now += 10 * MINUTE_MS;
    expect(await run("refund", second)).toEqual([{ kind: "ack", outcome: "in_flight" }]);
    await run("refund", action);
    expect(await run("refund", second)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect(memory.effects()).toBe(2);
  });

  it("an executor that was given up cannot settle for the one after it", async () => {
    const { put, run, ledger, clock, view } = await open();
    await put(action);
    const [begun] = await ledger.begin([action]);
    clock.now += 2 * MINUTE_MS;
    await run("refund", action);
    if (begun?.kind !== "granted") throw new Error("not granted");
    const late = { ref: action, fence: begun.fence, outcome: { kind: "skipped", note: "late" } } as const;
    expect(await ledger.settle([late])).toEqual([{ kind: "stale_fence" }]);
    expect((await view(action)).state).toBe("succeeded");
  });
});
