/** Rows of which only what has changed is written again: what was written before, what fails, and what the pump finds. */
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { migrate, type Sql } from "../../../shared/core/sql.ts";
import { newAction } from "../../../shared/ledger/action/new.ts";
import { acceptedEvent } from "../../../shared/ledger/event/row.ts";
import { MIGRATIONS } from "../../../shared/ledger/shard/schema.ts";
import { sqlOf } from "../../helpers/ledger.ts";
import { storedActions, storedEvents } from "../../helpers/rows.ts";
import {
  event,
  failure,
  openShard,
  refund,
  SETTINGS,
  START,
  SWEEP_MS,
  succeeded,
  unknown,
} from "../../helpers/shard.ts";

const DAY_MS = 24 * 3_600_000;

/** The tables of before rows were divided, with one event and one action that had changed by then. */
function oldTables() {
  const sql = sqlOf(new DatabaseSync(":memory:"));
  migrate(sql, MIGRATIONS.slice(0, 2));
  const failed = { failures: 3, failure: failure("bug"), tries: 3 };
  const deferred = { ...acceptedEvent({ event: event() }, START, SETTINGS), ...failed, state: "deferred" };
  const { event: body, ...rest } = { ...deferred, due: START + 1_000 };
  sql.exec(
    "INSERT INTO event (id, due, accepted_at, body, row, raw) VALUES (?, ?, ?, ?, ?, ?)",
    body.id,
    rest.due,
    START,
    JSON.stringify(body),
    JSON.stringify(rest),
    "the bytes",
  );
  const row = { ...newAction(refund(1), START, SETTINGS), state: "unknown", uncertain: true, attempts: 2, fence: 2 };
  sql.exec(
    "INSERT INTO action (id, subject, due, row) VALUES (?, ?, ?, ?)",
    row.id,
    row.subject,
    START + 1_000,
    JSON.stringify({ ...row, due: START + 1_000 }),
  );
  return sql;
}
const wide = (sql: Sql) => [
  sql.exec("SELECT * FROM event ORDER BY id").toArray(),
  sql.exec("SELECT * FROM action ORDER BY id").toArray(),
];
const count = (sql: Sql, table: string): number =>
  sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).toArray()[0]?.n ?? 0;

describe("rows that were written before changes had tables of their own", () => {
  it("are read as they were, and rung for when they were due", () => {
    const { shard, view } = openShard(oldTables());
    expect(shard.eventView(event().id)).toMatchObject({ state: "deferred", failures: 3 });
    expect(shard.rawOf(event().id)).toBe("the bytes");
    expect(view(refund(1))).toMatchObject({ state: "unknown", attempts: 2 });
    expect(shard.totals().waiting).toEqual({ events: 1, actions: 1 });
    expect(shard.overdue(START + 999, 10)).toEqual({ events: [], actions: [], notices: [] });
    const { events, actions } = shard.overdue(START + 1_000, 10);
    expect([events.length, actions.length]).toEqual([1, 1]);
  });

  it("are moved by their next write alone, and settle; what was written once stays as it is", () => {
    const sql = oldTables();
    const before = wide(sql);
    const { shard, lease, settle, view } = openShard(sql);
    expect([count(sql, "event_state"), count(sql, "action_state")]).toEqual([0, 0]);
    shard.claim([event().id], START);
    shard.close([{ id: event().id, outcome: { kind: "none", reason: "looked at" }, factRowKey: null }], START);
    expect([count(sql, "event_state"), count(sql, "action_state")]).toEqual([1, 0]);
    settle(refund(1), lease(refund(1)).fence, succeeded());
    expect([count(sql, "event_state"), count(sql, "action_state")]).toEqual([1, 1]);
    expect(wide(sql)).toEqual(before);
    const [state] = sql.exec<{ row: string }>("SELECT row FROM action_state").toArray();
    for (const same of ["action", "grant", "subject"]) expect(state?.row).not.toContain(`"${same}":`);
    expect(view(refund(1))).toMatchObject({ state: "succeeded", attempts: 3 });
    expect(openShard(sql).shard.eventView(event().id)).toMatchObject({ state: "decided", failures: 3 });
    expect(openShard(sql).shard.totals().waiting).toEqual({ events: 0, actions: 0 });
    expect(openShard(sql).shard.overdue(START + DAY_MS, 10)).toEqual({ events: [], actions: [], notices: [] });
  });
  it("are not written by a build of before, which takes a settled row for one that waits", () => {
    const { sql, put, lease, settle, view } = openShard();
    put(refund(1));
    settle(refund(1), lease(refund(1)).fence, succeeded());
    // What that build does first, whatever it is about to do: to begin it, or to ring for it.
    const write = "UPDATE action SET due = ?, row = ? WHERE id = ?";
    expect(() => sql.exec(write, START, "{}", refund(1).action.id)).toThrow("a later build has written this ledger");
    const writeEvent = "UPDATE event SET due = ?, row = ? WHERE id = ?";
    openShard(sql).accept(event());
    expect(() => sql.exec(writeEvent, START, "{}", event().id)).toThrow("a later build has written this ledger");
    expect(view(refund(1)).state).toBe("succeeded");
  });
});

