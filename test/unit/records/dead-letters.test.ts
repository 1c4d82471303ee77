import { beforeEach, describe, expect, test } from "vitest";
import {
  type DeadLetterFilter,
  discardDeadLetter,
  endRedrive,
  getDeadLetter,
  keepDeadLetter,
  listDeadLetters,
  type NewDeadLetter,
  startRedrive,
} from "../../../shared/records/dead-letters.ts";
import { fromCursor, toCursor } from "../../../shared/records/page.ts";
import { createRecords } from "../../helpers/d1.ts";

let { database, sqlite } = createRecords();
beforeEach(() => {
  ({ database, sqlite } = createRecords());
});

const letter = (n: number, changes: Partial<NewDeadLetter> = {}): NewDeadLetter => ({
  id: `dl_${n}`,
  queue: "refund",
  rowKind: "action",
  rowId: `act_${n}`,
  subject: `pi_${n}`,
  body: '{"kind":"action"}',
  reason: "provider_unauthorized",
  detail: "the key was refused",
  attempts: 8,
  firstAt: 100,
  lastAt: 1_000 + n,
  ...changes,
});

describe("keeping", () => {
  test("a dead letter that is delivered again is kept once, and keeps what people did with it", async () => {
    await keepDeadLetter(database, letter(1));
    await discardDeadLetter(database, "dl_1", { n: 1, at: 5_000, reason: "known" });
    await keepDeadLetter(database, letter(1, { detail: "later" }));
    expect(await getDeadLetter(database, "dl_1")).toEqual({
      ...letter(1),
      state: "discarded",
      redrives: 0,
      actedAt: 5_000,
      discardReason: "known",
      groupKey: expect.stringMatching(/^dg_[0-9a-f]{16}$/),
      editedTo: null,
    });
  });
});

describe("redriving", () => {
  test("a redrive that was cut short goes on under its number", async () => {
    await keepDeadLetter(database, letter(1));
    const first = await startRedrive(database, "dl_1", { n: 1, at: 5_000 });
    const again = await startRedrive(database, "dl_1", { n: 1, at: 5_000 });
    expect(first).toMatchObject({ state: "redriving", redrives: 1, actedAt: 5_000 });
    expect(again).toEqual(first);
  });

  test("one that could not be sent is dead again, and its next redrive has the next number", async () => {
    await keepDeadLetter(database, letter(1));
    await startRedrive(database, "dl_1", { n: 1, at: 5_000 });
    await endRedrive(database, { id: "dl_1", redrives: 1 }, "dead");
    expect(await startRedrive(database, "dl_1", { n: 1, at: 5_000 })).toBeNull();
    expect(await startRedrive(database, "dl_1", { n: 2, at: 6_000 })).toMatchObject({ redrives: 2, actedAt: 6_000 });
  });

  test("the end of an older redrive does not end a newer one", async () => {
    await keepDeadLetter(database, letter(1));
    await startRedrive(database, "dl_1", { n: 1, at: 5_000 });
    await endRedrive(database, { id: "dl_1", redrives: 1 }, "dead");
    await startRedrive(database, "dl_1", { n: 2, at: 6_000 });
    await endRedrive(database, { id: "dl_1", redrives: 1 }, "redriven");
    expect((await getDeadLetter(database, "dl_1"))?.state).toBe("redriving");
  });

  test("what is redriven, discarded or unknown does not start", async () => {
    await keepDeadLetter(database, letter(1));
    await keepDeadLetter(database, letter(2));
    await startRedrive(database, "dl_1", { n: 1, at: 5_000 });
    await endRedrive(database, { id: "dl_1", redrives: 1 }, "redriven");
    await discardDeadLetter(database, "dl_2", { n: 1, at: 5_000, reason: "known" });
    for (const id of ["dl_1", "dl_2", "dl_3"])
      for (const n of [1, 2]) expect(await startRedrive(database, id, { n, at: 6_000 })).toBeNull();
  });

  test("a redrive that has begun cannot be discarded", async () => {
    await keepDeadLetter(database, letter(1));
    await startRedrive(database, "dl_1", { n: 1, at: 5_000 });
    await discardDeadLetter(database, "dl_1", { n: 2, at: 6_000, reason: "known" });
    expect((await getDeadLetter(database, "dl_1"))?.state).toBe("redriving");
  });

  test("an act that comes late discards nothing that has died again since", async () => {
    await keepDeadLetter(database, letter(1));
    await startRedrive(database, "dl_1", { n: 1, at: 5_000 });
    await endRedrive(database, { id: "dl_1", redrives: 1 }, "dead");
    await discardDeadLetter(database, "dl_1", { n: 1, at: 5_000, reason: "known" });
    expect((await getDeadLetter(database, "dl_1"))?.state).toBe("dead");
  });
});

