import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { describeTotals } from "../../../cli/commands/totals.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../shared/core/time.ts";
import { sumTotals } from "../../../shared/ledger/client/totals.ts";
import { CONFLICT_BYTES, CONFLICTS_KEPT } from "../../../shared/ledger/shard/conflicts.ts";
import { CAPACITY_BYTES, type ShardSql } from "../../../shared/ledger/shard/fullness.ts";
import { createShard } from "../../../shared/ledger/shard/shard.ts";
import { TOTAL_DAYS } from "../../../shared/ledger/shard/totals.ts";
import { totals } from "../../helpers/chaos-evidence.ts";
import { sqlOf } from "../../helpers/ledger.ts";
import { doChores, event, openShard, SETTINGS, START } from "../../helpers/shard.ts";

const rowsOf = (sql: ShardSql, table: string): number =>
  sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).toArray()[0]?.n ?? 0;

describe("totals", () => {
  it("have few rows after three years, and are right for all of them and for each newer day", () => {
    const { shard, clock, sql, accept, pass } = openShard();
    const days = 1_100;
    for (let day = 0; day < days; day++) {
      for (const n of [1, 2, 3]) {
        accept(event({ id: `stripe:evt_${day}_${n}`, type: "customer.created" }));
        pass(7 * MINUTE_MS);
      }
      pass(DAY_MS - 21 * MINUTE_MS);
      doChores(shard, clock.now);
    }
    expect(sumTotals([shard.totals()])).toMatchObject({ accepted: 3 * days, none: 3 * days });
    expect(rowsOf(sql, "total_day")).toBeLessThanOrEqual(2 * (TOTAL_DAYS + 3));
    const newest = sql
      .exec("SELECT DISTINCT count FROM total_day WHERE bucket = 'event:accepted' AND day > 0")
      .toArray();
    expect(newest).toEqual([{ count: 3 }]);
  });

  it("of minutes, as earlier versions wrote them, are folded once, in small steps, and count the same throughout", () => {
    const { shard, clock, sql } = openShard();
    const first = Math.floor(START / MINUTE_MS) - 5_000;
    for (let n = 0; n < 5_000; n++)
      sql.exec(
        "INSERT INTO total VALUES (?, 'event:accepted', 1, 0), (?, 'action:refund:succeeded:usd', 1, 5)",
        first + n,
        first + n,
      );
    // The last step has fewer rows than a step may have.
    sql.exec("INSERT INTO total VALUES (?, 'event:none', 1, 0)", first);
    const figures = () => sumTotals([shard.totals()]);
    const before = figures();
    expect(before).toMatchObject({ accepted: 5_000, actions: [{ count: 5_000, amountMinor: 25_000 }] });
    let steps = 0;
    for (let found = shard.lookForChore(clock.now); found !== null; found = shard.lookForChore(clock.now)) {
      shard.doChore(found, () => false, clock.now);
      expect(figures()).toMatchObject({ accepted: 5_000, actions: before.actions });
      steps++;
    }
    expect(steps).toBeGreaterThan(9);
    expect(rowsOf(sql, "total")).toBe(0);
    expect(rowsOf(sql, "total_day")).toBeLessThan(12);
    doChores(shard, clock.now + 10 * DAY_MS);
    expect(figures()).toMatchObject({ accepted: 5_000, actions: before.actions });
  });
});

describe("conflicts of one id", () => {
  const conflict = (n: number, length: number) => event({ amountMinor: n + 1, text: "é".repeat(length) });
  const bytesKept = (sql: ShardSql): number =>
    sql
      .exec<{ body: string; raw: string }>("SELECT body, raw FROM conflict")
      .toArray()
      .reduce((sum, { body, raw }) => sum + Buffer.byteLength(body) + Buffer.byteLength(raw), 0);

  it("take a megabyte at most, though forty of a megabyte each are sent, and all forty are counted", () => {
    const { shard, clock, sql, accept } = openShard();
    accept(conflict(1_000, 10));
    for (let n = 0; n < 40; n++)
      expect(
        shard.accept([{ event: conflict(n, 10), raw: "é".repeat(500_000 / (n + 1)), provenance: "signed" }], clock.now),
      ).toEqual(["conflict"]);
    expect(bytesKept(sql)).toBeLessThanOrEqual(CONFLICT_BYTES);
    expect(bytesKept(sql)).toBeGreaterThan(CONFLICT_BYTES / 2);
    expect(shard.eventView("stripe:evt_1")?.conflicts).toBe(40);
    expect(sumTotals([shard.totals()]).conflicts).toBe(40);
  });

  it("are kept with their content up to five, each content once", () => {
    const { sql, accept, pass } = openShard();
    accept(conflict(1_000, 10));
    for (const n of [1, 1, 2, 2, 3, 4, 5, 6, 7]) {
      accept(conflict(n, 10));
      pass(1_000);
    }
    accept(event({ id: "stripe:evt_2", amountMinor: 1 }), event({ id: "stripe:evt_2", amountMinor: 7 }));
    const kept = sql.exec<{ id: string; body: string }>("SELECT id, body FROM conflict ORDER BY at").toArray();
    expect(kept.map(({ body }) => (JSON.parse(body) as { amountMinor: number }).amountMinor)).toEqual([
      2, 3, 4, 5, 6, 7,
    ]);
    expect(kept.filter(({ id }) => id === "stripe:evt_1")).toHaveLength(CONFLICTS_KEPT);
  });
});

