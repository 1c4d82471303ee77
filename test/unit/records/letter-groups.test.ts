import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Database } from "../../../shared/records/database.ts";
import {
  getDeadLetter,
  keepDeadLetter,
  listDeadLetters,
  type NewDeadLetter,
} from "../../../shared/records/dead-letters.ts";
import { countLetters, groupLetters, listGroups } from "../../../shared/records/grouped-letters.ts";
import { groupOf, patternOf } from "../../../shared/records/letter-groups.ts";
import { fromCursor } from "../../../shared/records/page.ts";
import { cpuMsOfAsync } from "../../helpers/cpu.ts";
import { createRecords } from "../../helpers/d1.ts";

const letter = (n: number, changes: Partial<NewDeadLetter> = {}): NewDeadLetter => ({
  id: `dl_${String(n).padStart(32, "0")}`,
  queue: "refund",
  rowKind: "action",
  rowId: `act_${n}`,
  subject: `pi_${n}`,
  body: '{"kind":"action"}',
  reason: "provider_unauthorized",
  detail: `the key sk_test_${n} was refused`,
  attempts: 8,
  firstAt: 100,
  lastAt: 1_000 + n,
  ...changes,
});

describe("the detail of a failure", () => {
  test.each([
    ["Stripe answered 500: req_AbC123 (try 3)", "Stripe answered # (try #)"],
    ["Stripe answered 502: req_XyZ987 (try 4)", "Stripe answered # (try #)"],
    ['"pi_1" and `cus_AbcDef` are unknown', '"#" and `#` are unknown'],
    ["the ledger_unavailable of Monday", "the ledger_unavailable of Monday"],
    ["since 2026-11-02T09:00:00Z,   42.50 USD", "since # USD"],
    ["edit:dl_0:1 was\nnot taken", "# was not taken"],
  ])("is compared without ids and numbers: %s", (detail, pattern) => {
    expect(patternOf(detail)).toBe(pattern);
  });

  test("of one failure is one group, and of another queue, reason or cause another", async () => {
    const one = await groupOf(letter(1));
    expect(await groupOf(letter(2))).toBe(one);
    expect(one).toMatch(/^dg_[0-9a-f]{16}$/);
    for (const other of [{ queue: "retry" }, { reason: "bug" }, { detail: "the key was accepted" }])
      expect(await groupOf(letter(1, other))).not.toBe(one);
  });

  test("that is very long has a bounded pattern", () => {
    expect(patternOf("word ".repeat(10_000)).length).toBeLessThanOrEqual(300);
  });
});

