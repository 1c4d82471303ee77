import { describe, expect, it } from "vitest";
import type { RowRef } from "../../../shared/contracts/views.ts";
import { DAY_MS, HOUR_MS } from "../../../shared/core/time.ts";
import { DUE_CAP_MS } from "../../../shared/ledger/settings.ts";
import { policy } from "../../helpers/policy.ts";
import { type OpenShard, openShard, refund, SWEEP_MS } from "../../helpers/shard.ts";

const item = refund(1);
const row: RowRef = { kind: "action", id: item.action.id, subject: item.action.subject };
const LIMIT = 100;

/** Also where rows find no place in the pump. */
const isRung = ({ shard, clock }: OpenShard): string[] => shard.overdue(clock.now, 0).notices.map(({ id }) => id);

/** A shard in which one action has been rung for in vain until a person is to be told of it. */
function waitingFor(): OpenShard {
  const open = openShard();
  open.put(item);
  for (let hours = 0; hours <= policy.handling.patienceMs / HOUR_MS; hours++) {
    open.pass(DUE_CAP_MS);
    open.shard.overdue(open.clock.now, LIMIT);
  }
  return open;
}

describe("a notice", () => {
  it("is rung for until its case is kept, each time after a longer wait, also where its row finds no place", () => {
    const open = waitingFor();
    const waits: number[] = [];
    for (let nth = 0; nth < 7; nth++) {
      const before = open.clock.now;
      while (isRung(open).length === 0) open.pass(SWEEP_MS);
      waits.push((open.clock.now - before) / SWEEP_MS);
    }
    expect(waits).toEqual([8, 16, 32, 64, 120, 120, 120]);
  });

  it("of which nothing is left to do wakes the pump once more when its row has ended, and is gone when its case is closed", () => {
    const open = waitingFor();
    const { shard, clock } = open;
    const [told] = shard.notices([row]);
    shard.noticeKept([{ row, state: "opening", at: told?.at ?? 0 }], clock.now);
    shard.takeSoonestDue();
    open.settle(item, open.lease(item).fence, { kind: "skipped", note: "" });
    expect(shard.takeSoonestDue()).toBe(clock.now);
    expect(shard.nextWake()).toBe(clock.now);
    expect(isRung(open)).toEqual([item.action.id]);
    expect(shard.noticeKept([{ row, state: "closing", at: told?.at ?? 0 }], clock.now)).toEqual(["kept"]);
    expect(shard.notices([row])).toEqual([null]);
    open.pass(DAY_MS);
    expect(shard.overdue(clock.now, LIMIT)).toEqual({ events: [], actions: [], notices: [] });
    expect(shard.nextWake()).toBeNull();
  });

  it("is written with its row or not at all", () => {
    const open = waitingFor();
    expect(open.view(item).history.at(-1)).toMatchObject({ what: "waits for long" });
    expect(open.shard.notices([row])).toMatchObject([{ state: "opening", since: open.view(item).createdAt }]);
  });

  it("has a shard of its own patience where its settings say so", () => {
    const open = openShard(undefined, {
      sweepMs: SWEEP_MS,
      handling: { ...policy.handling, patienceMs: 3 * SWEEP_MS },
    });
    open.put(item);
    for (let nth = 0; nth < 2; nth++) {
      open.pass(4 * SWEEP_MS);
      open.shard.overdue(open.clock.now, LIMIT);
    }
    expect(open.shard.notices([row])).toMatchObject([{ state: "opening" }]);
  });
});

describe("notices of more rows than their queue has places", () => {
  const items = Array.from({ length: 3 * LIMIT }, (_, n) => refund(n));
  /** All of them wait for long, and nobody comes for what the pump rings for: until `hours` are over. */
  function away(hours: number) {
    const open = openShard();
    open.put(...items);
    const rung: string[] = [];
    for (const end = open.clock.now + hours * HOUR_MS; open.clock.now < end; ) {
      open.clock.now = Math.max(open.shard.nextWake() ?? end, open.clock.now + 250);
      rung.push(...open.shard.overdue(open.clock.now, LIMIT).notices.map(({ id }) => id));
    }
    return { ...open, rung };
  }

  it("do not multiply messages while it is away, and are rung for each in its turn", () => {
    const { rung } = away(48);
    expect(rung.length).toBeLessThan(48 * 1.5 * LIMIT);
    expect(new Set(rung).size).toBe(items.length);
  });

  it("are told one after another once it is back, and none waits for the hour of another", () => {
    const { shard, clock } = away(48);
    clock.now += HOUR_MS;
    const kept = new Set<string>();
    for (let due: number | null = clock.now; due !== null && due <= clock.now && kept.size < items.length; ) {
      for (const { id, subject, state, at } of shard.overdue(clock.now, LIMIT).notices) {
        shard.noticeKept([{ row: { kind: "action", id, subject }, state, at }], clock.now);
        kept.add(id);
      }
      for (const one of items)
        shard.release([{ kind: "action", id: one.action.id, subject: one.action.subject }], clock.now);
      due = shard.takeSoonestDue();
    }
    expect(kept.size).toBe(items.length);
  });
});
