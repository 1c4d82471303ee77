import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import { DAY_MS, HOUR_MS } from "../../../shared/core/time.ts";
import { acceptedEvent } from "../../../shared/ledger/event/row.ts";
import { filterOf, mayHave, positionsOf } from "../../../shared/ledger/find/filter.ts";
import { ACTION_AGE_MS } from "../../../shared/ledger/find/indexer.ts";
import { referenceOf, referencesOfEvent } from "../../../shared/ledger/find/references.ts";
import { BLOCK_ROWS } from "../../../shared/ledger/settings.ts";
import { countingRows, findAll } from "../../helpers/find.ts";
import { sqlOf } from "../../helpers/ledger.ts";
import { doChores, event, first, openShard, refund, SETTINGS, START, succeeded } from "../../helpers/shard.ts";

const noted = (n: number, changes: Partial<PaymentEvent> = {}) =>
  event({ id: `stripe:evt_${n}`, type: "customer.created", payment: `pi_${n}`, customer: `cus_${n % 7}`, ...changes });
const acting = (n: number, changes: Partial<PaymentEvent> = {}) =>
  event({ id: `stripe:evt_${n}`, payment: `pi_${n}`, ...changes });
const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

function indexed(count: number) {
  const opened = openShard();
  for (let n = 1; n <= count; n += 50) {
    const until = Math.min(count, n + 49);
    opened.accept(...range(until - n + 1).map((nth) => noted(n + nth - 1)));
  }
  doChores(opened.shard, opened.clock.now);
  return opened;
}
const blocksIn = (sql: ReturnType<typeof openShard>["sql"]) =>
  sql
    .exec<{ n: number; kind: string; open: string; ids: string }>("SELECT n, kind, open, ids FROM reference_block")
    .toArray();

