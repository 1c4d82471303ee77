import { describe, expect, it } from "vitest";
import type { Effect, PaymentSnapshot } from "../../../shared/contracts/provider.ts";
import { declineOf } from "../../../shared/providers/stripe/declines.ts";
import { openExecution } from "../../helpers/execution.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";

const held = (changes: Partial<PaymentSnapshot> = {}) =>
  paymentOf({ status: "held", capturedMinor: 0, capturableMinor: 10_000, capturedAt: null, ...changes });
const capture = refundAction(1, { kind: "authorize", variant: "capture", amountMinor: 10_000 });
const PROCESSING = {
  kind: "done",
  providerObject: "pi_1",
  amountMinor: null,
  pending: true,
  note: "processing",
} as const;
const release = refundAction(1, { kind: "authorize", variant: "release", amountMinor: null });

describe("a held authorisation", () => {
  it("is captured once", async () => {
    const { put, run, memory } = await openExecution([held()]);
    await put(capture);
    expect(await run("authorize", capture)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect(memory.calls).toMatchObject([{ what: "capture", amountMinor: 10_000 }]);
  });

  it("is released", async () => {
    const { put, run, memory } = await openExecution([held()]);
    await put(release);
    await run("authorize", release);
    expect(memory.calls).toMatchObject([{ what: "release" }]);
  });

  it.each([
    ["held", {}],
    ["captured by now", { status: "paid", capturedMinor: 10_000, capturableMinor: 0 }],
  ] as const)(
    "that is %s is a case under an action that does not say which, and never captured",
    async (_how, seen) => {
      const { put, run, memory, view } = await openExecution([held(seen)]);
      const neither = refundAction(1, { kind: "authorize", variant: null, amountMinor: 10_000 });
      await put(neither);
      expect(await run("authorize", neither)).toEqual([{ kind: "ack", outcome: "case" }]);
      expect(await view(neither)).toMatchObject({ caseAbout: { rule: "variant" } });
      expect(memory.calls).toEqual([]);
    },
  );

  it("under an action that does not say which is not found captured by it either, at a later attempt", async () => {
    const { put, run, memory, view, clock, ledger } = await openExecution([held()]);
    const neither = refundAction(1, { kind: "authorize", variant: null, amountMinor: 10_000 });
    await put(neither);
    // Its executor died, so that a call may have had an effect.
    await ledger.begin([neither]);
    memory.change("pi_1", { status: "paid", capturedMinor: 10_000, capturableMinor: 0 });
    clock.now += 60_000;
    expect(await run("authorize", neither)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(await view(neither)).toMatchObject({ attempts: 2, caseAbout: { rule: "variant" } });
  });

  it("is found captured after a lost answer, and not captured again", async () => {
    const { put, run, memory, clock } = await openExecution([held()]);
    await put(capture);
    memory.disturb({ kind: "lost_answer" });
    await run("authorize", capture);
    clock.now += 60_000;
    expect(await run("authorize", capture)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect(memory.calls).toHaveLength(1);
  });

  it.each([
    ["answered so", { kind: "answer", effect: PROCESSING }],
    ["not answered", { kind: "lost_answer" }],
  ] as const)(
    "whose capture takes its time, %s, is pending until the provider has it, and is never said to be skipped",
    async (_how, disturbed) => {
      const { put, run, memory, clock, view } = await openExecution([held()]);
      await put(capture);
      memory.disturb(disturbed);
      await run("authorize", capture);
      memory.change("pi_1", { status: "processing", capturedMinor: 0, capturableMinor: 0, actionId: capture.id });
      clock.now += 6 * 3_600_000;
      await run("authorize", capture);
      expect(await view(capture)).toMatchObject({ state: "pending", outcome: { providerObject: "pi_1" } });
      memory.change("pi_1", { status: "paid", capturedMinor: 10_000 });
      clock.now += 6 * 3_600_000;
      await run("authorize", capture);
      expect(await view(capture)).toMatchObject({ state: "succeeded", outcome: { amountMinor: 10_000 } });
      expect(memory.calls).toHaveLength(1);
    },
  );

  it.each([
    ["captured", "paid", capture],
    ["captured", "processing", capture],
    ["captured", "canceled", capture],
    ["released", "canceled", release],
    ["released", "paid", release],
  ] as const)(
    "is not %s, nor counted as ours, once somebody else has made it %s: it is skipped",
    async (_what, status, action) => {
      const { put, run, memory } = await openExecution([held({ status, capturableMinor: 0 })]);
      await put(action);
      expect(await run("authorize", action)).toEqual([{ kind: "ack", outcome: "skipped" }]);
      expect(memory.calls).toEqual([]);
    },
  );

  describe("whose effect exists already", () => {
    type Change = Partial<PaymentSnapshot>;
    const captured = (changes: Change = {}): Change => ({
      status: "paid",
      capturedMinor: 10_000,
      capturableMinor: 0,
      capturedAt: 0,
      ...changes,
    });
    /** The first attempt ended so, and the provider shows this afterwards. */
    async function secondAttempt(first: Effect, changes: Change, action = capture) {
      const { put, run, memory, clock, view } = await openExecution([held()]);
      await put(action);
      memory.disturb({ kind: "answer", effect: first });
      await run("authorize", action);
      memory.change("pi_1", changes);
      clock.now += 3_600_000;
      await run("authorize", action);
      return { after: await view(action), calls: memory.calls.length };
    }
    const NOT_NOW: Effect = { kind: "not_now", failure: { reason: "provider_rate_limited", detail: "429" } };
    const UNCLEAR: Effect = { kind: "unclear", note: "timeout", storedError: false };

    it("is not taken for ours at a second attempt that was never in doubt", async () => {
      const { after, calls } = await secondAttempt(NOT_NOW, captured());
      expect([after.state, after.attempts, calls]).toEqual(["skipped", 2, 1]);
      const released = await secondAttempt(NOT_NOW, { status: "canceled", capturableMinor: 0 }, release);
      expect(released.after).toMatchObject({ state: "skipped", attempts: 2 });
    });

    it("is ours where a capture carries our id, as ours always do, or where we were uncertain about a release", async () => {
      expect((await secondAttempt(NOT_NOW, captured({ actionId: capture.id }))).after.state).toBe("succeeded");
      expect((await secondAttempt(UNCLEAR, captured())).after.state).toBe("skipped");
      const released = await secondAttempt(UNCLEAR, { status: "canceled", capturableMinor: 0 }, release);
      expect(released.after.state).toBe("succeeded");
    });

    it("is not ours where it names another action, however uncertain we were", async () => {
      const { after } = await secondAttempt(UNCLEAR, captured({ actionId: "act_other" }));
      expect(after).toMatchObject({ state: "skipped", outcome: { note: expect.stringContaining("paid") } });
      const released = { status: "canceled", capturableMinor: 0, actionId: "act_other" } as const;
      expect((await secondAttempt(UNCLEAR, released, release)).after.state).toBe("skipped");
    });

    it.each([9_999, 10_001])("is a case that names both where it is of another amount: %i", async (capturedMinor) => {
      const { after, calls } = await secondAttempt(UNCLEAR, captured({ capturedMinor, actionId: capture.id }));
      expect(after).toMatchObject({ state: "case_opening", outcome: { kind: "unmeant", amountMinor: capturedMinor } });
      expect(calls).toBe(1);
    });
  });

  it("that was captured in another currency than was granted is a case that names both", async () => {
    const { put, run, memory, view, ledger, clock } = await openExecution([held()]);
    await put(capture);
    await ledger.begin([capture]);
    const changes = { status: "paid", capturedMinor: 10_000, currency: "gbp", actionId: capture.id } as const;
    memory.change("pi_1", changes);
    clock.now += 3_600_000;
    await run("authorize", capture);
    const after = await view(capture);
    expect(after).toMatchObject({ state: "case_opening", outcome: { kind: "unmeant" } });
    expect(after.caseReason).toMatch(/100\.00 USD.*100\.00 GBP/);
  });

  it.each([
    ["raised", "whole", 10_001, "case_opening", 0],
    ["raised, of a row of before", undefined, 10_001, "case_opening", 0],
    ["lowered", "whole", 9_999, "case_opening", 0],
    ["as it was", "whole", 10_000, "succeeded", 1],
    ["raised, and the amount was asked for by name", "part", 10_001, "succeeded", 1],
    ["lowered below the amount that was asked for", "part", 9_999, "case_opening", 0],
  ] as const)("that was %s since the grant", async (_what, extent, capturableMinor, state, sent) => {
    const { put, run, memory, view } = await openExecution([held({ capturableMinor })]);
    const granted = extent === undefined ? capture : { ...capture, extent };
    await put(granted);
    await run("authorize", granted);
    const after = await view(granted);
    expect([after.state, memory.calls.length]).toEqual([state, sent]);
    if (sent === 0) expect(after.caseAbout).toMatchObject({ rule: "capturable" });
  });

  it("is a case when more was granted than is held by now", async () => {
    const { put, run, memory } = await openExecution([held({ capturableMinor: 9_999 })]);
    await put(capture);
    expect(await run("authorize", capture)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(memory.calls).toEqual([]);
  });

  it("is a case when the bank declines the capture", async () => {
    const { put, run, memory } = await openExecution([held()]);
    await put(capture);
    memory.disturb({ kind: "answer", effect: { kind: "declined", decline: declineOf("x", null), note: "no" } });
    expect(await run("authorize", capture)).toEqual([{ kind: "ack", outcome: "case" }]);
  });
});