describe("a call that fails", () => {
  it("leaves nothing in memory that was rolled back on disk", () => {
    const sqlite = new DatabaseSync(":memory:");
    const disk = sqlOf(sqlite);
    let isFull = false;
    const open = openShard({
      databaseSize: 0,
      exec(query, ...bindings) {
        if (isFull && query.includes("INTO total")) throw new Error("the disk is full");
        return disk.exec(query, ...bindings);
      },
    });
    open.put(refund(1));
    const { fence } = open.lease(refund(1));
    sqlite.exec("BEGIN");
    isFull = true;
    expect(() => open.settle(refund(1), fence, succeeded())).toThrow("the disk is full");
    sqlite.exec("ROLLBACK");
    isFull = false;
    expect(open.view(refund(1)).state).toBe("in_flight");
    expect(open.settle(refund(1), fence, succeeded())).toEqual({ kind: "settled", state: "succeeded" });
    expect(open.shard.totals().buckets).toMatchObject([{ count: 1 }]);
    expect(storedActions(disk)).toMatchObject([{ state: "succeeded", due: null }]);
  });
});

describe("a round of the pump that fails", () => {
  it("has looked at nothing: its rows are rung for by the next one", () => {
    const sqlite = new DatabaseSync(":memory:");
    const disk = sqlOf(sqlite);
    let isFull = false;
    const { accept, shard, clock, pass } = openShard({
      databaseSize: 0,
      exec(query, ...bindings) {
        if (isFull && query.includes("INTO event_state")) throw new Error("the disk is full");
        return disk.exec(query, ...bindings);
      },
    });
    accept(event());
    pass(2 * SWEEP_MS);
    sqlite.exec("BEGIN");
    isFull = true;
    expect(() => shard.overdue(clock.now, 10)).toThrow("the disk is full");
    sqlite.exec("ROLLBACK");
    isFull = false;
    expect(shard.nextWake()).toBeLessThanOrEqual(clock.now);
    expect(shard.overdue(clock.now, 10).events).toHaveLength(1);
  });
});

describe("the first due of a row", () => {
  const idOf = (n: number) => `stripe:evt_${n}`;
  /** So many events that were decided at once, ten milliseconds apart. */
  function decided(count: number) {
    const open = openShard();
    for (let n = 0; n < count; n++) {
      open.accept(event({ id: idOf(n) }));
      const outcome = { kind: "none" as const, reason: "r" };
      open.shard.close([{ id: idOf(n), outcome, factRowKey: null }], open.clock.now);
      open.pass(10);
    }
    return open;
  }

  it("wakes nobody where the row was settled before; what waits behind it is slept until", () => {
    const { accept, sql, clock } = decided(20);
    expect(openShard(sql).shard.nextWake()).toBeNull();
    accept(event({ id: "stripe:evt_waits" }));
    expect(openShard(sql).shard.nextWake()).toBe(clock.now + 2 * SWEEP_MS);
  });

  it("is passed with hundreds of others in one round where they are settled", () => {
    const { accept, sql, clock } = decided(600);
    accept(event({ id: "stripe:evt_waits" }));
    const { shard } = openShard(sql);
    const wakes = [];
    for (let due = shard.nextWake(); due !== null && due <= clock.now + 2 * SWEEP_MS; due = shard.nextWake()) {
      wakes.push(shard.overdue(due, 100).events.map(({ id }) => id));
    }
    expect(wakes).toEqual([[], ["stripe:evt_waits"]]);
  });

  it("is behind the pump's place where a clock was set back: a row that is accepted then is rung for all the same", () => {
    const { accept, shard, clock, pass } = openShard();
    accept(event());
    pass(2 * SWEEP_MS);
    expect(shard.overdue(clock.now, 10).events).toHaveLength(1);
    pass(-DAY_MS);
    accept(event({ id: "stripe:evt_2" }));
    pass(2 * SWEEP_MS);
    expect(shard.overdue(clock.now, 10).events).toMatchObject([{ id: "stripe:evt_2" }]);
  });

  it("is not slept past where the row waits again", () => {
    const { put, sql, clock, pass } = openShard();
    const item = refund(1, {}, { caseReason: "a person decides" });
    const ref = { id: item.action.id, subject: item.action.subject };
    put(item);
    const { shard } = openShard(sql);
    shard.caseOpened([ref], clock.now);
    expect(shard.nextWake()).toBeNull();
    pass(1_000);
    const standing = { status: "lost", dueAt: null, isOver: false, text: "lost", at: clock.now };
    expect(shard.caseNews([{ ref, standing }], clock.now)).toEqual(["case_opening"]);
    expect(shard.nextWake()).toBeLessThanOrEqual(clock.now + 2 * SWEEP_MS);
    pass(2 * SWEEP_MS);
    expect(shard.overdue(clock.now, 10).actions).toMatchObject([{ id: ref.id }]);
  });
});