describe("a look-up by a reference", () => {
  it("finds an event before and after it is in a block, by each thing that it names", () => {
    const { shard, accept, clock, sql } = openShard();
    const names = {
      payment: "pi_a",
      charge: "ch_a",
      invoice: "in_a",
      customer: "cus_a",
      subscription: "sub_a",
      dispute: "du_a",
      refund: "re_a",
      object: "po_a",
    };
    accept(acting(1, { ...names, text: "Refund invoice INV-1042, please; order #7781." }));
    const references = [...Object.values(names), "INV-1042", "inv-1042", "#7781", "7781"];
    for (const reference of references) expect(findAll(shard, reference).ids, reference).toEqual(["stripe:evt_1"]);
    accept(...range(2 * BLOCK_ROWS).map((n) => noted(n + 1)));
    doChores(shard, clock.now);
    expect(blocksIn(sql).length).toBeGreaterThan(0);
    for (const reference of references) expect(findAll(shard, reference).ids, reference).toEqual(["stripe:evt_1"]);
    expect(findAll(shard, "INV-1043").ids).toEqual([]);
  });

  it("finds an invoice by the number that only the provider's bytes have", () => {
    const { shard, clock } = openShard();
    const raw = JSON.stringify({ data: { object: { object: "invoice", id: "in_9", number: "A1B2-0007" } } });
    shard.accept(
      [{ event: noted(1, { type: "invoice.created", invoice: "in_9" }), raw, provenance: "signed" }],
      clock.now,
    );
    expect(findAll(shard, "a1b2-0007").ids).toEqual(["stripe:evt_1"]);
    shard.accept(
      range(2 * BLOCK_ROWS).map((n) => ({ event: noted(n + 1), raw: "{}", provenance: "signed" as const })),
      clock.now,
    );
    doChores(shard, clock.now);
    expect(findAll(shard, "A1B2-0007").ids).toEqual(["stripe:evt_1"]);
  });

  it("finds an action by its refund, which it names long after its block was written", () => {
    const one = openShard();
    const items = range(BLOCK_ROWS + 10).map((n) => refund(n, { charge: `ch_${n}` }));
    one.put(...items);
    one.pass(2 * ACTION_AGE_MS);
    doChores(one.shard, one.clock.now);
    expect(first(blocksIn(one.sql)).open.split("\n")).toHaveLength(BLOCK_ROWS);
    const late = first(items);
    one.settle(late, one.lease(late).fence, { ...succeeded(), providerObject: "re_late" } as ReturnType<
      typeof succeeded
    >);
    expect(findAll(one.shard, "re_late").rows).toMatchObject([{ eventId: late.eventId, action: one.refOf(late) }]);
    expect(findAll(one.shard, "ch_1").ids).toEqual([late.eventId]);
    // What is over goes into the filter, when other actions are put into theirs.
    one.put(...range(BLOCK_ROWS).map((n) => refund(1_000 + n)));
    one.pass(2 * ACTION_AGE_MS);
    doChores(one.shard, one.clock.now);
    expect(first(blocksIn(one.sql)).open.split("\n")).toHaveLength(BLOCK_ROWS - 1);
    expect(findAll(one.shard, "re_late").rows).toHaveLength(1);
  });

  it("stops at its limit with the newest, and goes on from there", () => {
    const { shard } = indexed(3 * BLOCK_ROWS);
    const some = shard.find({ reference: "cus_3", limit: 5, after: null });
    expect(some.next).not.toBeNull();
    expect(some.rows.length).toBeGreaterThanOrEqual(5);
    const all = findAll(shard, "cus_3", 5);
    expect(all.ids).toHaveLength(range(3 * BLOCK_ROWS).filter((n) => n % 7 === 3).length);
  });

  it("reads less than a tenth of 20,000 rows, in a few calls", () => {
    const counted = countingRows(sqlOf(new DatabaseSync(":memory:")));
    const { shard, clock, accept } = openShard(counted.sql);
    for (let n = 0; n < 40; n++) accept(...range(500).map((nth) => noted(n * 500 + nth)));
    doChores(shard, clock.now);
    counted.take();
    for (const n of [1, 777, 10_000, 19_999]) {
      const { ids, calls } = findAll(shard, `pi_${n}`);
      expect(ids).toEqual([`stripe:evt_${n}`]);
      expect(calls).toBeLessThan(5);
      expect(counted.take()).toBeLessThan(2_000);
    }
    expect(findAll(shard, "pi_none").ids).toEqual([]);
    expect(counted.take()).toBeLessThan(2_000);
  }, 60_000);

  it("reads no more than its share of rows in one call, also where nothing was ever indexed", () => {
    const counted = countingRows(sqlOf(new DatabaseSync(":memory:")));
    const { shard, accept } = openShard(counted.sql);
    for (let n = 0; n < 16; n++) accept(...range(500).map((nth) => noted(n * 500 + nth)));
    counted.take();
    const { ids, calls } = findAll(shard, "pi_1", 10, () => expect(counted.take()).toBeLessThan(10_000));
    expect(ids).toEqual(["stripe:evt_1"]);
    expect(calls).toBeGreaterThan(3);
  }, 60_000);

  it("begins anew where a place is none", () => {
    const { shard, accept } = openShard();
    accept(noted(1));
    for (const after of ["", "nonsense", '{"part":"tail"}', '{"part":"blocks","before":"1; DROP TABLE event"}'])
      expect(shard.find({ reference: "pi_1", limit: 10, after }).rows).toHaveLength(1);
  });
});

