import { describe, expect, it } from "vitest";
import { UNCLAIMED_RINGS_MAX } from "../../../shared/ledger/settings.ts";
import { event, openShard, SWEEP_MS } from "../../helpers/shard.ts";

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
        claimed.add(one.event.id);
        shard.close([{ id: one.event.id, outcome: { kind: "none", reason: "looked at" }, factKey: null }], clock.now);
      }
    }
    expect(claimed.size).toBe(MANY);
  });
});
