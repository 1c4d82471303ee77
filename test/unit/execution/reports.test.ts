import { describe, expect, it } from "vitest";
import type { Action } from "../../../shared/contracts/action.ts";
import type { AdmitRequest } from "../../../shared/contracts/gate.ts";
import type { ActionReport } from "../../../shared/contracts/ledger.ts";
import { declineOf } from "../../../shared/providers/stripe/declines.ts";
import { HOUR_MS, openExecution } from "../../helpers/execution.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";

const DAY_MS = 24 * HOUR_MS;
const action = refundAction(1);
const REFUND = "re_pi_1_1";

/** A refund that was made and stands; what a report on it brings about is up to the test. */
async function open(of: Action = action) {
  const execution = await openExecution([paymentOf()]);
  await execution.put(of);
  const report = async (says: ActionReport["says"], refund: string | null = REFUND) => {
    const [answer] = await execution.ledger.recheck([{ ref: { id: of.id, subject: of.subject }, says, refund }]);
    return answer?.kind;
  };
  return { ...execution, report };
}

async function refunded() {
  const execution = await open();
  await execution.run("refund", action);
  expect(await execution.view(action)).toMatchObject({ state: "succeeded", outcome: { providerObject: REFUND } });
  return execution;
}

describe("a refund that the bank fails after it had succeeded", () => {
  it.each([
    ["an hour", HOUR_MS / 2],
    ["days, when its grant has long expired and its provider key is forgotten", 30 * DAY_MS],
  ])("is a case of the same action after %s, says what happened, and is not sent again", async (_what, ms) => {
    const { run, report, memory, view, clock, rung } = await refunded();
    clock.now += ms;
    memory.changeRefund("pi_1", REFUND, { status: "failed", failureReason: "lost_or_stolen_card" });
    memory.change("pi_1", { refundedMinor: 0 });
    expect(await report("failed")).toBe("due");
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(await view(action)).toMatchObject({
      state: "case_opening",
      attempts: 2,
      caseReason: expect.stringMatching(
        /bank failed the refund re_pi_1_1 \(lost_or_stolen_card\).*customer has not got/,
      ),
      caseAbout: { rule: null, refund: REFUND },
    });
    expect(rung).toEqual([{ queue: "escalate", id: action.id }]);
    expect(memory.effects()).toBe(1);
  });

  it("is a case when it was cancelled", async () => {
    const { run, report, memory, view } = await refunded();
    memory.changeRefund("pi_1", REFUND, { status: "canceled" });
    await report("failed");
    await run("refund", action);
    expect(await view(action)).toMatchObject({
      state: "case_opening",
      caseReason: expect.stringContaining("cancelled"),
      caseAbout: { rule: null, refund: REFUND },
    });
  });

  it("stays as it was when the provider does not say so: who forges the news causes a read", async () => {
    const { run, report, memory, view } = await refunded();
    await report("failed");
    const reads = memory.reads();
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect(memory.reads()).toBeGreaterThan(reads);
    expect(await view(action)).toMatchObject({ state: "succeeded", outcome: { providerObject: REFUND } });
    expect(memory.calls).toHaveLength(1);
  });

  it("is not told by a copy of its metadata that failed", async () => {
    const { run, report, memory, view } = await refunded();
    memory.addRefund("pi_1", { id: "re_copy", actionId: action.id, status: "failed" });
    await report("failed");
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "succeeded", outcome: { providerObject: REFUND } });
  });
});

describe("a refund that had succeeded and cannot be found any more", () => {
  it("is a case and never a second refund, although everything would allow one", async () => {
    const { run, report, memory, view, clock } = await refunded();
    clock.now += HOUR_MS / 2;
    memory.changeRefund("pi_1", REFUND, null);
    memory.change("pi_1", { refundedMinor: 0 });
    await report("failed");
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(await view(action)).toMatchObject({
      state: "case_opening",
      failure: { reason: "provider_not_found" },
      caseReason: expect.stringContaining(REFUND),
      caseAbout: { rule: null, refund: REFUND },
    });
    expect(memory.calls).toHaveLength(1);
  });

  it("is a case that says so, whatever else the guardrails would find by now", async () => {
    const { run, report, memory, view } = await refunded();
    memory.changeRefund("pi_1", REFUND, null);
    memory.change("pi_1", { disputed: true });
    await report("failed");
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "case_opening", failure: { reason: "provider_not_found" } });
  });

  it("is a case although a copy of its metadata stands", async () => {
    const { run, report, memory, view } = await refunded();
    memory.changeRefund("pi_1", REFUND, null);
    memory.addRefund("pi_1", { id: "re_copy", actionId: action.id });
    await report("failed");
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "case_opening", failure: { reason: "provider_not_found" } });
  });

  it("is a case without any report too: pending, then gone, is not sent again", async () => {
    const { run, memory, view, clock } = await open();
    memory.addRefund("pi_1", { id: "re_slow", actionId: action.id, status: "pending" });
    await run("refund", action);
    memory.changeRefund("pi_1", "re_slow", null);
    clock.now += 7 * HOUR_MS;
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "case_opening", failure: { reason: "provider_not_found" } });
    expect(memory.calls).toEqual([]);
  });
});