describe("the blocks of references", () => {
  it("cost one row, and one for the place, for a few hundred events", () => {
    const { sql } = indexed(10 * BLOCK_ROWS);
    expect(blocksIn(sql).length).toBeLessThanOrEqual(10);
    expect(blocksIn(sql).flatMap(({ ids }) => ids.split("\n"))).toHaveLength(10 * BLOCK_ROWS);
  });

  it("make the pump's alarm due when there is enough for one, and keep no idle shard awake", () => {
    const { shard, accept, clock, sql } = openShard();
    accept(...range(BLOCK_ROWS - 1).map((n) => noted(n)));
    expect(shard.takeSoonestDue()).toBeNull();
    doChores(shard, clock.now);
    expect(blocksIn(sql)).toEqual([]);
    expect(shard.nextChoreAt(clock.now)).toBeGreaterThan(clock.now + HOUR_MS);
    accept(noted(BLOCK_ROWS));
    expect(shard.takeSoonestDue()).toBe(0);
    expect(shard.nextChoreAt(clock.now)).toBe(0);
    doChores(shard, clock.now);
    expect(shard.nextChoreAt(clock.now)).toBeGreaterThan(clock.now + HOUR_MS);
  });

  it("wait until actions are an hour older than their first due", () => {
    const { shard, put, clock, sql } = openShard();
    put(...range(BLOCK_ROWS).map((n) => refund(n)));
    doChores(shard, clock.now);
    const at = shard.nextChoreAt(clock.now);
    expect(at).toBeGreaterThan(clock.now + HOUR_MS);
    expect(at).toBeLessThanOrEqual(clock.now + 2 * HOUR_MS);
    doChores(shard, at);
    expect(findAll(shard, "pi_7").rows).toHaveLength(1);
    expect(blocksIn(sql)).toHaveLength(1);
  });

  it("are written step by step for a shard of before, and it is looked up meanwhile", () => {
    const one = openShard();
    one.accept(...range(600).map((n) => acting(n)));
    one.put(...range(20).map((n) => refund(9_000 + n, { charge: `ch_${n}` })));
    // As an earlier build left it: no event has a place, and its actions have no first due any more.
    one.sql.exec("UPDATE event SET row = json_remove(row, '$.stored')");
    one.sql.exec("DROP TRIGGER action_is_written_once");
    one.sql.exec("UPDATE action SET due = NULL");
    one.sql.exec("UPDATE total_day SET newest = NULL");
    const { shard, accept, clock } = openShard(one.sql);
    const sought = ["pi_1", "pi_600", "ch_20"];
    const isAllFound = (): void => {
      for (const reference of sought) expect(findAll(shard, reference).ids, reference).toHaveLength(1);
    };
    isAllFound();
    accept(noted(5_000));
    let steps = 0;
    for (let found = shard.lookForChore(clock.now); found !== null; found = shard.lookForChore(clock.now)) {
      shard.doChore(found, () => false, clock.now);
      steps++;
      isAllFound();
    }
    expect(steps).toBeGreaterThan(3);
    expect(blocksIn(one.sql).length).toBeGreaterThan(2);
    isAllFound();
    expect(findAll(shard, "pi_5000").ids).toEqual(["stripe:evt_5000"]);
    expect(openShard(one.sql).shard.lookForChore(clock.now)).toBeNull();
  }, 60_000);

  it("cover what a build of before stored in between", () => {
    const one = indexed(BLOCK_ROWS + 10);
    one.accept(noted(9_001));
    one.sql.exec("UPDATE event SET row = json_remove(row, '$.stored') WHERE id = 'stripe:evt_9001'");
    one.sql.exec(
      `UPDATE total_day SET newest = substr('000000000000000', 1, 12) || '${BLOCK_ROWS + 10} stripe:evt_${BLOCK_ROWS + 10}' WHERE newest IS NOT NULL`,
    );
    const { shard, clock } = openShard(one.sql);
    expect(findAll(shard, "pi_9001").ids).toEqual(["stripe:evt_9001"]);
    doChores(shard, clock.now);
    expect(findAll(shard, "pi_9001").ids).toEqual(["stripe:evt_9001"]);
  });

  it("are whole after a process that died between any two steps, and after a transaction that failed", () => {
    const one = openShard();
    one.accept(...range(500).map((n) => noted(n)));
    for (let steps = 0; steps < 20; steps++) {
      const again = openShard(one.sql);
      const found = again.shard.lookForChore(again.clock.now);
      if (found === null) break;
      one.sql.exec("SAVEPOINT failed");
      again.shard.doChore(found, () => false, again.clock.now);
      one.sql.exec("ROLLBACK TO failed");
      again.shard.forget();
      for (const n of [1, 500]) expect(findAll(again.shard, `pi_${n}`).ids).toEqual([`stripe:evt_${n}`]);
      const third = openShard(one.sql);
      const same = third.shard.lookForChore(third.clock.now);
      if (same !== null) third.shard.doChore(same, () => false, third.clock.now);
      for (const n of [1, 500]) expect(findAll(third.shard, `pi_${n}`).ids).toEqual([`stripe:evt_${n}`]);
    }
    expect(blocksIn(one.sql).flatMap(({ ids }) => ids.split("\n"))).toHaveLength(500);
  }, 60_000);

  it("know the order of events after a restart, a failed call and a clock that was set back", () => {
    const one = openShard();
    one.clock.now += 3 * DAY_MS;
    one.accept(noted(1), noted(2));
    one.clock.now -= 3 * DAY_MS;
    one.accept(noted(3));
    const again = openShard(one.sql);
    again.accept(noted(4));
    one.sql.exec("SAVEPOINT failed");
    again.accept(noted(5));
    one.sql.exec("ROLLBACK TO failed");
    again.shard.forget();
    again.accept(noted(6), noted(6), noted(4));
    for (const n of [1, 2, 3, 4, 6]) expect(findAll(again.shard, `pi_${n}`).ids).toEqual([`stripe:evt_${n}`]);
    expect(findAll(again.shard, "pi_5").ids).toEqual([]);
  });

  it("say that a text which is gone may have named it", () => {
    const one = openShard();
    const asked = range(BLOCK_ROWS).map((n) =>
      event({ id: `request:${n}`, type: "customer.updated", customer: `cus_${n}`, text: `about order ORD-${n}77` }),
    );
    one.accept(...asked);
    doChores(one.shard, one.clock.now);
    expect(findAll(one.shard, "ORD-577").ids).toEqual(["request:5"]);
    one.pass(600 * DAY_MS);
    doChores(one.shard, one.clock.now, () => true);
    expect(findAll(one.shard, "ORD-577")).toMatchObject({ ids: [], removed: 1 });
    expect(findAll(one.shard, "cus_5").ids).toEqual(["request:5"]);
  });
});

