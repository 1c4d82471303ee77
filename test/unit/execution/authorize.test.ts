import { describe, expect, it } from "vitest";
import type { PaymentSnapshot } from "../../../shared/contracts/provider.ts";
import { err } from "../../../shared/core/result.ts";
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
    const { put, run, memory, view, clock } = await openExecution([held()]);
    const neither = refundAction(1, { kind: "authorize", variant: null, amountMinor: 10_000 });
    await put(neither);
    const { find } = memory.provider;
    memory.provider.find = async () => err({ reason: "provider_unavailable", detail: "away" });
    await run("authorize", neither);
    memory.provider.find = find;
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
      memory.change("pi_1", { status: "processing", capturedMinor: 0, capturableMinor: 0 });
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
