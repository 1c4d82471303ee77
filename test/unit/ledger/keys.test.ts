import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../shared/core/time.ts";
import { createLocalLedger } from "../../helpers/ledger.ts";
import { event, openShard, START } from "../../helpers/shard.ts";

const KEY = "request:0123456789abcdef0123456789abcdef";
const claim = (occurredAt = START, newest: { n: number; occurredAt: number; acceptedAt: number } | null = null) => ({
  key: KEY,
  occurredAt,
  newest,
});

describe("claimKey", () => {
  it("answers the first claim with a new event under the key's own name, and every repeat within a day with it", () => {
    const { shard, clock } = openShard();
    const first = { kind: "event", id: KEY, occurredAt: START } as const;
    expect(shard.claimKey(claim(), clock.now)).toEqual({ ...first, isNew: true });
    expect(shard.claimKey(claim(START + HOUR_MS), clock.now)).toEqual({ ...first, isNew: false });
    expect(shard.claimKey(claim(START + HOUR_MS), START + DAY_MS - 1)).toEqual({ ...first, isNew: false });
  });

  it("counts on after a day, from the last claim that was new", () => {
    const { shard } = openShard();
    const idAt = (now: number) => {
      const answer = shard.claimKey(claim(), now);
      return answer.kind === "event" ? answer.id : answer.kind;
    };
    expect([START, START + DAY_MS, START + 2 * DAY_MS - 1, START + 2 * DAY_MS].map(idAt)).toEqual([
      KEY,
      `${KEY}-2`,
      `${KEY}-2`,
      `${KEY}-3`,
    ]);
  });

  it("keeps its rows over a restart, and wakes no pump", () => {
    const { shard, sql, clock } = openShard();
    shard.claimKey(claim(), clock.now);
    expect([shard.takeSoonestDue(), shard.earliestDue()]).toEqual([null, null]);
    expect(openShard(sql).shard.claimKey(claim(START + 1), clock.now)).toMatchObject({
      occurredAt: START,
      isNew: false,
    });
  });

  it("asks for the newest event where there is an event and no row, and begins with what it is told", () => {
    const { shard, accept, clock } = openShard();
    accept(event({ id: KEY }));
    expect(shard.claimKey(claim(), clock.now)).toEqual({ kind: "newest_unknown" });
    const newest = { n: 2, occurredAt: START - HOUR_MS, acceptedAt: START - 1 };
    const known = { kind: "event", id: `${KEY}-2`, occurredAt: START - HOUR_MS, isNew: false } as const;
    expect(shard.claimKey(claim(START, newest), clock.now)).toEqual(known);
    // Who looked at the same time, and found less, is told of what is in the row by now.
    expect(shard.claimKey(claim(START, { ...newest, n: 1 }), clock.now)).toEqual(known);
    expect(shard.claimKey(claim(), clock.now)).toEqual(known);
  });

  it("is answered by one shard, whoever asks", async () => {
    const { ledger, calls } = createLocalLedger(5);
    const answers = await Promise.all([ledger.claimKey(claim()), ledger.claimKey(claim())]);
    expect(answers.map((answer) => answer.kind === "event" && answer.isNew)).toEqual([true, false]);
    expect(calls).toEqual(["claimKey", "claimKey"]);
  });
});