describe("a shard that fills", () => {
  function filling() {
    const sql = { ...sqlOf(new DatabaseSync(":memory:")), databaseSize: 0 };
    const shard = createShard(sql, SETTINGS);
    return {
      sql,
      shard,
      again: () => createShard(sql, SETTINGS),
      fill(share: number): void {
        sql.databaseSize = share * CAPACITY_BYTES;
      },
    };
  }

  it("says so from 80 % on, and not before", () => {
    const { shard, fill } = filling();
    fill(0.79);
    expect(shard.takeFullAlarm(START)).toBeNull();
    fill(0.8);
    expect(shard.takeFullAlarm(START + MINUTE_MS)).toMatchObject({ share: 0.8, databaseBytes: 8_000_000_000 });
  });

  it("says so once an hour at most, also when it starts again and again, and when its clock is set back", () => {
    const { shard, again, fill } = filling();
    fill(0.9);
    const told = (now: number, by = shard): boolean => by.takeFullAlarm(now) !== null;
    expect(told(START)).toBe(true);
    for (let ms = 0; ms < HOUR_MS; ms += MINUTE_MS)
      expect([told(START + ms), told(START + ms, again())]).toEqual([false, false]);
    expect(told(START + HOUR_MS)).toBe(true);
    expect([told(START - DAY_MS), told(START - DAY_MS + MINUTE_MS)]).toEqual([true, false]);
  });

  it("says so although nothing can be written any more", () => {
    const { sql, shard, fill } = filling();
    fill(1);
    sql.exec = (query) => {
      if (/^\s*INSERT/i.test(query)) throw new Error("database or disk is full");
      return { toArray: () => [] };
    };
    expect(shard.takeFullAlarm(START)).toMatchObject({ share: 1 });
    expect(shard.takeFullAlarm(START + MINUTE_MS)).toBeNull();
  });

  it("is named in the totals, which show the fullest one", () => {
    const parts = [0.1, 0.834, 0.2].map((share) => ({ waiting: { events: 0, actions: 0 }, buckets: [], share }));
    const { fullestShard } = sumTotals(parts);
    expect(fullestShard).toEqual({ index: 1, share: 0.834 });
    expect(describeTotals(totals({ fullestShard })).join("\n")).toMatch(/fullest shard +shard 1: 83% full/);
    expect(describeTotals(totals({ fullestShard: { index: 0, share: 0.001 } })).join("\n")).toContain(
      "less than 1% full",
    );
  });

  it("is found out by the real size of its database", () => {
    const { shard, accept } = openShard();
    const before = shard.totals().share;
    accept(event({ text: "x".repeat(20_000) }));
    expect(shard.totals().share).toBeGreaterThan(before);
  });
});

describe("the rows of idempotency keys", () => {
  const claim = (key: string) => ({ key, occurredAt: START, newest: null });

  it("are removed two days later, and the newer ones stay", () => {
    const { shard, sql } = openShard();
    for (let n = 0; n < 2_500; n++) shard.claimKey(claim(`request:${n}`), START);
    shard.claimKey(claim("request:new"), START + DAY_MS);
    doChores(shard, START + 2 * DAY_MS);
    expect(rowsOf(sql, "key")).toBe(2_501);
    doChores(shard, START + 2 * DAY_MS + 1);
    expect(rowsOf(sql, "key")).toBe(2_501);
    doChores(shard, START + 3 * DAY_MS);
    expect(sql.exec("SELECT key FROM key").toArray()).toEqual([{ key: "request:new" }]);
  });
});

describe("a shard's chores", () => {
  const countedPasses = (hours: number, backAt: number | null = null) => {
    const { shard } = openShard();
    let passes = 0;
    for (let hour = 0; hour < hours; hour++) {
      const now = START + hour * HOUR_MS - (backAt !== null && hour >= backAt ? DAY_MS : 0);
      if (shard.nextChoreAt(now) > now) continue;
      passes++;
      doChores(shard, now);
    }
    return passes;
  };

  it("wake an idle shard once a day at most", () => {
    expect(countedPasses(20 * 24)).toBeLessThanOrEqual(20);
  });

  it("are done again after a clock was far ahead, and within two days after one was set back by a day", () => {
    const { shard } = openShard();
    doChores(shard, START + 1_000 * DAY_MS);
    expect(shard.nextChoreAt(START)).toBe(0);
    expect(countedPasses(10 * 24, 5 * 24)).toBeGreaterThanOrEqual(3);
  });

  it("go on where they were when the shard starts again before each step", () => {
    const { sql, shard } = openShard();
    for (let n = 0; n < 3_500; n++) shard.claimKey({ key: `request:${n}`, occurredAt: START, newest: null }, START);
    const now = START + 3 * DAY_MS;
    for (let steps = 0; steps < 20; steps++) {
      const again = createShard(sql, SETTINGS);
      const found = again.lookForChore(now);
      if (found !== null) again.doChore(found, () => false, now);
    }
    expect(createShard(sql, SETTINGS).lookForChore(now)).toBeNull();
    expect(rowsOf(sql, "key")).toBe(0);
  });
});
