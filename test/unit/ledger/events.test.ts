import { describe, expect, it } from "vitest";
import type { DecisionRecord } from "../../../shared/contracts/decision.ts";
import { event, failure, first, openShard, START, SWEEP_MS } from "../../helpers/shard.ts";

const record: DecisionRecord = {
  by: "rule",
  reason: "because",
  proposal: null,
  verdicts: [],
  policyVersion: "p",
  agent: null,
};
const none = { kind: "none", reason: "nothing to do" } as const;

describe("accept", () => {
  it("takes an event once, and knows it again", () => {
    const { accept } = openShard();
    expect(accept(event())).toEqual(["accepted"]);
    expect(accept(event())).toEqual(["duplicate"]);
  });

  it("closes at once what asks for nothing: written once, never due, and counted", () => {
    const { accept, shard } = openShard();
    expect(accept(event({ id: "stripe:evt_paid", type: "invoice.paid" }))).toEqual(["noted"]);
    expect(shard.eventView("stripe:evt_paid")).toMatchObject({ state: "decided", outcome: { kind: "none" } });
    expect(shard.earliestDue()).toBeNull();
    const counted = Object.fromEntries(shard.totals().buckets.map(({ bucket, count }) => [bucket, count]));
    expect(counted).toEqual({ "event:accepted": 1, "event:none": 1 });
    expect(accept(event({ id: "stripe:evt_paid", type: "invoice.paid" }))).toEqual(["duplicate"]);
  });

  it("knows an event again inside one batch", () => {
    expect(openShard().accept(event(), event())).toEqual(["accepted", "duplicate"]);
  });

  it("does not mind in which order the fields of a redelivery stand", () => {
    const { accept } = openShard();
    accept(event({ payment: "pi_1", charge: "ch_1" }));
    const { payment, charge, ...rest } = event({ payment: "pi_1", charge: "ch_1" });
    expect(accept({ charge, payment, ...rest } as ReturnType<typeof event>)).toEqual(["duplicate"]);
  });

  it("calls the same event by another lane a duplicate: how it travelled is not what happened", () => {
    const { accept } = openShard();
    accept(event({ lane: "live" }));
    expect(accept(event({ lane: "batch" }))).toEqual(["duplicate"]);
  });

  it("keeps the first content of a conflicting event, counts the conflict and stores the other", () => {
    const { accept, shard, sql } = openShard();
    accept(event({ amountMinor: 100 }));
    expect(accept(event({ amountMinor: 200 }))).toEqual(["conflict"]);
    expect(shard.eventView("stripe:evt_1")).toMatchObject({ event: { amountMinor: 100 }, conflicts: 1 });
    expect(sql.exec("SELECT body FROM conflict").toArray()).toMatchObject([{ body: expect.stringContaining("200") }]);
  });

  it("keeps the bytes as they came", () => {
    const { shard, clock } = openShard();
    shard.accept([{ event: event(), raw: ' { "id" : 1 } ', provenance: "signed" }], clock.now);
    expect(shard.rawOf("stripe:evt_1")).toBe(' { "id" : 1 } ');
  });

  it("makes the event due at twice the heartbeat", () => {
    const { accept, shard } = openShard();
    accept(event());
    expect(shard.earliestDue()).toBe(START + 2 * SWEEP_MS);
  });
});