describe("listing", () => {
  const idsOf = async (filter: Partial<DeadLetterFilter>): Promise<string[]> =>
    (await listDeadLetters(database, { limit: 50, after: null, ...filter })).items.map(({ id }) => id);

  test("each filter narrows the list, and together they narrow it further", async () => {
    await keepDeadLetter(database, letter(1));
    await keepDeadLetter(database, letter(2, { queue: "events", reason: "bug" }));
    await keepDeadLetter(database, letter(3, { reason: "bug" }));
    await discardDeadLetter(database, "dl_3", { n: 1, at: 1, reason: "known" });
    expect(await idsOf({})).toEqual(["dl_3", "dl_2", "dl_1"]);
    expect(await idsOf({ queue: "refund" })).toEqual(["dl_3", "dl_1"]);
    expect(await idsOf({ reason: "bug" })).toEqual(["dl_3", "dl_2"]);
    expect(await idsOf({ state: "dead" })).toEqual(["dl_2", "dl_1"]);
    expect(await idsOf({ since: 1_002 })).toEqual(["dl_3", "dl_2"]);
    expect(await idsOf({ until: 1_002 })).toEqual(["dl_2", "dl_1"]);
    expect(await idsOf({ since: 1_002, until: 1_002 })).toEqual(["dl_2"]);
    expect(await idsOf({ queue: "refund", reason: "bug", state: "dead" })).toEqual([]);
  });

  test("a page goes on where the last one ended though newer letters came in between", async () => {
    for (const n of [1, 2, 3, 4]) await keepDeadLetter(database, letter(n, { lastAt: n < 3 ? 10 : 20 }));
    const first = await listDeadLetters(database, { limit: 3, after: null });
    await keepDeadLetter(database, letter(9, { lastAt: 30 }));
    expect(first.items.map(({ id }) => id)).toEqual(["dl_4", "dl_3", "dl_2"]);
    const second = await listDeadLetters(database, { limit: 3, after: fromCursor(first.next ?? "") });
    expect(second).toMatchObject({ items: [{ id: "dl_1" }], next: null });
  });

  test("every filter alone is answered from an index, in order, without sorting", () => {
    for (const where of ["1", "queue = 'refund'", "reason = 'bug'", "state = 'dead'", "lastAt >= 5 AND lastAt <= 9"]) {
      const plan = sqlite
        .prepare(`EXPLAIN QUERY PLAN SELECT * FROM dead_letters WHERE ${where} ORDER BY lastAt DESC, id DESC LIMIT 5`)
        .all()
        .map(({ detail }) => String(detail))
        .join("; ");
      expect(plan, where).toMatch(/USING INDEX dead_letters_by_/);
      expect(plan, where).not.toContain("TEMP B-TREE");
    }
  });
});

describe("cursors", () => {
  test("a cursor comes back as it went, and safe in a URL", () => {
    const position = { at: 1_761_210_000_000, id: "dl_ÿ>?~".replace("ÿ", "y") };
    const cursor = toCursor(position);
    expect(encodeURIComponent(cursor)).toBe(cursor);
    expect(fromCursor(cursor)).toEqual(position);
  });

  test("a text that is none of our cursors is null, never a position", () => {
    for (const text of ["", "x", "é", "bnVsbA", "WzFd", toCursor({ at: 1.5, id: "a" }), "a".repeat(5)]) {
      expect(fromCursor(text), text).toBeNull();
    }
  });
});
