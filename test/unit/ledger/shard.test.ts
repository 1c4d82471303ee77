import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { migrate } from "../../../shared/core/sql.ts";
import { sumTotals } from "../../../shared/ledger/client/totals.ts";
import { MIGRATIONS } from "../../../shared/ledger/shard/schema.ts";
import { sqlOf } from "../../helpers/ledger.ts";
import { event, failure, openShard, refund, succeeded } from "../../helpers/shard.ts";

describe("migrations", () => {
  it("run once: a shard that starts again keeps its rows", () => {
    const sql = sqlOf(new DatabaseSync(":memory:"));
    openShard(sql).accept(event());
    const again = openShard(sql);
    expect(again.accept(event())).toEqual(["duplicate"]);
    migrate(sql, MIGRATIONS);
    expect(sql.exec("SELECT version FROM migration").toArray()).toHaveLength(MIGRATIONS.length);
  });
});

describe("the number of shards", () => {
  it("is fixed by the first call, and a call that states another is refused with what to do", () => {
    const sql = sqlOf(new DatabaseSync(":memory:"));
    const { shard } = openShard(sql);
    shard.requireShards(8);
    shard.requireShards(8);
    expect(() => shard.requireShards(64)).toThrow("LEDGER_SHARDS=8; a call states 64. Set it back.");
    expect(() => openShard(sql).shard.requireShards(9)).toThrow("LEDGER_SHARDS=8");
  });
});

describe("totals", () => {
  it("add up what was accepted, what waits, and what was moved in which currency", () => {
    const { accept, put, lease, settle, fail, shard } = openShard();
    accept(event(), event(), event({ id: "stripe:evt_2" }), event({ mode: "live" }));
    const euros = refund(2, { currency: "eur", amountMinor: 700 });
    const cases = refund(3);
    put(refund(1), euros, cases, refund(4));
    settle(refund(1), lease(refund(1)).fence, succeeded(4_250));
    settle(euros, lease(euros).fence, succeeded(null));
    fail(cases, null, failure("guardrail"));
    shard.caseOpened([{ id: cases.action.id, subject: "pi_3" }], 0);
    expect(sumTotals([shard.totals()])).toEqual({
      accepted: 2,
      duplicates: 1,
      conflicts: 1,
      waiting: { events: 2, actions: 1 },
      actions: [
        { kind: "refund", state: "case_open", currency: "usd", count: 1, amountMinor: 0 },
        { kind: "refund", state: "succeeded", currency: "eur", count: 1, amountMinor: 700 },
        { kind: "refund", state: "succeeded", currency: "usd", count: 1, amountMinor: 4_250 },
      ],
      none: 0,
      deadLetteredEvents: 0,
      fullestShard: { index: 0, share: expect.any(Number) },
    });
  });

  it("take a dead letter back out when it is redriven", () => {
    const { put, fail, shard, clock, refOf } = openShard();
    put(refund(1));
    fail(refund(1), null, failure("queue_exhausted"));
    const ref = { kind: "action", ...refOf(refund(1)) } as const;
    shard.deadLettered(ref, clock.now);
    expect(sumTotals([shard.totals()]).actions).toMatchObject([{ state: "dead_lettered", count: 1 }]);
    shard.redrive(ref, "n", clock.now);
    expect(sumTotals([shard.totals()]).actions).toEqual([]);
  });
});

describe("an action's story", () => {
  it("keeps its first and its newest lines when it grows very long", () => {
    const { put, fail, lease, view, pass } = openShard();
    put(refund(1));
    for (let n = 0; n < 100; n++) {
      fail(refund(1), lease(refund(1)).fence, { reason: "provider_rate_limited", detail: `try ${n}` });
      pass(3_600_000);
    }
    const { history } = view(refund(1));
    expect(history).toHaveLength(60);
    expect(history[0]?.what).toBe("granted");
    expect(history.at(-1)?.detail).toBe("try 99");
  });
});
