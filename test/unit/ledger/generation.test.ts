import { describe, expect, it } from "vitest";
import { failure, openShard, refund, unknown } from "../../helpers/shard.ts";

const MINUTE_MS = 60_000;
const one = refund(1);

/** A refund whose first call, at minute 0, got a stored server error; the evidence of a later read is given by each test. */
function afterServerError() {
  const open = openShard();
  const { put, lease, settle, clock } = open;
  put(one);
  const at = clock.now;
  settle(one, lease(one).fence, unknown(at, at));
  const generation = (): number => Number(lease(one).key.split(":")[1]);
  /** Begins `minutes` after the error, reads nothing at the provider and says so. */
  const readAfter = (minutes: number): void => {
    clock.now = at + minutes * MINUTE_MS;
    settle(one, lease(one).fence, unknown(clock.now, null));
  };
  const to = (minutes: number): void => {
    clock.now = at + minutes * MINUTE_MS;
  };
  return { ...open, at, to, readAfter, generation };
}

describe("a new provider key", () => {
  it("is used after a stored error, once it is old, read since without an effect, and no consumer can live", () => {
    const { readAfter, to, generation } = afterServerError();
    readAfter(1);
    to(16);
    expect(generation()).toBe(1);
  });

  it("is not used when nobody has read since the error", () => {
    const { to, generation } = afterServerError();
    to(60);
    expect(generation()).toBe(0);
  });

  it("is not used for a read at the very time of the error: only later ones count", () => {
    const { settle, lease, clock, at, to, generation } = afterServerError();
    clock.now = at + MINUTE_MS;
    settle(one, lease(one).fence, unknown(at, null));
    to(60);
    expect(generation()).toBe(0);
  });

  it("is not used sooner than 15 minutes after the previous begin", () => {
    const { readAfter, to, generation } = afterServerError();
    readAfter(12);
    to(26);
    expect(generation()).toBe(0);
  });

  it("is used exactly 15 minutes after the previous begin", () => {
    const { readAfter, to, generation } = afterServerError();
    readAfter(12);
    to(27);
    expect(generation()).toBe(1);
  });

  it("is not used while the stored error is younger than 10 minutes", () => {
    const { lease, settle, put, clock } = openShard();
    put(one);
    const { fence } = lease(one);
    // The error is recorded late: its call was slow, and the last begin is long ago.
    const at = clock.now + 20 * MINUTE_MS;
    clock.now = at;
    settle(one, fence, unknown(at + 1, at));
    clock.now = at + 9 * MINUTE_MS;
    expect(lease(one).key).toBe(`${one.action.id}:0`);
  });

  it("is never used because of a timeout", () => {
    const { put, lease, settle, clock } = openShard();
    put(one);
    for (let n = 0; n < 10; n++) {
      settle(one, lease(one).fence, unknown(clock.now, null));
      clock.now += 60 * MINUTE_MS;
    }
    expect(lease(one).key).toBe(`${one.action.id}:0`);
  });

  it("is never used because leases expired", () => {
    const { put, lease, clock } = openShard();
    put(one);
    for (let n = 0; n < 10; n++) {
      lease(one);
      clock.now += 60 * MINUTE_MS;
    }
    expect(lease(one).key).toBe(`${one.action.id}:0`);
  });

  it("starts with no evidence: the next one needs its own error and its own read", () => {
    const { readAfter, to, settle, lease, generation, clock } = afterServerError();
    readAfter(1);
    to(16);
    settle(one, lease(one).fence, unknown(clock.now, null));
    to(60);
    expect(generation()).toBe(1);
  });

  it("is announced as spent until then, so that nothing is sent in vain", () => {
    const { lease, readAfter, to } = afterServerError();
    to(1);
    expect(lease(one).keySpent).toBe(true);
    const later = afterServerError();
    later.readAfter(1);
    later.to(16);
    expect(later.lease(one).keySpent).toBe(false);
    readAfter(3);
  });

  it("is waited for, not asked for in vain: after the read the row is due when the key may be used", () => {
    const { readAfter, shard, at } = afterServerError();
    readAfter(1);
    expect(shard.earliestDue()).toBe(at + 16 * MINUTE_MS);
  });

  it("keeps the first stored error's age, since that is the answer which is replayed", () => {
    const { settle, lease, clock, at, to, generation } = afterServerError();
    clock.now = at + MINUTE_MS;
    settle(one, lease(one).fence, unknown(clock.now, clock.now));
    clock.now = at + 2 * MINUTE_MS;
    settle(one, lease(one).fence, unknown(clock.now, null));
    to(17);
    expect(generation()).toBe(1);
  });

  it("survives a redrive: the evidence is kept", () => {
    const { shard, fail, to, readAfter, generation, clock, refOf } = afterServerError();
    readAfter(1);
    to(2);
    fail(one, null, failure("queue_exhausted"));
    shard.redrive({ kind: "action", ...refOf(one) }, "n", clock.now);
    to(15);
    expect(generation()).toBe(0);
  });
});
