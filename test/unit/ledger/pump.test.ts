import { describe, expect, it } from "vitest";
import { UNCLAIMED_RINGS_MAX } from "../../../shared/ledger/settings.ts";
import { ringOfActionRow, ringOfEventRow } from "../../../workers/ledger/pump.ts";
import { event, failure, first, openShard, refund, START, SWEEP_MS } from "../../helpers/shard.ts";

const LIMIT = UNCLAIMED_RINGS_MAX;
const LONG_MS = 100 * SWEEP_MS;
const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => event({ id: `stripe:evt_${from + n}` }));

describe("overdue", () => {
  it("rings for nothing before its time", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    expect(shard.overdue(clock.now + 2 * SWEEP_MS - 1, LIMIT).events).toEqual([]);
    expect(shard.overdue(clock.now + 2 * SWEEP_MS, LIMIT).events).toHaveLength(1);
  });

  it("waits twice as long after each ring, and never longer than an hour", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    const waits = Array.from({ length: 9 }, () => {
      const due = shard.earliestDue() ?? 0;
      const wait = due - clock.now;
      clock.now = due;
      shard.overdue(clock.now, LIMIT);
      return wait / SWEEP_MS;
    });
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 120, 120, 120]);
  });

  it(`rings for ${LIMIT} rows at most, and for others only as these are claimed`, () => {
    const { accept, shard, clock, pass } = openShard();
    accept(...many(150));
    pass(LONG_MS);
    const rung = shard.overdue(clock.now, LIMIT).events;
    expect(rung).toHaveLength(LIMIT);
    expect(shard.overdue(clock.now, LIMIT).events).toEqual([]);
    shard.claim(
      rung.slice(0, 3).map(({ id }) => id),
      clock.now,
    );
    expect(shard.overdue(clock.now, LIMIT).events).toHaveLength(3);
  });

  it("rings again for a row that nobody claimed, without taking another place", () => {
    const { accept, shard, clock, pass } = openShard();
    accept(...many(LIMIT));
    pass(LONG_MS);
    shard.overdue(clock.now, LIMIT);
    pass(LONG_MS);
    expect(shard.overdue(clock.now, LIMIT).events).toHaveLength(LIMIT);
  });

  it("gives back the place of a dead letter that is kept", () => {
    const { accept, shard, clock, pass } = openShard();
    accept(...many(LIMIT));
    for (const { id } of many(LIMIT)) shard.failEvent(id, failure("queue_exhausted"), clock.now);
    pass(LONG_MS);
    expect(shard.overdue(clock.now, LIMIT).events).toHaveLength(LIMIT);
    for (const { id } of many(LIMIT)) shard.deadLettered({ kind: "event", id }, clock.now);
    accept(event({ id: "stripe:evt_later" }));
    pass(LONG_MS);
    expect(shard.overdue(clock.now, LIMIT).events).toMatchObject([{ id: "stripe:evt_later" }]);
  });

  it("is not stopped by a hundred actions on hold, whose executor looks and says that it leaves them", () => {
    const { put, shard, clock, pass, refOf } = openShard();
    const held = Array.from({ length: LIMIT }, (_, n) => refund(n + 1));
    put(...held);
    pass(LONG_MS);
    expect(shard.overdue(clock.now, LIMIT).actions).toHaveLength(LIMIT);
    shard.release(
      held.map((one) => ({ kind: "action", ...refOf(one) })),
      clock.now,
    );
    put(refund(LIMIT + 1));
    pass(3 * SWEEP_MS);
    expect(shard.overdue(clock.now, LIMIT).actions).toMatchObject([{ id: refund(LIMIT + 1).action.id }]);
  });

  it("rings for no others because somebody has read what was rung for", () => {
    const { put, shard, clock, pass, refOf } = openShard();
    const rung = Array.from({ length: LIMIT }, (_, n) => refund(n + 1));
    put(...rung);
    pass(LONG_MS);
    expect(shard.overdue(clock.now, LIMIT).actions).toHaveLength(LIMIT);
    put(refund(LIMIT + 1));
    pass(3 * SWEEP_MS);
    shard.actions(rung.map(refOf));
    for (const one of rung) {
      shard.actionsOf(refOf(one).subject);
      shard.deadRow({ kind: "action", ...refOf(one) });
      shard.eventView(one.eventId);
    }
    shard.recent(200);
    shard.totals();
    expect(shard.overdue(clock.now, LIMIT).actions).toEqual([]);
  });

  it("is woken by no word that rows are left: nothing is written", () => {
    const { put, shard, clock, refOf, view } = openShard();
    put(refund(1));
    shard.takeSoonestDue();
    const before = view(refund(1));
    shard.release(
      [
        { kind: "action", ...refOf(refund(1)) },
        { kind: "event", id: "stripe:nobody" },
      ],
      clock.now,
    );
    expect([shard.takeSoonestDue(), view(refund(1))]).toEqual([null, before]);
  });

  it("does not ring for what is settled", () => {
    const { put, lease, settle, shard, clock, pass } = openShard();
    put(refund(1));
    settle(refund(1), lease(refund(1)).fence, { kind: "skipped", note: "" });
    pass(LONG_MS);
    expect(shard.overdue(clock.now, LIMIT)).toEqual({ events: [], actions: [], notices: [] });
  });

  it("rings for a lease that ended without a word", () => {
    const { put, lease, shard, clock, pass } = openShard();
    put(refund(1));
    lease(refund(1));
    pass(60_000 + SWEEP_MS - 1);
    expect(shard.overdue(clock.now, LIMIT).actions).toEqual([]);
    pass(1);
    expect(shard.overdue(clock.now, LIMIT).actions).toHaveLength(1);
  });
});

