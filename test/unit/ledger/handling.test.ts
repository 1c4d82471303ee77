import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Handling } from "../../../shared/contracts/ledger.ts";
import { HOUR_MS } from "../../../shared/core/time.ts";
import { createLocalLedger, newAction, refundAction, sqlOf } from "../../helpers/ledger.ts";
import { policy } from "../../helpers/policy.ts";
import { failure, openShard, refund, SETTINGS, START } from "../../helpers/shard.ts";

const dead = { retries: 0, otherwise: "dead" } as const;
const publication = (n: number, patienceMs = n * HOUR_MS): Handling => ({
  n,
  handling: { patienceMs, dispositions: { ...policy.handling.dispositions, provider_refused: dead } },
});

describe("what policy says of failures and waits", () => {
  it("is the default until a publication has come, and then what that says", () => {
    const open = openShard();
    const [one, other] = [refund(1), refund(2)];
    open.put(one, other);
    open.fail(one, open.lease(one).fence, failure("provider_refused"));
    expect(open.view(one).state).toBe("case_opening");
    expect(open.shard.handle(publication(2), START)).toBe(2);
    open.fail(other, open.lease(other).fence, failure("provider_refused"));
    expect(open.view(other).state).toBe("dead");
  });

  it("says from when a person is told of what waits", () => {
    const toldAfter = (patienceMs: number): number => {
      const open = openShard();
      open.put(refund(1));
      open.shard.handle(publication(2, patienceMs), START);
      for (let hours = 1; hours < 20; hours++) {
        open.pass(HOUR_MS);
        open.shard.overdue(open.clock.now, 10);
        if (open.shard.notices([{ kind: "action", ...open.refOf(refund(1)) }])[0] !== null) return hours;
      }
      return 0;
    };
    expect([toldAfter(3 * HOUR_MS), toldAfter(9 * HOUR_MS)]).toEqual([3, 9]);
  });

  it("is kept over a restart", () => {
    const sql = sqlOf(new DatabaseSync(":memory:"));
    openShard(sql).shard.handle(publication(7), START);
    expect(openShard(sql, SETTINGS).shard.handle(publication(3), START)).toBe(7);
  });

  it("is that of the newest publication, in whatever order they come", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }), (order) => {
        const { shard, put, fail, lease, view } = openShard();
        let newest = 0;
        for (const n of order) {
          newest = Math.max(newest, n);
          expect(
            shard.handle({ ...publication(n), handling: n === 9 ? policy.handling : publication(n).handling }, START),
          ).toBe(newest);
        }
        put(refund(1));
        fail(refund(1), lease(refund(1)).fence, failure("provider_refused"));
        expect(view(refund(1)).state).toBe(newest === 9 ? "case_opening" : "dead");
      }),
    );
  });

  it("goes to every shard, and its publisher hears the least that one has", async () => {
    const local = createLocalLedger(3);
    expect(await local.ledger.handle(publication(4))).toBe(4);
    expect(await local.ledger.handle(publication(2))).toBe(4);
    expect(local.calls).toEqual(Array.from({ length: 6 }, () => "handle"));
    local.broken.add("handle");
    await expect(local.ledger.handle(publication(5))).rejects.toThrow("does not answer");
    local.broken.clear();
    await local.ledger.putActions([newAction(refundAction(1))]);
    expect(await local.ledger.handle(publication(5))).toBe(5);
  });
});