describe("groups", () => {
  let { database, sqlite } = createRecords();
  beforeEach(() => {
    ({ database, sqlite } = createRecords());
  });

  test("tell of each failure how many, when the first and the last was given up, and name the newest", async () => {
    for (const n of [1, 2, 3]) await keepDeadLetter(database, letter(n));
    await keepDeadLetter(database, letter(9, { reason: "bug", detail: "it threw" }));
    const { items, next } = await listGroups(database, { state: "dead", limit: 50, after: null });
    expect(items).toEqual([
      {
        group: await groupOf(letter(1)),
        queue: "refund",
        reason: "provider_unauthorized",
        detail: "the key # was refused",
        count: 3,
        first: 1_001,
        last: 1_003,
        example: letter(3).id,
      },
      expect.objectContaining({ reason: "bug", count: 1, example: letter(9).id }),
    ]);
    expect(next).toBeNull();
    expect(await countLetters(database, { state: "dead" })).toEqual({ count: 4, first: 1_001, last: 1_009 });
    expect(await countLetters(database, { state: "redriven" })).toEqual({ count: 0, first: null, last: null });
  });

  test("come in pages, each group once, most letters first", async () => {
    for (let n = 0; n < 30; n++) await keepDeadLetter(database, letter(n, { detail: "abcdefg".slice(0, 1 + (n % 7)) }));
    const seen: [number, string][] = [];
    let after = null;
    do {
      const page: Awaited<ReturnType<typeof listGroups>> = await listGroups(database, {
        state: "dead",
        limit: 2,
        after,
      });
      seen.push(...page.items.map(({ count, group }): [number, string] => [count, group]));
      after = page.next === null ? null : fromCursor(page.next);
    } while (after !== null);
    expect(seen.map(([count]) => count)).toEqual([5, 5, 4, 4, 4, 4, 4]);
    expect(new Set(seen.map(([, group]) => group)).size).toBe(7);
  });

  test("of letters of before are made when somebody asks, and what is left is told", async () => {
    for (let n = 0; n < 20; n++) await keepDeadLetter(database, letter(n));
    sqlite.exec("UPDATE dead_letters SET groupKey = NULL");
    expect((await listGroups(database, { state: "dead", limit: 50, after: null })).items).toEqual([]);
    expect(await groupLetters(database, "dead")).toBe(0);
    expect((await getDeadLetter(database, letter(7).id))?.groupKey).toBe(await groupOf(letter(7)));
    expect((await listGroups(database, { state: "dead", limit: 50, after: null })).items).toMatchObject([
      { count: 20 },
    ]);
  });

  test("of more letters of before than one request should group say how many are left", async () => {
    sqlite.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5200)
       INSERT INTO dead_letters (id, queue, rowKind, rowId, subject, body, reason, detail, attempts, firstAt, lastAt, state, redrives)
       SELECT 'dl_' || i, 'refund', 'action', 'act_' || i, 'pi_' || i, '{}', 'bug', 'it threw at ' || i, 1, i, i, 'dead', 0 FROM n`,
    );
    expect(await groupLetters(database, "dead")).toBe(200);
    expect(await groupLetters(database, "dead")).toBe(0);
    expect((await listGroups(database, { state: "dead", limit: 9, after: null })).items).toMatchObject([
      { count: 5_200 },
    ]);
  });
});

describe("of 20,000 letters", () => {
  const { database, sqlite } = createRecords();
  const filters = { since: 2_000, until: 15_000 };
  beforeAll(async () => {
    sqlite.exec("BEGIN");
    const queues = ["refund", "retry", "events"];
    const details = [
      (n: number) => `the key sk_${n} was refused`,
      (n: number) => `it threw at ${n}`,
      () => "no answer",
    ];
    for (let n = 0; n < 20_000; n++) {
      const detail = details[n % 3]?.(n) ?? "";
      const queue = queues[(n % 7) % 3] ?? "";
      await keepDeadLetter(database, letter(n, { queue, detail, reason: n % 2 === 0 ? "bug" : "queue_exhausted" }));
    }
    // What was redriven long ago is most of it.
    sqlite.exec("UPDATE dead_letters SET state = 'redriven' WHERE lastAt % 10 > 5");
    sqlite.exec("COMMIT");
  }, 60_000);

  /** The database, with the plan of each statement that it is asked. */
  function planned(): { database: Database; plans: string[] } {
    const plans: string[] = [];
    return {
      plans,
      database: {
        prepare(sql) {
          const values = Array.from(sql.matchAll(/\?/g), () => 1);
          const steps = sqlite.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
          plans.push(...steps.map(({ detail }) => String(detail)));
          return database.prepare(sql);
        },
      },
    };
  }

  const FILTERS: { queue?: string; reason?: string; since?: number; until?: number }[] = [
    {},
    { queue: "refund" },
    { reason: "bug" },
    { queue: "refund", reason: "bug" },
    filters,
    { queue: "retry", ...filters },
  ];
  test.each(FILTERS)(
    "the groups, the count and the list under %j take less than 100 ms each, by an index",
    async (filter) => {
      const { database, plans } = planned();
      const group = await groupOf(letter(0, { queue: filter.queue ?? "refund", reason: filter.reason ?? "bug" }));
      const asked: [string, () => Promise<unknown>][] = [
        ["groups", () => listGroups(database, { state: "dead", ...filter, limit: 50, after: null })],
        ["count", () => countLetters(database, { state: "dead", ...filter })],
        ["list", () => listDeadLetters(database, { state: "dead", ...filter, limit: 200, after: null })],
        [
          "list of a group",
          () => listDeadLetters(database, { state: "dead", group, ...filter, limit: 200, after: null }),
        ],
        ["count of a group", () => countLetters(database, { state: "dead", group, ...filter })],
      ];
      for (const [name, ask] of asked) {
        // The quickest of a few: in one there may be garbage to collect.
        const times: number[] = [];
        for (let n = 0; n < 4; n++) times.push(await cpuMsOfAsync(ask));
        expect.soft(Math.min(...times), name).toBeLessThan(100);
      }
      // A bare SCAN reads the whole table; the groups themselves are few, and are counted from an index.
      expect(plans.filter((step) => /^SCAN (?!counted)/.test(step))).toEqual([]);
      expect(plans.filter((step) => /^SEARCH dead_letters USING (?!(COVERING )?INDEX)/.test(step))).toEqual([]);
    },
  );

  test("a group's letters are read by the group's index, whatever else is named", async () => {
    const { database, plans } = planned();
    await listDeadLetters(database, {
      state: "dead",
      group: "dg_1",
      queue: "refund",
      reason: "bug",
      limit: 9,
      after: null,
    });
    expect(plans).toEqual([expect.stringContaining("dead_letters_by_group (state=? AND groupKey=?")]);
  });

  test("a list of one state and queue is in order as the index has it: nothing is sorted", async () => {
    const { database, plans } = planned();
    for (const filter of [{}, { queue: "refund" }, { reason: "bug" }, { group: "dg_1" }])
      await listDeadLetters(database, { state: "dead", ...filter, limit: 9, after: null });
    expect(plans.filter((step) => step.includes("TEMP B-TREE"))).toEqual([]);
  });
});