describe("rings", () => {
  const rungAction = (prepare: (open: ReturnType<typeof openShard>) => void) => {
    const open = openShard();
    prepare(open);
    open.pass(LONG_MS);
    return ringOfActionRow(first(open.shard.overdue(open.clock.now, LIMIT).actions), "n1");
  };

  it("go to the queue of the kind, and as a request for a grant to events", () => {
    expect(rungAction(({ put }) => put(refund(1)))).toMatchObject({ queue: "refund", body: { kind: "action" } });
    expect(rungAction(({ put }) => put(refund(1, { kind: "retryPayment" })))).toMatchObject({ queue: "retry" });
    expect(rungAction(({ put }) => put(refund(1, {}, { grant: null })))).toMatchObject({
      queue: "events",
      body: { kind: "regrant", subject: "pi_1" },
    });
    expect(rungAction(({ put }) => put(refund(1, {}, { caseReason: "x" })))).toMatchObject({ queue: "escalate" });
  });

  it("never put an action's doorbell on the classifier's queues, whose consumer could not read it", () => {
    const ring = rungAction(({ put, lease, settle, shard, pass, clock, refOf, fail }) => {
      put(refund(1));
      settle(refund(1), lease(refund(1)).fence, {
        kind: "unknown",
        note: "",
        evidence: { readNoEffectAt: null, storedErrorAt: null },
      });
      pass(60_000);
      shard.requestGrant(refOf(refund(1)), lease(refund(1)).fence, "expired", clock.now);
      fail(refund(1), null, failure("provider_rate_limited"));
    });
    expect(ring).toMatchObject({ queue: "events-batch", body: { kind: "regrant" } });
  });

  it("for a renewal go to events-batch, also where an older release has indexed the row under events", () => {
    const open = openShard();
    open.put(refund(1));
    open.shard.requestGrant(open.refOf(refund(1)), open.lease(refund(1)).fence, "old policy", open.clock.now);
    open.sql.exec("UPDATE action_state SET queue = 'events' WHERE id = ?", refund(1).action.id);
    const { shard, clock, pass } = openShard(open.sql);
    const rung = () => shard.overdue(clock.now, LIMIT).actions.map((row) => ringOfActionRow(row, "n").queue);
    pass(LONG_MS);
    expect(rung()).toEqual(["events-batch"]);
    expect(open.sql.exec<{ queue: string }>("SELECT queue FROM action_state").toArray()).toEqual([
      { queue: "events-batch" },
    ]);
    pass(LONG_MS);
    expect(rung()).toEqual(["events-batch"]);
  });

  it("carry what died to the dead-letter queue of where it was", () => {
    expect(
      rungAction(({ put, fail }) => {
        put(refund(1));
        fail(refund(1), null, failure("queue_exhausted"));
      }),
    ).toMatchObject({
      queue: "refund-dlq",
      body: { kind: "dead", queue: "refund", failure: { reason: "queue_exhausted" }, body: { kind: "action" } },
    });
    const { accept, shard, clock } = openShard();
    accept(event({ lane: "batch" }));
    shard.failEvent("stripe:evt_1", failure("queue_exhausted"), clock.now);
    const dead = first(shard.overdue(START + LONG_MS, LIMIT).events);
    expect(ringOfEventRow(dead, "n")).toMatchObject({ queue: "events-batch-dlq", body: { queue: "events-batch" } });
  });
});
