/** Each queue has places of its own in the pump: one whose consumer is away starves nobody else. */
import { beforeAll, describe, expect, it } from "vitest";
import { EXECUTABLE_KINDS, executorQueueOf } from "../../../shared/contracts/actions.ts";
import { deadLetterQueueOf, QUEUES, type QueueName } from "../../../shared/contracts/queues.ts";
import { UNCLAIMED_RINGS_MAX } from "../../../shared/ledger/settings.ts";
import { storedActions, storedEvents } from "../../helpers/rows.ts";
import { event, failure, type OpenShard, openShard, refund, SWEEP_MS } from "../../helpers/shard.ts";

const LIMIT = UNCLAIMED_RINGS_MAX;
const MANY = 1_000;
const MINUTE_MS = 60_000;

/** As the alarm does: it wakes when the shard says so, and not more often than the Durable Object sets alarms. */
function alarmsUntil({ shard, clock }: OpenShard, end: number): { at: number; ids: string[] }[] {
  const alarms = [];
  const next = () =>
    Math.min(...[shard.nextWake(), shard.takeSoonestDue()].map((due) => due ?? Number.POSITIVE_INFINITY));
  for (let due = next(); due <= end; due = next()) {
    clock.now = Math.max(due, clock.now + 250);
    const { events, actions } = shard.overdue(clock.now, LIMIT);
    alarms.push({ at: clock.now, ids: [...events, ...actions].map(({ id }) => id) });
    if (alarms.length > 10_000) throw new Error("the pump spins");
  }
  clock.now = end;
  return alarms;
}

function fill(open: OpenShard, queue: QueueName, isDead: boolean): void {
  const numbers = Array.from({ length: MANY }, (_, n) => n);
  if (queue === "events" || queue === "events-batch") {
    const lane = queue === "events" ? "live" : "batch";
    open.accept(...numbers.map((n) => event({ id: `stripe:evt_away_${n}`, lane })));
    if (isDead)
      for (const n of numbers) open.shard.failEvent(`stripe:evt_away_${n}`, failure("queue_exhausted"), open.clock.now);
    return;
  }
  const kind = EXECUTABLE_KINDS.find((one) => executorQueueOf(one) === queue) ?? "refund";
  const items = numbers.map((n) => refund(n, { kind }, queue === "escalate" ? { caseReason: "a person's" } : {}));
  open.put(...items);
  if (isDead) for (const item of items) open.fail(item, null, failure("queue_exhausted"));
}

const AWAY = QUEUES.flatMap((queue) => [
  { away: queue, queue, isDead: false },
  { away: deadLetterQueueOf(queue), queue, isDead: true },
]);

describe.each(AWAY)("while the consumer of $away is away, with a thousand rows", ({ away, queue, isDead }) => {
  let alarms: ReturnType<typeof alarmsUntil> = [];
  let later: ReturnType<typeof alarmsUntil> = [];
  let acceptedAt = 0;
  beforeAll(() => {
    const open = openShard();
    fill(open, queue, isDead);
    alarms = alarmsUntil(open, open.clock.now + 30 * MINUTE_MS);
    // Whatever waits in this queue, an event of another one has lost its doorbell.
    open.accept(event({ id: "stripe:evt_lost", lane: away === "events" ? "batch" : "live" }));
    acceptedAt = open.clock.now;
    later = alarmsUntil(open, acceptedAt + 10 * SWEEP_MS);
  });

  it("an event whose doorbell was lost is rung for within two heartbeats", () => {
    const rung = later.find(({ ids }) => ids.includes("stripe:evt_lost"));
    expect(rung?.at).toBeLessThanOrEqual(acceptedAt + 2 * SWEEP_MS);
  });

  it("the pump does not wake without need: some alarms to sort the rows, then one each time that places are free", () => {
    expect(alarms.length).toBeLessThan(40);
    for (const { ids } of alarms) expect(ids.length).toBeLessThanOrEqual(LIMIT);
    expect(new Set(alarms.flatMap(({ ids }) => ids)).size, "its own rows come in their turn").toBeGreaterThan(LIMIT);
  });

  it("no more rows than the queue has places are under way at any time", () => {
    const total = alarms.reduce((sum, { ids }) => sum + ids.length, 0);
    // A place is free again after 4 heartbeats at the earliest.
    expect(total).toBeLessThanOrEqual(LIMIT * Math.ceil((30 * MINUTE_MS) / (4 * SWEEP_MS)));
  });
});