describe("claim", () => {
  it("gives an event to one classifier at a time", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    expect(shard.claim(["stripe:evt_1"], clock.now)).toMatchObject([{ event: { id: "stripe:evt_1" } }]);
    expect(shard.claim(["stripe:evt_1"], clock.now)).toEqual([null]);
  });

  it("gives it to the next one when the lease has ended", () => {
    const { accept, shard, clock, pass } = openShard();
    accept(event());
    shard.claim(["stripe:evt_1"], clock.now);
    pass(59_999);
    expect(shard.claim(["stripe:evt_1"], clock.now)).toEqual([null]);
    pass(1);
    expect(shard.claim(["stripe:evt_1"], clock.now)).toMatchObject([{ event: { id: "stripe:evt_1" } }]);
  });

  it("keeps an event that failed back for its wait, and no longer, whatever the lease was", () => {
    const { accept, shard, clock, pass } = openShard();
    accept(event());
    shard.claim(["stripe:evt_1"], clock.now);
    const { delaySeconds } = shard.failEvent("stripe:evt_1", failure("claude_timeout"), clock.now);
    pass(delaySeconds * 1_000 - 1);
    expect(shard.claim(["stripe:evt_1"], clock.now)).toEqual([null]);
    pass(1);
    expect(shard.claim(["stripe:evt_1"], clock.now)).toMatchObject([{ failures: 1 }]);
  });

  it("gives nothing that is decided, dead or not there", () => {
    const { accept, shard, clock } = openShard();
    accept(event(), event({ id: "stripe:evt_2" }));
    shard.close([{ id: "stripe:evt_1", outcome: none, factRowKey: null }], clock.now);
    shard.failEvent("stripe:evt_2", failure("queue_exhausted"), clock.now);
    expect(shard.claim(["stripe:evt_1", "stripe:evt_2", "stripe:evt_3"], clock.now)).toEqual([null, null, null]);
  });
});

describe("recordDecisions", () => {
  it("keeps the first decision of a fact and tells it to every later writer", () => {
    const { shard, clock } = openShard();
    const mine = { factRowKey: "f", eventId: "a", decision: { kind: "none", record }, grant: null } as const;
    const theirs = {
      ...mine,
      eventId: "b",
      decision: { kind: "none", record: { ...record, reason: "other" } },
    } as const;
    expect(shard.recordDecisions([mine], clock.now)).toEqual([null]);
    expect(shard.recordDecisions([mine], clock.now + 1)).toEqual([null]);
    expect(first(shard.recordDecisions([{ ...theirs, eventId: "a" }], clock.now + 2))).toMatchObject({ eventId: "a" });
    expect(first(shard.recordDecisions([theirs], clock.now + 5))).toMatchObject({
      eventId: "a",
      decidedAt: START,
      decision: { record: { reason: "because" } },
    });
    expect(shard.decisionsOf(["f", "g"])).toMatchObject([{ eventId: "a" }, null]);
  });
});

describe("close", () => {
  it("decides once: a second closing changes nothing and is not counted", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    shard.close([{ id: "stripe:evt_1", outcome: none, factRowKey: null }], clock.now);
    shard.close([{ id: "stripe:evt_1", outcome: { kind: "none", reason: "late" }, factRowKey: "f" }], clock.now + 5);
    expect(shard.eventView("stripe:evt_1")).toMatchObject({ state: "decided", decidedAt: START, outcome: none });
    expect(shard.totals().buckets).toContainEqual({ bucket: "event:none", count: 1, amount: 0 });
    expect(shard.earliestDue()).toBeNull();
  });

  it("that comes late decides an event whose dead letter is kept already, which is counted as one no more", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    shard.failEvent("stripe:evt_1", failure("queue_exhausted"), clock.now);
    shard.deadLettered({ kind: "event", id: "stripe:evt_1" }, clock.now);
    const outcome = { kind: "action", actionId: "act_1", subject: "pi_1", reason: "late" } as const;
    shard.close([{ id: "stripe:evt_1", outcome, factRowKey: "f" }], clock.now);
    expect(shard.eventView("stripe:evt_1")).toMatchObject({ state: "decided", outcome, factRowKey: "f" });
    expect(shard.redrive({ kind: "event", id: "stripe:evt_1" }, "n1", clock.now)).toBe("not_dead");
    expect(shard.totals().buckets).toContainEqual({ bucket: "event:dead_lettered", count: 0, amount: 0 });
  });
});

