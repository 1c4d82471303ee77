import { beforeEach, describe, expect, test } from "vitest";
import { ALARM_EVERY_MS, createWatch } from "../../../shared/records/watched.ts";
import { failing } from "../../helpers/d1.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { createRecordsWorld, type RecordsWorld, type Rows } from "../../helpers/records-world.ts";

const HOUR_MS = 3_600_000;
let world: RecordsWorld;
let alarms: Record<string, unknown>[];
beforeEach(() => {
  world = createRecordsWorld();
  alarms = [];
  world.through(createWatch({ alarm: (line) => alarms.push(line), now: () => world.clock.now }));
});

const stateOf = async (n: number): Promise<string | undefined> =>
  (await world.ledger.actions([refundAction(n)]))[0]?.state;
const idsIn = ({ cases, letters }: Rows): string[] =>
  [...cases, ...letters].map(({ rowId, id }: { rowId?: string; id: string }) => rowId ?? id).sort();

describe("a D1 that is full", () => {
  test("loses no case and no letter, says so to a person, and has all of them once it has room", async () => {
    world.limit(4);
    const reason = `over the limit: ${"x".repeat(300)}`;
    for (let n = 1; n <= 60; n++) await world.openCase(n, reason);
    for (let n = 101; n <= 120; n++) {
      await world.kill(n);
      await world.keepLetter(n);
    }
    for (let n = 201; n <= 205; n++) await world.killEvent(n);
    const { cases, letters } = world.rows();
    expect([cases.length > 0, cases.length + letters.length < 60]).toEqual([true, true]);
    expect(await stateOf(60)).toBe("case_opening");
    expect(await stateOf(120)).toBe("dead");
    expect(alarms.length).toBeGreaterThan(0);
    expect(alarms[0]).toMatchObject({ what: "records.unavailable", error: expect.stringContaining("full") });

    // A day passes, in which the queues deliver and the pump rings.
    for (let hour = 0; hour < 24; hour++) await world.pass(HOUR_MS);
    expect(await stateOf(60)).toBe("case_opening");
    world.limit(null);
    for (let round = 0; round < 3; round++) await world.pass(HOUR_MS);
    expect(await world.ledger.totals()).toMatchObject({ waiting: { events: 0, actions: 0 }, deadLetteredEvents: 5 });
    const there = idsIn(world.rows());
    expect(there).toHaveLength(60 + 20 + 5);
    // Each is what it would have been, and not a dead letter in place of a case.
    expect(world.rows().cases.map((row) => row.reason)).toEqual(Array(60).fill(reason));
    expect(world.rows().cases.filter(({ summary }) => /D1|full/.test(summary))).toEqual([]);
    expect(new Set(world.rows().letters.map((row) => row.reason))).toEqual(new Set(["provider_unauthorized"]));
  });
});

describe("a D1 that is away", () => {
  const away = () => world.through((whole) => failing(whole, () => true, "before"));

  test("for longer than the queue delivers makes no dead letter of a case", async () => {
    away();
    await world.askForCase(1);
    const bare = { kind: "action", id: refundAction(1).id, subject: "pi_1", nonce: "1", summary: "case" } as const;
    for (let n = 0; n < 30; n++) {
      world.clock.now += 5 * 60_000;
      world.pump();
      await world.answerCase(1);
      // The platform has delivered it as often as it may, and moves it here.
      await world.bury(bare);
      expect(await stateOf(1)).toBe("case_opening");
    }
    world.through((whole) => whole);
    await world.answerCase(1);
    expect(world.rows()).toMatchObject({ cases: [{ state: "open", reason: "over the limit" }], letters: [] });
  });

  test("after its effect has the case once, as it was opened", async () => {
    world.through((whole) => failing(whole, () => true, "after"));
    await world.openCase(1);
    expect(await stateOf(1)).toBe("case_opening");
    world.through((whole) => whole);
    await world.answerCase(1);
    expect(world.rows().cases).toMatchObject([{ version: 1, state: "open" }]);
    expect(await stateOf(1)).toBe("case_open");
  });

  test("is told of once in a while, however many statements fail, also when the clock was set back", async () => {
    const watched = createWatch({ alarm: (line) => alarms.push(line), now: () => world.clock.now });
    world.through((whole) => watched(failing(whole, () => true, "before")));
    for (let n = 1; n <= 20; n++) await world.openCase(n);
    expect(alarms).toHaveLength(1);
    world.clock.now += ALARM_EVERY_MS;
    for (let n = 21; n <= 40; n++) await world.openCase(n);
    expect(alarms).toHaveLength(2);
    world.clock.now -= 24 * HOUR_MS;
    await world.openCase(41);
    expect(alarms).toHaveLength(3);
  });

  test("is heard each time, and so is that it answers again", async () => {
    const words: string[] = [];
    const watched = createWatch({
      alarm: () => {},
      now: () => world.clock.now,
      hear: (party, what) => words.push(`${party}: ${what}`),
    });
    world.through((whole) => watched(failing(whole, () => true, "before")));
    await world.openCase(1);
    world.through(watched);
    await world.answerCase(1);
    expect(new Set(words)).toEqual(new Set(["records: records_unavailable", "records: answered"]));
    expect([words[0], words.at(-1)]).toEqual(["records: records_unavailable", "records: answered"]);
  });
});
