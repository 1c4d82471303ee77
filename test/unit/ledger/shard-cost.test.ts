import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UNCLAIMED_RINGS_MAX } from "../../../shared/ledger/settings.ts";
import type { SqlCount, SqlCounts } from "../../../workers/ledger/sql-counts.ts";
import { type Step, startCountedShards } from "../../helpers/counted-shard.ts";
import { event, refund, START, SWEEP_MS, succeeded } from "../../helpers/shard.ts";

/** What the calls of a shard cost on the real runtime, where an entry of an index counts as a row. */
let shards: Awaited<ReturnType<typeof startCountedShards>>;
beforeAll(async () => {
  shards = await startCountedShards();
}, 60_000);
afterAll(async () => await shards.stop());

const costs = (count: SqlCount | undefined) => ({
  statements: count?.statements,
  rowsRead: count?.rowsRead,
  rowsWritten: count?.rowsWritten,
});

describe("what a shard does in SQLite for an event", () => {
  /** Each call twice, so that rows of the minute's totals and of the tables of a new shard are there. */
  async function costOf(steps: (n: number) => Step[]): Promise<SqlCounts> {
    const shard = crypto.randomUUID();
    await shards.run(shard, steps(1));
    return (await shards.run(shard, steps(2))).counts;
  }
  const accept = (n: number, type: string): Step => ({
    call: "accept",
    args: [[{ event: event({ id: `stripe:evt_${n}`, type }), raw: "{}" }], START],
  });
  const ref = (n: number) => ({ id: refund(n).action.id, subject: refund(n).action.subject });

  it("that is decided at the door is to insert its row, and to count it twice", async () => {
    const { accept: cost } = await costOf((n) => [accept(n, "customer.created")]);
    expect(costs(cost)).toEqual({ statements: 3, rowsRead: 1, rowsWritten: 3 });
  });

  it("that is decided with an action is to write each of its rows once, and to read none again", async () => {
    const decision = { kind: "none", record: { by: "rule", reason: "because" } };
    const counts = await costOf((n) => [
      accept(n, "invoice.payment_failed"),
      { call: "claim", args: [[`stripe:evt_${n}`], START] },
      { call: "recordDecisions", args: [[{ factRowKey: `k${n}`, eventId: "e", decision, grant: null }], START] },
      { call: "putActions", args: [[refund(n)], START] },
      {
        call: "close",
        args: [[{ id: `stripe:evt_${n}`, outcome: { kind: "action", actionId: "a" }, factRowKey: `k${n}` }], START],
      },
    ]);
    // The row, its entry in the index by first due, and the total.
    expect(costs(counts.accept)).toEqual({ statements: 2, rowsRead: 1, rowsWritten: 3 });
    expect(counts.claim).toBeUndefined();
    expect(costs(counts.recordDecisions)).toEqual({ statements: 1, rowsRead: 1, rowsWritten: 1 });
    // Two reads find no such action, and none of its payment; the row has two entries in indexes.
    expect(costs(counts.putActions)).toEqual({ statements: 3, rowsRead: 0, rowsWritten: 3 });
    expect(costs(counts.close)).toEqual({ statements: 1, rowsRead: 0, rowsWritten: 1 });
  });

  it("whose action is begun and settled is to write its state twice, and the total", async () => {
    const counts = await costOf((n) => [
      { call: "putActions", args: [[refund(n)], START] },
      { call: "begin", args: [[ref(n)], START] },
      { call: "settle", args: [[{ ref: ref(n), fence: 1, outcome: succeeded() }], START] },
    ]);
    expect(costs(counts.begin)).toEqual({ statements: 1, rowsRead: 0, rowsWritten: 1 });
    expect(costs(counts.settle)).toEqual({ statements: 2, rowsRead: 1, rowsWritten: 2 });
  });
});

describe("the pump of a shard with 100,000 scheduled and 10,000 due rows", () => {
  const MONTH_MS = 30 * 24 * 3_600_000;
  const at = START + 10 * SWEEP_MS;
  const pump = (as: string): Step => ({ call: "overdue", args: [at, UNCLAIMED_RINGS_MAX], as });

  it("reads a bounded number of rows each time, and none when all places of the queue are taken", async () => {
    await shards.run("full", [
      { call: "putActions", args: [[refund(1, {}, { notBefore: START + MONTH_MS })], START] },
      { copy: "action", count: 100_000 },
      { call: "accept", args: [[{ event: event(), raw: "{}" }], START] },
      { copy: "event", count: 10_000 },
    ]);
    const rounds = Array.from({ length: 60 }, (_, n) => `round ${n}`);
    const { counts, answers } = await shards.run("full", rounds.map(pump));
    expect((await shards.run("full", [{ call: "totals", args: [] }])).answers).toMatchObject([
      { waiting: { events: 10_000, actions: 100_000 } },
    ]);
    expect((answers[0] as { events: unknown[] }).events).toHaveLength(UNCLAIMED_RINGS_MAX);
    expect(answers.slice(1).every((rung) => (rung as { events: unknown[] }).events.length === 0)).toBe(true);
    for (const round of rounds) expect(counts[round]?.rowsRead ?? 0, round).toBeLessThan(10_000);
    // All that is due has been moved to its queue's places; from then on the pump has nothing to read.
    expect(counts["round 59"]?.rowsRead ?? 0).toBeLessThan(10);
  }, 120_000);
});
