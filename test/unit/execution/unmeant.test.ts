import { describe, expect, it } from "vitest";
import type { Effect } from "../../../shared/contracts/provider.ts";
import { openExecution } from "../../helpers/execution.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";

const held = paymentOf({ status: "held", capturedMinor: 0, capturableMinor: 10_000, capturedAt: null });
const capture = refundAction(1, { kind: "authorize", variant: "capture", amountMinor: 10_000 });
const moved = (amountMinor: number | null, changes: object = {}): Effect =>
  ({ kind: "done", providerObject: "pi_1", amountMinor, pending: false, note: "captured", ...changes }) as Effect;
const found = (actionId: string | null): Effect => moved(10_000, { kind: "found", actionId });

async function ran(effect: Effect) {
  const opened = await openExecution([held]);
  await opened.put(capture);
  opened.memory.disturb({ kind: "answer", effect });
  await opened.run("authorize", capture);
  return opened;
}

describe("money that moved in another amount than was granted", () => {
  it.each([moved(9_999), moved(10_001), moved(1, { pending: true })])(
    "is a case that names both amounts and what moved: %j",
    async (effect) => {
      const { view, rung } = await ran(effect);
      const amount = "amountMinor" in effect ? (effect.amountMinor ?? 0) : 0;
      const row = await view(capture);
      expect(row).toMatchObject({
        state: "case_opening",
        caseAbout: { rule: "amount_taken" },
        outcome: { kind: "unmeant", providerObject: "pi_1", amountMinor: amount },
      });
      expect(row.caseReason).toContain("100.00 USD");
      expect(row.caseReason).toContain(`${(amount / 100).toFixed(2)} USD moved`);
      expect(rung).toEqual([{ queue: "escalate", id: capture.id }]);
    },
  );

  it("is never sent again, however often its row is rung for", async () => {
    const { run, memory, ledger } = await ran(moved(9_999));
    await run("authorize", capture);
    await ledger.caseOpened([capture]);
    await run("authorize", capture);
    expect(memory.calls).toHaveLength(1);
  });

  it("does not include what the provider states no amount of", async () => {
    const { view } = await ran(moved(null, { pending: true }));
    expect(await view(capture)).toMatchObject({ state: "pending" });
  });
});

describe("what exists although the call was refused", () => {
  it("is ours where it names our action", async () => {
    const { view } = await ran(found(capture.id));
    expect(await view(capture)).toMatchObject({ state: "succeeded", outcome: { amountMinor: 10_000 } });
  });

  it.each([null, "act_00000000000000000000000000000000"])("is somebody else's where it names %s", async (actionId) => {
    const { view } = await ran(found(actionId));
    expect(await view(capture)).toMatchObject({ state: "skipped" });
  });

  const release = refundAction(1, { kind: "authorize", variant: "release", amountMinor: null });
  it.each([
    ["a release", release, "succeeded"],
    ["no capture, for ours always carry our id", capture, "skipped"],
  ] as const)(
    "is ours where an earlier call ended without an answer, and it names no action: %s",
    async (_what, action, state) => {
      const { put, run, memory, view, clock } = await openExecution([held]);
      await put(action);
      memory.disturb({ kind: "answer", effect: { kind: "unclear", note: "timeout", storedError: false } });
      await run("authorize", action);
      clock.now += 600_000;
      memory.disturb({ kind: "answer", effect: found(null) });
      await run("authorize", action);
      expect(await view(action)).toMatchObject({ state });
    },
  );
});
