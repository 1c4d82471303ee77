import { describe, expect, it } from "vitest";
import type { HoldRef } from "../../../shared/contracts/gate.ts";
import type { NewAction } from "../../../shared/contracts/ledger.ts";
import { DUE_CAP_MS, LEASE_MS, UNCLAIMED_RINGS_MAX, WAKE_AT_ONCE } from "../../../shared/ledger/settings.ts";
import { createLocalLedger, newAction, refundAction } from "../../helpers/ledger.ts";
import { storedActions } from "../../helpers/rows.ts";
import {
  event,
  failure,
  type OpenShard,
  openShard,
  refund,
  START,
  SWEEP_MS,
  succeeded,
  unknown,
} from "../../helpers/shard.ts";

const ALL: HoldRef = { scope: "all", at: START };
const PAYMENT: HoldRef = { scope: "payment:pi_1", at: START };
const LIMIT = UNCLAIMED_RINGS_MAX;

/** What an executor does with a doorbell of something that is on hold. */
function looked({ shard, clock, refOf }: OpenShard, hold: HoldRef, ...items: NewAction[]): void {
  shard.actions(items.map(refOf));
  shard.held(
    items.map((item) => ({ ...refOf(item), hold, reason: "stop", fence: null })),
    clock.now,
  );
}
const rowText = ({ sql }: OpenShard): string => JSON.stringify(storedActions(sql));
const rungNow = ({ shard, clock }: OpenShard): string[] => shard.overdue(clock.now, LIMIT).actions.map(({ id }) => id);
const item = refund(1);

describe("a row on hold", () => {
  it("says since when and why, and keeps the state in which it will go on", () => {
    const open = openShard();
    open.put(item);
    open.pass(5);
    looked(open, PAYMENT, item);
    expect(open.view(item)).toMatchObject({
      state: "ready",
      held: { ...PAYMENT, reason: "stop", since: START + 5 },
      history: [{ what: "granted" }, { what: "held", detail: "stop" }],
    });
  });

  it("waits for nothing any more when who had it settles it after all, its lease over and found on hold meanwhile", () => {
    for (const say of [succeeded(), unknown()]) {
      const open = openShard();
      open.put(item);
      const { fence } = open.lease(item);
      open.pass(LEASE_MS);
      looked(open, PAYMENT, item);
      expect(open.view(item).held).not.toBeNull();
      open.settle(item, fence, say);
      expect(open.view(item).held).toBeNull();
    }
  });

  it("is written when that changes, and not each time somebody looks", () => {
    const open = openShard();
    open.put(item);
    looked(open, PAYMENT, item);
    const before = rowText(open);
    open.pass(60_000);
    looked(open, PAYMENT, item);
    expect(rowText(open)).toBe(before);
    looked(open, { ...PAYMENT, at: START + 1 }, item);
    expect(rowText(open)).not.toBe(before);
  });

  it("is rung for ever more seldom, down to once an hour", () => {
    const open = openShard();
    open.put(item);
    const waits: number[] = [];
    for (let n = 0; n < 9; n++) {
      const due = open.shard.earliestDue() ?? 0;
      waits.push((due - open.clock.now) / SWEEP_MS);
      open.clock.now = due;
      expect(rungNow(open)).toEqual([item.action.id]);
      looked(open, ALL, item);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 120, 120, 120]);
    expect(DUE_CAP_MS).toBe(120 * SWEEP_MS);
  });

  it("takes none of the pump's places: a hundred of them keep nothing else from being rung for", () => {
    const open = openShard();
    const many = Array.from({ length: LIMIT }, (_, n) => refund(n + 1));
    open.put(...many);
    open.pass(100 * SWEEP_MS);
    expect(rungNow(open)).toHaveLength(LIMIT);
    looked(open, ALL, ...many);
    open.accept(event());
    open.pass(2 * SWEEP_MS);
    expect(open.shard.overdue(open.clock.now, LIMIT).events).toHaveLength(1);
  });

  it.each(["unknown", "pending"] as const)("that is %s stays so", (state) => {
    const open = openShard();
    open.put(item);
    const { fence } = open.lease(item);
    open.settle(
      item,
      fence,
      state === "unknown"
        ? unknown()
        : { kind: "pending", providerObject: "re_1", amountMinor: 1, note: "", checkAfterMs: 1_000 },
    );
    looked(open, ALL, item);
    expect(open.view(item)).toMatchObject({ state, held: { scope: "all" } });
    open.shard.wake(ALL, open.clock.now);
    expect(open.view(item)).toMatchObject({ state, held: null });
  });

  it("no longer says so once it is leased, has failed, or is a case", () => {
    for (const end of [
      (open: OpenShard) => void open.lease(item),
      (open: OpenShard) => void open.fail(item, null, failure("provider_rate_limited")),
      (open: OpenShard) => void open.fail(item, null, failure("guardrail")),
    ]) {
      const open = openShard();
      open.put(item);
      looked(open, ALL, item);
      end(open);
      expect(open.view(item).held).toBeNull();
    }
  });

  it("is not what somebody else's live lease becomes", () => {
    const open = openShard();
    open.put(item);
    open.lease(item);
    looked(open, ALL, item);
    expect(open.view(item)).toMatchObject({ state: "in_flight", held: null });
  });

  it("gives its lease back only for the fence that holds it", () => {
    const open = openShard();
    open.put(item);
    const { fence } = open.lease(item);
    const tell = (with_: number) =>
      open.shard.held([{ ...open.refOf(item), hold: ALL, reason: "stop", fence: with_ }], open.clock.now);
    tell(fence - 1);
    expect(open.view(item).state).toBe("in_flight");
    tell(fence);
    expect(open.view(item)).toMatchObject({ state: "ready", held: { scope: "all" } });
    expect(open.settle(item, fence, { kind: "skipped", note: "" })).toEqual({ kind: "stale_fence" });
  });

  it("waits for nothing when it has ended", () => {
    const open = openShard();
    open.put(refund(1, {}, { caseReason: "x" }));
    looked(open, ALL, item);
    expect(open.view(item)).toMatchObject({ state: "case_opening", held: null });
  });
});