describe("the pump, whatever happened before, and whenever its process was restarted or its clock set back", () => {
  type World = { open: ReturnType<typeof openShard>; fences: Map<number, number> };
  const id = (n: number) => `stripe:evt_${n}`;
  const REASONS = ["provider_unavailable", "queue_exhausted", "guardrail"] as const;
  const WAITS = [1, 5_000, 2 * SWEEP_MS, 3_600_000, 2 * DAY_MS, -60_000, -DAY_MS];
  const acts: ((world: World, n: number, m: number) => unknown)[] = [
    ({ open }, n, m) => open.accept(event({ id: id(n), ...(m % 2 ? { lane: "batch" } : {}) })),
    ({ open }, n, m) => open.shard.failEvent(id(n), failure(REASONS[m % 3] ?? "bug"), open.clock.now),
    ({ open }, n) =>
      open.shard.close([{ id: id(n), outcome: { kind: "none", reason: "r" }, factRowKey: null }], open.clock.now),
    ({ open }, n, m) => open.put(refund(n, {}, m % 2 ? { notBefore: open.clock.now + m * 1_000_000 } : {})),
    ({ open, fences }, n) => {
      const begun = open.begin(refund(n));
      if (begun.kind === "granted") fences.set(n, begun.fence);
    },
    ({ open, fences }, n, m) => open.settle(refund(n), fences.get(n) ?? 0, m % 2 ? succeeded() : unknown()),
    ({ open }, n, m) => open.fail(refund(n), null, failure(REASONS[m % 3] ?? "bug")),
    ({ open }, _n, m) => open.shard.overdue(open.clock.now, 1 + (m % 3)),
    ({ open }, _n, m) => open.pass(WAITS[m % WAITS.length] ?? 1),
    (world) => {
      const { now } = world.open.clock;
      world.open = openShard(world.open.sql);
      world.open.clock.now = now;
    },
  ];

  it("rings exactly for the rows that are due, sleeps past none, and counts what waits", () => {
    const step = fc.tuple(fc.nat(acts.length - 1), fc.nat(7), fc.nat(20));
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), fc.boolean(), (steps, isRestarted) => {
        const world: World = { open: openShard(), fences: new Map() };
        for (const [act, n, m] of steps) acts[act]?.(world, n, m);
        const { sql, clock } = world.open;
        const { shard } = isRestarted ? openShard(sql) : world.open;
        const isWaiting = ({ due }: { due: number | null }) => due !== null;
        const isDue = ({ due }: { due: number | null }) => due !== null && due <= clock.now;
        const [events, actions] = [storedEvents(sql), storedActions(sql)];
        const dues = [...events, ...actions].flatMap(({ due }) => due ?? []);
        expect(shard.nextWake() ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(Math.min(...dues));
        expect(shard.totals().waiting).toEqual({
          events: events.filter(isWaiting).length,
          actions: actions.filter(isWaiting).length,
        });
        const rung = shard.overdue(clock.now, 1_000);
        const idsOf = (rows: { id: string }[]) => rows.map((row) => row.id).sort();
        expect(idsOf([...rung.events, ...rung.actions])).toEqual(idsOf([...events, ...actions].filter(isDue)));
      }),
      { numRuns: 400 },
    );
  });
});