describe("failEvent", () => {
  it("waits for an hour at most, whatever the other side asks for", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    const asked = { ...failure("claude_rate_limited"), retryAfterMs: 400 * 86_400_000 };
    expect(shard.failEvent("stripe:evt_1", asked, clock.now).delaySeconds).toBe(3_600);
    expect(shard.claim(["stripe:evt_1"], clock.now + 3_600_000)).toMatchObject([{ event: { id: "stripe:evt_1" } }]);
  });

  it("waits longer after each outage and counts none of them", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(
      () => shard.failEvent("stripe:evt_1", failure("claude_overloaded"), clock.now).delaySeconds,
    );
    expect(delays).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
    expect(shard.eventView("stripe:evt_1")).toMatchObject({ state: "deferred", failures: 0 });
  });

  it("waits as long as the other side asked, where it did", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    const answer = shard.failEvent("stripe:evt_1", failure("claude_rate_limited", 17_000), clock.now);
    expect(answer).toEqual({ disposition: "retry", delaySeconds: 17 });
    expect(shard.earliestDue()).toBe(START + 17_000 + 2 * SWEEP_MS);
  });

  it("grows its own wait where the other side asks for less, and uses whichever is longer", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    const waits = [0, 0, 0, 60_000, 0].map(
      (ms) => shard.failEvent("stripe:evt_1", failure("claude_rate_limited", ms), clock.now).delaySeconds,
    );
    expect(waits).toEqual([5, 10, 20, 60, 80]);
  });

  it("asks 12 times in an hour of 429 with retry-after 0", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    let calls = 0;
    for (const end = clock.now + 3_600_000; clock.now < end; calls++) {
      expect(shard.claim(["stripe:evt_1"], clock.now)).toMatchObject([{ event: { id: "stripe:evt_1" } }]);
      clock.now += 1_000 * shard.failEvent("stripe:evt_1", failure("claude_rate_limited", 0), clock.now).delaySeconds;
    }
    expect(calls).toBe(12);
  });

  it("gives up after the failures that its reason allows", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    const dispositions = Array.from(
      { length: 6 },
      () => shard.failEvent("stripe:evt_1", failure("bug"), clock.now).disposition,
    );
    expect(dispositions).toEqual(["retry", "retry", "retry", "retry", "retry", "dead"]);
    expect(shard.deadRow({ kind: "event", id: "stripe:evt_1" })).toMatchObject({
      dead: true,
      deaths: 1,
      queue: "events",
    });
  });

  it("stays due while it is dead, until the dead letter is kept", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    shard.failEvent("stripe:evt_1", failure("queue_exhausted"), clock.now);
    expect(shard.earliestDue()).not.toBeNull();
    shard.deadLettered({ kind: "event", id: "stripe:evt_1" }, clock.now);
    expect(shard.earliestDue()).toBeNull();
    expect(shard.totals()).toMatchObject({ waiting: { events: 0 } });
  });

  it("stays due when a case must be opened: who was to do it may die first", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    expect(shard.failEvent("stripe:evt_1", failure("claude_refused"), clock.now).disposition).toBe("case");
    expect(shard.earliestDue()).toBe(START + 2 * SWEEP_MS);
    expect(shard.claim(["stripe:evt_1"], clock.now)).toMatchObject([{ event: { id: "stripe:evt_1" } }]);
  });

  it("says nothing more of a decided event", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    shard.close([{ id: "stripe:evt_1", outcome: none, factRowKey: null }], clock.now);
    expect(shard.failEvent("stripe:evt_1", failure("bug"), clock.now).disposition).toBe("retry");
    expect(shard.eventView("stripe:evt_1")).toMatchObject({ state: "decided", failures: 0 });
  });
});

describe("redrive of an event", () => {
  const row = { kind: "event", id: "stripe:evt_1" } as const;

  it("brings a dead letter back once for one nonce, and clears what was counted", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    for (let n = 0; n < 6; n++) shard.failEvent("stripe:evt_1", failure("bug"), clock.now);
    shard.deadLettered(row, clock.now);
    expect(shard.redrive(row, "n1", clock.now)).toBe("redriven");
    expect(shard.redrive(row, "n1", clock.now)).toBe("already");
    expect(shard.redrive(row, "n2", clock.now)).toBe("not_dead");
    expect(shard.claim(["stripe:evt_1"], clock.now)).toMatchObject([{ failures: 0 }]);
    expect(shard.earliestDue()).toBe(START + 2 * SWEEP_MS);
  });

  it("says what it cannot bring back", () => {
    const { accept, shard, clock } = openShard();
    accept(event());
    expect(shard.redrive(row, "n1", clock.now)).toBe("not_dead");
    expect(shard.redrive({ kind: "event", id: "stripe:evt_9" }, "n1", clock.now)).toBe("missing");
  });
});
