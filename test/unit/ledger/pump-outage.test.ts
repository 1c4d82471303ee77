import { describe, expect, it } from "vitest";
import { UNCLAIMED_RINGS_MAX } from "../../../shared/ledger/settings.ts";
import { event, failure, openShard, refund, SWEEP_MS, unknown } from "../../helpers/shard.ts";

const LIMIT = UNCLAIMED_RINGS_MAX;
const MANY = 10 * LIMIT;

describe("a queue that loses every message for an hour", () => {
  const { accept, shard, clock, pass } = openShard();
  accept(...Array.from({ length: MANY }, (_, n) => event({ id: `stripe:evt_${n}` })));
  const ringsById = new Map<string, number>();
  const HOUR_MS = 3_600_000;
  for (const end = clock.now + HOUR_MS; clock.now < end; pass(SWEEP_MS)) {
    for (const { id } of shard.overdue(clock.now, LIMIT).events) ringsById.set(id, (ringsById.get(id) ?? 0) + 1);
  }

  it("does not keep the ledger from ringing for what has not been rung for", () => {
    expect(ringsById.size).toBeGreaterThan(LIMIT);
  });

  it("does not multiply messages: no row is rung for more often than its doubling waits allow", () => {
    expect(Math.max(...ringsById.values())).toBeLessThanOrEqual(Math.ceil(Math.log2(HOUR_MS / SWEEP_MS)));
  });

  it("loses nothing: when it works again, everything is rung for and claimed", () => {
    const claimed = new Set<string>();
    for (let round = 0; round < 10_000 && claimed.size < MANY; round++) {
      pass(SWEEP_MS);
      const ids = shard.overdue(clock.now, LIMIT).events.map(({ id }) => id);
      for (const one of shard.claim(ids, clock.now)) {
        if (one === null) continue;
        claimed.add(one.event.id);
        shard.close(
          [{ id: one.event.id, outcome: { kind: "none", reason: "looked at" }, factRowKey: null }],
          clock.now,
        );
      }
    }
    expect(claimed.size).toBe(MANY);
  });
});

describe("a dead-letter Worker whose D1 is away for hours", () => {
  it("looks all the same, says so, and keeps the ledger from ringing for nobody else", () => {
    const { put, fail, settle, lease, shard, clock, pass, refOf } = openShard();
    const dead = Array.from({ length: LIMIT }, (_, n) => refund(n + 10));
    put(...dead);
    for (const one of dead) fail(one, null, failure("queue_exhausted"));
    const look = () => {
      const { actions } = shard.overdue(clock.now, LIMIT);
      shard.release(
        dead.map((one) => ({ kind: "action", ...refOf(one) })),
        clock.now,
      );
      return actions.map(({ id }) => id);
    };
    for (const end = clock.now + 3 * 3_600_000; clock.now < end; pass(SWEEP_MS)) look();
    const doubtful = refund(1);
    put(doubtful);
    settle(doubtful, lease(doubtful).fence, unknown());
    pass(2 * SWEEP_MS);
    expect(look()).toContain(doubtful.action.id);
  });
});