describe("lifting", () => {
  it("makes due at once what waited because of that hold, however far its due had moved, and nothing else", () => {
    const open = openShard();
    const byPayment = refund(2);
    const free = refund(3);
    open.put(item, byPayment, free);
    for (let n = 0; n < 8; n++) {
      open.pass(DUE_CAP_MS);
      rungNow(open);
      looked(open, ALL, item);
      looked(open, PAYMENT, byPayment);
      open.shard.actions([open.refOf(free)]);
    }
    expect(rungNow(open)).toEqual([]);
    expect(open.shard.wake(ALL, open.clock.now)).toBe(1);
    expect(open.shard.earliestDue()).toBe(open.clock.now);
    expect(rungNow(open)).toEqual([item.action.id]);
    expect(open.view(item).history.at(-1)).toMatchObject({ what: "lifted" });
    expect(open.shard.wake(ALL, open.clock.now)).toBe(0);
  });

  it("rings as often as for a new row afterwards", () => {
    const open = openShard();
    open.put(item);
    for (let n = 0; n < 8; n++) {
      open.pass(DUE_CAP_MS);
      rungNow(open);
      looked(open, ALL, item);
    }
    open.shard.wake(ALL, open.clock.now);
    rungNow(open);
    expect((open.shard.earliestDue() ?? 0) - open.clock.now).toBeLessThanOrEqual(4 * SWEEP_MS);
  });

  it("leaves what a later hold of the same scope keeps", () => {
    const open = openShard();
    open.put(item);
    looked(open, { ...ALL, at: START + 10 }, item);
    expect(open.shard.wake(ALL, open.clock.now)).toBe(0);
    expect(open.view(item).held).toMatchObject({ at: START + 10 });
  });

  it("is heard before the word of an executor that asked the gate earlier; a later hold is not", () => {
    const open = openShard();
    open.put(item);
    open.shard.wake(ALL, open.clock.now);
    looked(open, ALL, item);
    expect(open.view(item).held).toBeNull();
    expect(open.shard.earliestDue()).toBe(open.clock.now);
    looked(open, { ...ALL, at: START + 1 }, item);
    expect(open.view(item).held).toMatchObject({ scope: "all" });
  });

  it("takes a stop of everything in portions, and wakes all of it", async () => {
    const { ledger, clock, calls } = createLocalLedger(2);
    const count = 2 * WAKE_AT_ONCE + 500;
    const actions = Array.from({ length: count }, (_, n) => refundAction(n + 1));
    await ledger.putActions(actions.map((action) => newAction(action)));
    await ledger.held(actions.map(({ id, subject }) => ({ id, subject, hold: ALL, reason: "stop", fence: null })));
    clock.now += 1;
    expect(await ledger.wake(ALL)).toBe(count);
    expect(calls.filter((call) => call === "wake").length).toBeGreaterThan(2);
    const views = await ledger.actions(actions);
    expect(views.filter((view) => view?.held !== null)).toEqual([]);
    expect(await ledger.wake(ALL)).toBe(0);
  });
});
