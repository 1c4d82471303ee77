import { beforeEach, describe, expect, test } from "vitest";
import type { RowRef } from "../../../shared/contracts/views.ts";
import { withTells } from "../../../shared/providers/registry.ts";
import { newAction, refundAction } from "../../helpers/ledger.ts";
import { createRecordsWorld, type RecordsWorld } from "../../helpers/records-world.ts";

let world: RecordsWorld;
beforeEach(() => {
  world = createRecordsWorld();
});
const letterFor = (rowId: string): string => world.rows().letters.findLast((row) => row.rowId === rowId)?.id ?? "";
const letterOf = (n: number): string => letterFor(refundAction(n).id);

/** Cases, letters of actions, of events and of messages, in every state that people leave them in. */
async function aDay(): Promise<void> {
  await world.openCase(1);
  await world.openCase(2, "a dispute is open");
  for (const n of [11, 12, 13, 14]) {
    await world.kill(n);
    await world.keepLetter(n);
    world.clock.now += 5_000;
  }
  await world.discard([letterOf(11)], "the customer was paid by hand");
  await world.redrive([letterOf(12), letterOf(13)]);
  world.clock.now += 5_000;
  // It died again: two letters of one row.
  await world.kill(13);
  await world.keepLetter(13);
  for (const n of [21, 22]) await world.killEvent(n);
  await world.redrive([letterFor("stripe:evt_22")]);
  for (const n of [31, 32, 33]) await world.keepMessage(n);
  world.clock.now += 5_000;
  await world.discard([letterFor("message-31")], "not ours");
  await world.redrive([letterFor("message-32")]);
}