describe("the read that a report asks for", () => {
  it("is tried again when the provider does not answer, and nothing is sent meanwhile", async () => {
    const { run, report, memory, view, clock } = await refunded();
    memory.changeRefund("pi_1", REFUND, { status: "failed" });
    await report("failed");
    for (let times = 0; times < 12; times++) {
      memory.failReads({ reason: "provider_unavailable", detail: "away" });
      expect(await run("refund", action)).toMatchObject([{ kind: "retry" }]);
      expect((await view(action)).state).toBe("pending");
      clock.now += HOUR_MS;
    }
    await run("refund", action);
    expect((await view(action)).state).toBe("case_opening");
    expect(memory.calls).toHaveLength(1);
  });

  it("settles a pending refund as soon as the provider says so", async () => {
    const { run, report, memory, view } = await open();
    memory.addRefund("pi_1", { id: "re_slow", actionId: action.id, status: "pending" });
    await run("refund", action);
    memory.changeRefund("pi_1", "re_slow", { status: "succeeded" });
    expect(await report("done", "re_slow")).toBe("due");
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect((await view(action)).attempts).toBe(2);
  });

  it("finds the effect of a lost answer", async () => {
    const { run, report, memory, view } = await open();
    memory.disturb({ kind: "lost_answer" });
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "unknown" }]);
    expect(await report("pending")).toBe("due");
    await run("refund", action);
    expect((await view(action)).state).toBe("succeeded");
    expect(memory.calls).toHaveLength(1);
  });

  it("takes the older of two refunds that carry our id for ours: a copy can only be made of what is there", async () => {
    const { run, report, memory, view } = await open();
    memory.disturb({ kind: "lost_answer" });
    await run("refund", action);
    memory.addRefund("pi_1", { id: "re_copy", actionId: action.id, status: "failed" });
    await report("done", null);
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "succeeded", outcome: { providerObject: REFUND } });
  });

  it("sends nothing where no effect is found: that is left to the row's own time", async () => {
    const { run, report, memory, view, clock } = await open();
    memory.disturb({ kind: "answer", effect: { kind: "unclear", note: "timeout", storedError: false } });
    await run("refund", action);
    await report("done");
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "unknown" }]);
    expect((await view(action)).outcome?.note).toContain("an event reported on it");
    expect(memory.effects()).toBe(0);
    clock.now += HOUR_MS / 2;
    await run("refund", action);
    expect([(await view(action)).state, memory.effects()]).toEqual(["succeeded", 1]);
  });

  it("waits under a hold, and happens when that is lifted", async () => {
    const { run, report, memory, view, gate } = await refunded();
    memory.changeRefund("pi_1", REFUND, { status: "failed" });
    await report("failed");
    const admit = gate.admit;
    gate.admit = async (asked) => asked.map(() => ({ kind: "held", reason: "stop", hold: { scope: "all", at: 1 } }));
    const reads = memory.reads();
    expect(await run("refund", action)).toEqual([{ kind: "ack", outcome: "held" }]);
    expect([memory.reads(), (await view(action)).state]).toEqual([reads, "pending"]);
    gate.admit = admit;
    await run("refund", action);
    expect((await view(action)).state).toBe("case_opening");
  });

  it("is not counted against the envelopes a second time", async () => {
    const { run, report, gate } = await refunded();
    const asked: AdmitRequest[] = [];
    gate.admit = async (requests) => {
      asked.push(...requests);
      return requests.map(() => ({ kind: "admitted" }));
    };
    await report("failed");
    await run("refund", action);
    expect(asked).toMatchObject([{ actionId: action.id, readsOnly: true }]);
  });
});

describe("what is no refund", () => {
  it.each(["done", "failed", "pending"] as const)(
    "a capture whose answer was lost is read and not sent when an event says %s",
    async (says) => {
      const capture = refundAction(1, { kind: "authorize", variant: "capture", amountMinor: 5_000 });
      const { run, report, memory, view } = await open(capture);
      memory.change("pi_1", { status: "held", capturedMinor: 0, capturableMinor: 5_000 });
      memory.disturb({ kind: "answer", effect: { kind: "unclear", note: "timeout", storedError: false } });
      await run("authorize", capture);
      await report(says, null);
      await run("authorize", capture);
      expect([(await view(capture)).state, memory.effects(), memory.calls.length]).toEqual(["unknown", 0, 1]);
    },
  );

  it("a capture that the provider had taken on, and shows nothing of, is a case and not sent again", async () => {
    const capture = refundAction(1, { kind: "authorize", variant: "capture", amountMinor: 5_000 });
    const { run, memory, view, clock } = await open(capture);
    memory.change("pi_1", { status: "held", capturedMinor: 0, capturableMinor: 5_000 });
    const effect = { kind: "done", providerObject: "pi_1", amountMinor: 5_000, pending: true, note: "p" } as const;
    memory.disturb({ kind: "answer", effect });
    await run("authorize", capture);
    expect((await view(capture)).state).toBe("pending");
    clock.now += HOUR_MS / 2;
    await run("authorize", capture);
    expect(await view(capture)).toMatchObject({ state: "case_opening", failure: { reason: "provider_not_found" } });
    expect(memory.calls).toHaveLength(1);
  });

  it("a retry whose debit bounces days later is declined, with its next step, and not sent again", async () => {
    const retry = refundAction(1, { kind: "retryPayment", factKey: "failed_payment/ch_1" });
    const { run, report, memory, view, clock } = await open(retry);
    const unpaid = { status: "unpaid", amountMinor: 4_250, decline: declineOf("insufficient_funds", null) } as const;
    memory.change("pi_1", unpaid);
    memory.disturb({
      kind: "answer",
      effect: { kind: "done", providerObject: "pi_1", amountMinor: 4_250, pending: true, note: "processing" },
    });
    await run("retry", retry);
    expect((await view(retry)).state).toBe("pending");
    clock.now += 2 * DAY_MS;
    await report("done", null);
    await run("retry", retry);
    expect(await view(retry)).toMatchObject({ state: "declined", outcome: { next: { step: 2 } } });
    expect(memory.calls).toHaveLength(1);
  });
});