describe("no reference is missed", () => {
  const reference = fc.stringMatching(/^(?:pi|ch|in|re|INV)[_-][A-Za-z0-9]{3,12}$/);

  it("by a filter", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 400 }), (references) => {
        const filter = filterOf(references);
        for (const one of references) {
          const positions = positionsOf(one);
          expect(mayHave(positions.map(({ index }) => filter.charAt(index)).join(""), positions)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("by a filter, which takes less than one in a hundred others for there", () => {
    const filter = filterOf(range(3_000).map((n) => `pi_${n}`));
    const taken = range(10_000).filter((n) => {
      const positions = positionsOf(`ch_${n}`);
      return mayHave(positions.map(({ index }) => filter.charAt(index)).join(""), positions);
    });
    expect(taken.length).toBeLessThan(100);
  });

  it.each(["invoice 1042", "Invoice no. 1042", "inv1042", "INV/1042", "#1042", "rechnung nr. 1042", "INV-1042!"])(
    "however the number of an invoice is written: %s",
    (spelled) => {
      const row = acceptedEvent({ event: event({ text: `Refund ${spelled}, please` }) }, START, SETTINGS);
      expect(referencesOfEvent(row, []).has("inv-1042")).toBe(true);
    },
  );

  it("in what a person wrote around it", () => {
    const around = fc.constantFrom(" ", ", ", ". ", ": ", "\n", "(", ")", "“", "/", "; ", " – ");
    fc.assert(
      fc.property(reference, around, around, fc.lorem(), (number, before, after, words) => {
        fc.pre(/\d/.test(number));
        const text = `${words}${before}${number}${after}${words}`;
        const row = acceptedEvent({ event: event({ text }) }, START, SETTINGS);
        expect(referencesOfEvent(row, []).has(referenceOf(number))).toBe(true);
      }),
    );
  });

  it("by a shard, whatever is stored and indexed in whatever order", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("accept" as const), count: fc.integer({ min: 1, max: 200 }) }),
      fc.record({ kind: fc.constant("put" as const), count: fc.integer({ min: 1, max: 200 }) }),
      fc.record({ kind: fc.constant("chore" as const), count: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constant("wait" as const), count: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constant("restart" as const), count: fc.constant(1) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.nat(), (steps, seed) => {
        let one = openShard();
        let [events, actions] = [0, 0];
        const chore = (): void => {
          const found = one.shard.lookForChore(one.clock.now);
          if (found !== null) one.shard.doChore(found, () => false, one.clock.now);
        };
        for (const { kind, count } of steps) {
          if (kind === "accept") {
            one.accept(...range(count).map((n) => (n % 3 === 0 ? acting(events + n) : noted(events + n))));
            events += count;
          }
          if (kind === "put") {
            one.put(...range(count).map((n) => refund(actions + n, { charge: `ch_${actions + n}` })));
            actions += count;
          }
          if (kind === "chore") for (let n = 0; n < count; n++) chore();
          if (kind === "wait") one.pass(count * HOUR_MS);
          if (kind === "restart") {
            const { now } = one.clock;
            one = openShard(one.sql);
            one.clock.now = now;
          }
        }
        const event = events === 0 ? null : (seed % events) + 1;
        const action = actions === 0 ? null : (seed % actions) + 1;
        if (event !== null)
          expect(findAll(one.shard, `pi_${event}`, 10_000, chore).ids).toContain(`stripe:evt_${event}`);
        if (action !== null) expect(findAll(one.shard, `ch_${action}`, 10_000, chore).ids).toHaveLength(1);
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