describe("a rebuild", () => {
  test("of a database that was lost restores each case and each dead letter as it stood", async () => {
    await aDay();
    const before = world.rows();
    expect(before.cases.map(({ state }) => state)).toEqual(["open", "open"]);
    expect(before.letters.map(({ state }) => state).sort()).toEqual([
      ...Array(4).fill("dead"),
      "discarded",
      "discarded",
      ...Array(4).fill("redriven"),
    ]);
    world.lose();
    expect(await world.rebuild()).toMatchObject({ cases: 2, deadLetters: 10, acts: 4 });
    expect(world.rows()).toEqual(before);
  });

  test("that runs a second time writes nothing", async () => {
    await aDay();
    world.lose();
    await world.rebuild();
    const once = world.rows();
    expect(await world.rebuild()).toMatchObject({ cases: 0, deadLetters: 0, acts: 0 });
    expect(world.rows()).toEqual(once);
  });

  test("of a database that lost nothing writes nothing", async () => {
    await aDay();
    const before = world.rows();
    expect(await world.rebuild()).toMatchObject({ cases: 0, deadLetters: 0, acts: 0 });
    expect(world.rows()).toEqual(before);
  });

  test("is a matter of several requests, any of which may be repeated, and ends", async () => {
    for (let n = 1; n <= 260; n++) await world.openCase(n);
    const before = world.rows();
    world.lose();
    const receipts = [];
    for (let cursor: string | null = null; ; ) {
      await world.rebuildPage(cursor);
      const receipt = await world.rebuildPage(cursor);
      receipts.push(receipt);
      if (receipt.next === null) break;
      cursor = receipt.next;
    }
    expect(receipts.length).toBeGreaterThan(2);
    expect(receipts.at(-1)).toMatchObject({ done: 27, of: 27, next: null });
    const done = receipts.map((receipt) => receipt.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(world.rows()).toEqual(before);
  });

  /** `fails`: whether this call of D1 fails, counted from 1. */
  const whereD1Fails = (fails: (call: number) => boolean): void => {
    let calls = 0;
    world.through((whole) => ({
      prepare: (sql) => {
        calls += 1;
        if (fails(calls)) throw new Error("D1_ERROR: the database is away");
        return whole.prepare(sql);
      },
    }));
  };

  test("that D1 fails from the beginning says so, and goes on from the place that it was asked from", async () => {
    await aDay();
    const before = world.rows();
    world.lose();
    whereD1Fails(() => true);
    await expect(world.rebuildPage(null)).rejects.toThrow("503");
    world.through((whole) => whole);
    await world.rebuild();
    expect(world.rows()).toEqual(before);
  });

  test("that D1 fails in mid-way answers how far it came, and goes on from there", async () => {
    await aDay();
    const before = world.rows();
    world.lose();
    // So many calls reach behind the two cases and not to the end.
    whereD1Fails((call) => call > 25);
    const { next, restored } = await world.rebuildPage(null);
    expect(restored.cases).toBe(2);
    expect(next).not.toBeNull();
    world.through((whole) => whole);
    await world.rebuildPage(next);
    expect(world.rows()).toEqual(before);
  });

  test("reaches its end though D1 fails every seventh call", async () => {
    await aDay();
    const before = world.rows();
    world.lose();
    whereD1Fails((call) => call % 7 === 0);
    await world.rebuild();
    expect(world.rows()).toEqual(before);
  });

  test("reads a part from its first shard where its place names a shard that is none", async () => {
    await aDay();
    const before = world.rows();
    world.lose();
    await world.rebuildPage("actions/99/act_ff");
    expect(world.rows()).toEqual(before);
  });

  test("refuses a cursor that is none", async () => {
    for (const cursor of ["acts/everything", "acts/1/%", "people/0/", "acts/1/a/b"])
      await expect(world.rebuildPage(cursor)).rejects.toThrow("400");
  });
});

describe("a rebuild, while people and Workers go on,", () => {
  test("leaves the act on a letter that was made after the ledger was read", async () => {
    await world.kill(1);
    await world.keepLetter(1);
    const { recorded } = world.ledger;
    let isActed = false;
    world.ledger.recorded = async (position) => {
      const page = await recorded(position);
      if (page.part === "actions" && page.rows.length > 0 && !isActed) {
        isActed = true;
        await world.discard([letterOf(1)], "paid by hand");
      }
      return page;
    };
    await world.rebuild();
    expect(isActed).toBe(true);
    expect(world.rows().letters).toMatchObject([{ state: "discarded", discardReason: "paid by hand" }]);
  });

  test.each(["dead letter", "case"])(
    "writes a %s that is on its way, and who brings it finds it there",
    async (what) => {
      const bring = async (): Promise<void> => (what === "case" ? world.answerCase(1) : world.keepLetter(1));
      if (what === "case") await world.askForCase(1);
      else await world.kill(1);
      expect(await world.rebuild()).toMatchObject(what === "case" ? { cases: 1 } : { deadLetters: 1 });
      const { cases, letters } = world.rows();
      world.clock.now += 1_000;
      await bring();
      expect(world.rows()).toEqual({ cases, letters });
      expect([...cases, ...letters]).toMatchObject([{ state: what === "case" ? "open" : "dead" }]);
    },
  );

  test("has what D1 had in the moment of its loss, though the ledger was not told yet", async () => {
    await world.kill(2);
    await world.askForCase(1);
    for (const call of ["caseOpened", "deadLettered"] as const) world.broken.add(call);
    await Promise.all([world.answerCase(1), world.keepLetter(2)]);
    const before = world.rows();
    expect([before.cases.length, before.letters.length]).toEqual([1, 1]);
    world.lose();
    await world.rebuild();
    world.broken.clear();
    await Promise.all([
      world.ledger.caseOpened([refundAction(1)]),
      world.ledger.deadLettered({ ...refundAction(2), kind: "action" }),
    ]);
    expect(world.rows()).toEqual(before);
  });

  test("tells of one death of a row that is redriven and dies again between two reads of it", async () => {
    await world.kill(1);
    await world.keepLetter(1);
    const first = letterOf(1);
    world.lose();
    const { deadRow } = world.ledger;
    let isLate = false;
    world.ledger.deadRow = async (row) => {
      const seen = await deadRow(row);
      if (!isLate) {
        isLate = true;
        world.clock.now += 1_000;
        await world.ledger.redrive({ ...refundAction(1), kind: "action" }, `${first}:1`);
        await world.ledger.failAction(refundAction(1), null, { reason: "queue_exhausted", detail: "rung in vain" });
      }
      return seen;
    };
    await world.rebuild();
    await world.keepLetter(1);
    const told = world.rows().letters.map(({ state, reason, attempts, id }) => [state, reason, attempts, id === first]);
    expect(told.sort()).toEqual([
      ["dead", "queue_exhausted", 1, false],
      ["redriven", "provider_unauthorized", 9, true],
    ]);
  });

  test("leaves a case that was opened for another reason since", async () => {
    await world.openCase(1);
    const later = { ...world.rows().cases[0], reason: "a newer reason", version: 2 };
    await world
      .database()
      .prepare("UPDATE cases SET reason = ?, version = 2, openedAt = openedAt + 1")
      .bind(later.reason)
      .run();
    await world.rebuild();
    expect(world.rows().cases).toMatchObject([{ reason: "a newer reason", version: 2 }]);
  });
});

describe("an act of before acts were numbered in one order", () => {
  const old = (id: string, type: string, text: string) => {
    const event = withTells({ id, type, occurredAt: 4_711, mode: "test", lane: "live", text });
    return world.ledger.accept([{ event, raw: "{}", provenance: "own" }]);
  };

  test("stands: a discard with its reason, also behind a redrive that found nothing to do", async () => {
    for (const n of [1, 2]) {
      await world.kill(n);
      await world.keepLetter(n);
    }
    const [one, other] = [letterOf(1), letterOf(2)];
    await old(`redrive:${other}:1`, "countersign.redrive", "a person sent it back to work");
    for (const id of [one, other])
      await old(`discard:${id}`, "countersign.discard", "a person gave up action act_1: paid by hand");
    world.lose();
    await world.rebuild();
    const discarded = { state: "discarded", discardReason: "paid by hand", actedAt: 4_711 };
    expect(world.rows().letters).toMatchObject([discarded, discarded]);
    expect(await world.rebuild()).toMatchObject({ deadLetters: 0, acts: 0 });
    expect((await world.redrive([one, other])).results).toMatchObject([
      { result: "discarded" },
      { result: "discarded" },
    ]);
  });

  test("stands: a redrive whose row was taken up again", async () => {
    await world.kill(1);
    await world.keepLetter(1);
    const id = letterOf(1);
    await old(`redrive:${id}:1`, "countersign.redrive", "a person sent it back to work");
    await world.ledger.redrive({ ...refundAction(1), kind: "action" }, `${id}:1`);
    world.lose();
    await world.rebuild();
    expect(world.rows().letters).toMatchObject([{ state: "redriven", redrives: 1, actedAt: 4_711 }]);
    expect(await world.rebuild()).toMatchObject({ deadLetters: 0, acts: 0 });
  });
});

test("a letter whose row has lost its texts with their time is redriven, and not dead", async () => {
  await world.kill(1);
  await world.keepLetter(1);
  await world.redrive([letterOf(1)]);
  const [begun] = await world.ledger.begin([refundAction(1)]);
  if (begun?.kind !== "granted") throw new Error("not granted");
  const outcome = { kind: "skipped", note: "" } as const;
  await world.ledger.settle([{ ref: refundAction(1), fence: begun.fence, outcome }]);
  // The detail goes, and the group with it.
  const kept = () => world.rows().letters.map(({ detail: _detail, groupKey: _group, ...row }) => row);
  const before = kept();
  world.clock.now += 600 * 86_400_000;
  await world.chores();
  world.lose();
  expect(await world.rebuild()).toMatchObject({ deadLetters: 1, acts: 0 });
  expect(kept()).toEqual(before);
});

describe("a case whose matter is over, and of which D1 is not told yet,", () => {
  const { id, subject } = refundAction(1);
  const won = (at: number) => ({ status: "won", dueAt: null, isOver: true, text: "the dispute was won", at });

  test.each(["first", "later"])("is written as closed, and who brings it finds it there; seen %s", async (when) => {
    await (when === "first" ? world.askForCase(1) : world.openCase(1));
    world.clock.now += 1_000;
    await world.ledger.caseNews([{ ref: { id, subject }, standing: won(world.clock.now) }]);
    expect(await world.rebuild()).toMatchObject({ cases: 1 });
    const { cases } = world.rows();
    expect(cases).toMatchObject([{ state: "closed", status: "won", version: 2 }]);
    world.clock.now += 1_000;
    await world.answerCase(1);
    expect(world.rows().cases).toEqual(cases);
    expect(await world.ledger.actions([refundAction(1)])).toMatchObject([{ state: "case_closed" }]);
  });

  test("and whose end is the first that a new database hears of it, has its version and its opening", async () => {
    await world.openCase(1);
    world.clock.now += 1_000;
    const news = async () => await world.ledger.caseNews([{ ref: { id, subject }, standing: won(world.clock.now) }]);
    world.lose();
    await news();
    world.clock.now += 1_000;
    await world.answerCase(1);
    const opened = world.clock.now - 2_000;
    expect(world.rows().cases).toMatchObject([{ state: "closed", version: 2, openedAt: opened }]);
    expect(await world.rebuild()).toMatchObject({ cases: 0 });
  });
});

describe("a redrive that was cut short", () => {
  test("before its row was reopened stands as begun, and goes on when a person asks again", async () => {
    await world.kill(1);
    await world.keepLetter(1);
    world.broken.add("redrive");
    expect((await world.redrive([letterOf(1)])).results).toMatchObject([{ result: "unavailable" }]);
    world.broken.clear();
    const before = world.rows();
    world.lose();
    await world.rebuild();
    expect(world.rows()).toEqual(before);
    expect(before.letters).toMatchObject([{ state: "redriving", redrives: 1 }]);
    expect((await world.redrive([letterOf(1)])).results).toMatchObject([{ result: "redriven" }]);
  });

  test("of a message that was not sent stands as begun", async () => {
    await world.keepMessage(1);
    world.sending(false);
    await world.redrive([letterFor("message-1")]);
    world.sending(true);
    world.lose();
    await world.rebuild();
    expect(world.rows().letters).toMatchObject([{ state: "redriving", redrives: 1 }]);
    expect((await world.redrive([letterFor("message-1")])).results).toMatchObject([{ result: "redriven" }]);
  });

  test("of a message that no queue takes, and that was discarded then, stays discarded", async () => {
    await world.keepMessage(1);
    const id = letterFor("message-1");
    world.sending(false);
    await world.redrive([id]);
    world.sending(true);
    world.clock.now += 1_000;
    expect((await world.discard([id], "no queue takes it")).results).toMatchObject([{ result: "discarded" }]);
    const before = world.rows();
    world.lose();
    await world.rebuild();
    expect(world.rows()).toEqual(before);
    expect(before.letters).toMatchObject([{ state: "discarded", redrives: 1 }]);
  });

  test("and whose row has died once more is over: that death has a letter of its own", async () => {
    await world.kill(1);
    await world.keepLetter(1);
    await world.redrive([letterOf(1)]);
    world.clock.now += 1_000;
    await world.kill(1);
    await world.keepLetter(1);
    world.lose();
    await world.rebuild();
    expect(
      world
        .rows()
        .letters.map(({ state, redrives }) => `${state} ${redrives}`)
        .sort(),
    ).toEqual(["dead 0", "redriven 1"]);
  });
});

describe("a case that tells of a row which waits for long", () => {
  const limited = { reason: "provider_rate_limited", detail: "too many" } as const;
  const event = withTells({
    id: "stripe:evt_9",
    type: "charge.dispute.created",
    occurredAt: 9,
    mode: "test",
    lane: "live",
  });
  const rows: { ref: RowRef; begin(): Promise<unknown>; fail(): Promise<unknown>; settle(): Promise<unknown> }[] = [
    {
      ref: { kind: "action", id: refundAction(1).id, subject: refundAction(1).subject },
      begin: () => world.ledger.putActions([newAction(refundAction(1))]),
      fail: () => world.ledger.failAction(refundAction(1), null, limited),
      settle: () => world.ledger.failAction(refundAction(1), null, { reason: "provider_refused", detail: "no" }),
    },
    {
      ref: { kind: "event", id: event.id },
      begin: () => world.ledger.accept([{ event, raw: "{}", provenance: "signed" }]),
      fail: () => world.ledger.failEvent(event.id, { reason: "claude_overloaded", detail: "away" }),
      settle: () => world.ledger.failEvent(event.id, { reason: "malformed_message", detail: "none of ours" }),
    },
  ];

  test.each(rows)(
    "stands open while $ref.kind waits, and closed after its news",
    async ({ ref, begin, fail, settle }) => {
      await begin();
      for (let hour = 0; hour < 6; hour++) {
        await fail();
        world.clock.now += 3_600_000;
      }
      await world.answerNotice(ref);
      const open = world.rows().cases;
      expect(open).toMatchObject([
        { id: expect.stringMatching(/^wait_/), state: "open", isInformation: 1, version: 1 },
      ]);
      world.lose();
      expect(await world.rebuild()).toMatchObject({ cases: 1 });
      expect(world.rows().cases).toEqual(open);

      await settle();
      await world.answerNotice(ref);
      const closed = world.rows().cases.filter(({ isInformation }) => isInformation === 1);
      expect(closed).toMatchObject([{ state: "closed" }]);
      world.lose();
      await world.rebuild();
      const again = world.rows().cases.filter(({ isInformation }) => isInformation === 1);
      expect(again.map(({ summary: _summary, ...row }) => row)).toEqual(
        closed.map(({ summary: _summary, ...row }) => row),
      );
      expect(await world.rebuild()).toMatchObject({ cases: 0 });
    },
  );

  test.each(rows)(
    "stands open though the history of its $ref.kind has lost that a person was told",
    async ({ ref, begin, fail }) => {
      await begin();
      for (let n = 0; n < 130; n++) {
        await fail();
        world.clock.now += 600_000;
        if (n === 40) await world.answerNotice(ref);
      }
      const open = world.rows().cases;
      expect(open).toMatchObject([{ state: "open", isInformation: 1 }]);
      world.lose();
      expect(await world.rebuild()).toMatchObject({ cases: 1 });
      expect(world.rows().cases).toEqual(open);
    },
  );

  test.each(rows)("is not closed by a rebuild that reads its $ref.kind while a person is told of it", async (row) => {
    const { ref, begin, fail } = row;
    await begin();
    await fail();
    await (ref.kind === "action"
      ? world.ledger.failAction(refundAction(1), null, { reason: "queue_exhausted", detail: "" })
      : world.ledger.failEvent(ref.id, { reason: "queue_exhausted", detail: "" }));
    await world.ledger.redrive(ref, "n");
    const { notices } = world.ledger;
    world.ledger.notices = async (refs) => {
      const answer = await notices(refs);
      world.ledger.notices = notices;
      world.clock.now += 6 * 3_600_000;
      await fail();
      return answer;
    };
    await world.rebuild();
    await world.answerNotice(ref);
    const told = world.rows().cases;
    expect(told).toMatchObject([{ state: "open", isInformation: 1, openedAt: world.clock.now }]);
  });

  test.each(rows)("was closed with the news, and not with the next failure of its $ref.kind", async (row) => {
    const { ref, begin, fail, settle } = row;
    await begin();
    for (let n = 0; n < 40; n++) {
      await fail();
      world.clock.now += 600_000;
    }
    await settle();
    await world.answerNotice(ref);
    await world.rebuild();
    const found = world.rows().cases.find(({ isInformation }) => isInformation === 1);
    expect(found).toMatchObject({ state: "closed", closedAt: world.clock.now });
  });
});

test("a case that is restored has the place that policy gives it now, open or closed, as one that is opened", async () => {
  const world = createRecordsWorld();
  await world.openCase(1);
  await world.openCase(2);
  const { id, subject } = refundAction(2);
  const standing = { at: world.clock.now, status: "won", dueAt: null, isOver: true, text: "won" };
  await world.ledger.caseNews([{ ref: { id, subject }, standing }]);
  await world.answerCase(2);
  const before = world.rows().cases;
  const placing = await world.placing();
  expect(before.map(({ state, placedBy }) => [state, placedBy])).toEqual([
    ["open", placing?.version],
    ["closed", placing?.version],
  ]);
  expect(before.every(({ worthUsdCents, decideBy }) => worthUsdCents !== null && decideBy !== null)).toBe(true);
  world.lose();
  await world.rebuild();
  expect(world.rows().cases).toEqual(before);
});