describe("the places of a queue", () => {
  it("go to the oldest dues of events and actions together", () => {
    const open = openShard();
    for (let n = 0; n < 6; n++) {
      if (n % 2 === 0) open.accept(event({ id: `stripe:evt_${n}` }));
      else open.put(refund(n, {}, { grant: null }));
      open.pass(10);
    }
    open.pass(2 * SWEEP_MS);
    const { events, actions } = open.shard.overdue(open.clock.now, 3);
    expect([...events, ...actions].map(({ id }) => id)).toEqual(["stripe:evt_0", "stripe:evt_2", refund(1).action.id]);
  });

  it("leave a row that finds none its due, so that it stays the oldest", () => {
    const open = openShard();
    open.accept(...Array.from({ length: 5 }, (_, n) => event({ id: `stripe:evt_${n}` })));
    const due = open.clock.now + 2 * SWEEP_MS;
    open.pass(10 * SWEEP_MS);
    expect(open.shard.overdue(open.clock.now, 2).events).toHaveLength(2);
    expect(storedEvents(open.sql).filter((row) => row.due === due)).toHaveLength(3);
  });

  it("wake the pump when one is given back for which a row waits, and only then", () => {
    const open = openShard();
    open.put(...Array.from({ length: LIMIT + 1 }, (_, n) => refund(n)));
    open.pass(10 * SWEEP_MS);
    const rung = open.shard.overdue(open.clock.now, LIMIT).actions;
    expect(rung).toHaveLength(LIMIT);
    expect(open.shard.nextWake(), "it sleeps until a place is free by itself").toBe(open.clock.now + 4 * SWEEP_MS);
    open.shard.takeSoonestDue();
    const [one, other] = rung.map(({ id, subject }) => ({ kind: "action" as const, id, subject }));
    if (one === undefined || other === undefined) throw new Error("nothing was rung for");
    open.shard.release([one], open.clock.now);
    expect(open.shard.takeSoonestDue()).toBe(0);
    open.shard.overdue(open.clock.now, LIMIT);
    open.shard.takeSoonestDue();
    open.shard.release([other], open.clock.now);
    expect(open.shard.takeSoonestDue()).toBeNull();
  });
});

describe("a clock that is set back by a day", () => {
  const DAY_MS = 24 * 60 * MINUTE_MS;

  it("executes nothing twice, and keeps nothing waiting for longer than the day", () => {
    const open = openShard();
    open.put(...Array.from({ length: LIMIT }, (_, n) => refund(n)));
    const [working, idle] = [901, 902].map((n) => refund(n, { kind: "retryPayment" }));
    if (working === undefined || idle === undefined) throw new Error("there are two");
    open.put(working, idle);
    open.lease(working);
    alarmsUntil(open, open.clock.now + 5 * MINUTE_MS);
    const before = open.clock.now;
    open.pass(-DAY_MS);
    open.lease(idle);
    for (const item of [working, idle]) expect(open.begin(item).kind).toBe("in_flight");
    // All places of the queue were taken before; a ring of a later time than this one keeps none.
    open.put(refund(LIMIT));
    const ids = alarmsUntil(open, open.clock.now + 2 * SWEEP_MS).flatMap((alarm) => alarm.ids);
    expect(ids).toContain(refund(LIMIT).action.id);
    const rung = new Set(alarmsUntil(open, before + 60 * MINUTE_MS).flatMap((alarm) => alarm.ids));
    const waiting = storedActions(open.sql).filter(({ due }) => due !== null);
    expect(waiting.length).toBe(LIMIT + 3);
    for (const { id } of waiting) expect(rung, id).toContain(id);
  });
});
