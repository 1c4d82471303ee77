import { describe, expect, it } from "vitest";
import { ABOUT_NOTHING } from "../../../shared/contracts/rules.ts";
import { DAY_MS, HOUR_MS } from "../../../shared/core/time.ts";
import { createUnreached, type Unreached } from "../../../shared/ledger/notice/unreached.ts";
import { policy } from "../../helpers/policy.ts";
import { event, failure, type OpenShard, openShard, refund, SETTINGS, SWEEP_MS } from "../../helpers/shard.ts";

const [item, other] = [refund(1), refund(2)];

/** What the shard tells of within a time, while nobody answers its pump unless `answer` does. */
function toldWithin(open: OpenShard, ms: number, answer: () => void = () => undefined): Unreached[] {
  const unreached = createUnreached(SETTINGS);
  const told: Unreached[] = [];
  for (const end = open.clock.now + ms; open.clock.now < end; open.pass(10 * SWEEP_MS)) {
    const alarm = unreached.takeAlarm(open.shard.overdue(open.clock.now, 100), open.clock.now);
    if (alarm !== null) told.push(alarm);
    answer();
  }
  return told;
}

const WAYS: Record<string, { queue: string; sets(open: OpenShard): void }> = {
  "a case": {
    queue: "escalate",
    sets: (open) => open.put({ ...item, caseReason: "over the limit", caseAbout: ABOUT_NOTHING }),
  },
  "an action's dead letter": {
    queue: "refund-dlq",
    sets: (open) => {
      open.put(item);
      open.fail(item, null, failure("queue_exhausted"));
    },
  },
  "an event's dead letter": {
    queue: "events-dlq",
    sets: (open) => {
      open.accept(event());
      open.shard.failEvent("stripe:evt_1", failure("queue_exhausted"), open.clock.now);
    },
  },
};

describe.each(Object.entries(WAYS))("%s that nobody brings to people", (_, { queue, sets }) => {
  it("is told of by the ledger after policy's patience, once an hour", () => {
    const open = openShard();
    sets(open);
    const since = open.clock.now;
    expect(toldWithin(open, policy.handling.patienceMs - HOUR_MS)).toEqual([]);
    const told = toldWithin(open, DAY_MS);
    expect(told[0]).toMatchObject({ rows: 1, since, queues: [queue] });
    expect(told.length).toBeGreaterThan(12);
    expect(told.length).toBeLessThanOrEqual(24);
  });
});

describe("what the ledger tells of by itself", () => {
  it("is also that nobody opens the cases of what waits for long", () => {
    const open = openShard();
    open.put(item, other);
    const told = toldWithin(open, DAY_MS);
    expect(told[0]).toMatchObject({ queues: ["escalate"] });
    expect(told[0]?.since).toBeGreaterThan(0);
  });

  it("is nothing of a row that waits while its case is open, nor of a case that is brought", () => {
    const open = openShard();
    open.put(item, { ...other, caseReason: "over the limit", caseAbout: ABOUT_NOTHING });
    const row = { kind: "action", id: item.action.id, subject: item.action.subject } as const;
    const told = toldWithin(open, 3 * DAY_MS, () => {
      open.shard.caseOpened([{ id: other.action.id, subject: other.action.subject }], open.clock.now);
      const [notice] = open.shard.notices([row]);
      if (notice) open.shard.noticeKept([{ row, state: notice.state, at: notice.at }], open.clock.now);
    });
    expect(told).toEqual([]);
  });
});
