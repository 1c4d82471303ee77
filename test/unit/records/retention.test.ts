import { beforeEach, describe, expect, test } from "vitest";
import { REMOVED, removeOldTexts } from "../../../shared/records/retention.ts";
import { createRecords, failing } from "../../helpers/d1.ts";

const DAY_MS = 86_400_000;
const NOW = Date.parse("2028-06-01T00:00:00Z");
const daysAgo = (days: number): number => NOW - days * DAY_MS;

let { database, sqlite } = createRecords();
beforeEach(() => {
  ({ database, sqlite } = createRecords());
});

const putCase = (id: string, state: string, openedAt: number, closedAt: number | null): void => {
  sqlite
    .prepare(
      "INSERT INTO cases (id, actionId, subject, eventId, kind, amountMinor, currency, reason, summary, state, version, openedAt, closedAt) VALUES (?, 'act_1', 'pi_1', 'stripe:evt_1', 'refund', 4250, 'usd', 'she wrote', 'what she wrote', ?, 2, ?, ?)",
    )
    .run(id, state, openedAt, closedAt);
};
const putLetter = (id: string, state: string, lastAt: number, actedAt: number | null): void => {
  sqlite
    .prepare(
      "INSERT INTO dead_letters (id, queue, rowKind, rowId, subject, body, reason, detail, attempts, firstAt, lastAt, state, redrives, actedAt, discardReason) VALUES (?, 'refund', 'message', 'm1', NULL, 'what it said', 'bug', 'it threw', 3, 1, ?, ?, 1, ?, ?)",
    )
    .run(id, lastAt, state, actedAt, state === "discarded" ? "he said so" : null);
};
const rows = (table: string): Record<string, unknown>[] =>
  sqlite
    .prepare(`SELECT * FROM ${table} ORDER BY id`)
    .all()
    .map((row) => ({ ...row }));
const remove = () => removeOldTexts(database, 550, NOW);

describe("texts of what has been over for longer than RETENTION_DAYS", () => {
  test("are removed, and the record stays with its ids, amounts, states and times", async () => {
    putCase("case_1", "closed", daysAgo(600), daysAgo(551));
    putLetter("dl_1", "discarded", daysAgo(600), daysAgo(551));
    putLetter("dl_2", "redriven", daysAgo(600), daysAgo(551));
    const before = [...rows("cases"), ...rows("dead_letters")];
    expect(await remove()).toEqual({ cases: 1, deadLetters: 2 });
    expect([...rows("cases"), ...rows("dead_letters")]).toEqual([
      { ...before[0], reason: REMOVED, summary: REMOVED },
      { ...before[1], body: REMOVED, detail: REMOVED, discardReason: REMOVED },
      { ...before[2], body: REMOVED, detail: REMOVED },
    ]);
  });

  test("are removed once", async () => {
    putCase("case_1", "closed", daysAgo(600), daysAgo(551));
    await remove();
    expect(await remove()).toEqual({ cases: 0, deadLetters: 0 });
  });

  test("are counted from the end, not from the beginning", async () => {
    putCase("case_1", "closed", daysAgo(900), daysAgo(549));
    putLetter("dl_1", "discarded", daysAgo(900), daysAgo(549));
    putLetter("dl_2", "redriven", daysAgo(900), daysAgo(549));
    expect(await remove()).toEqual({ cases: 0, deadLetters: 0 });
  });

  test("are not removed a day early while the clock is set back by a day", async () => {
    putCase("case_1", "closed", daysAgo(551), daysAgo(551));
    expect(await removeOldTexts(database, 550, NOW - 1.5 * DAY_MS)).toMatchObject({ cases: 0 });
    expect(await remove()).toMatchObject({ cases: 1 });
  });

  test("are removed in statements of some hundred rows, all of them, also those of one time", async () => {
    for (let n = 0; n < 1_250; n++) putCase(`case_${n}`, "closed", daysAgo(600 + (n % 3)), daysAgo(560));
    expect(await remove()).toMatchObject({ cases: 1_250 });
    expect(rows("cases").filter(({ summary }) => summary !== REMOVED)).toEqual([]);
  });

  test("are removed later where D1 fails in mid-way", async () => {
    putCase("case_1", "closed", daysAgo(600), daysAgo(551));
    putLetter("dl_1", "redriven", daysAgo(600), daysAgo(551));
    const away = failing(database, (sql) => sql.includes("dead_letters"), "before");
    await expect(removeOldTexts(away, 550, NOW)).rejects.toThrow("away");
    expect(await remove()).toEqual({ cases: 0, deadLetters: 1 });
  });
});

describe("what somebody has yet to do", () => {
  test("keeps its texts, however old it is", async () => {
    putCase("case_1", "open", daysAgo(5_000), null);
    // It was closed once, and opened again.
    putCase("case_2", "open", daysAgo(5_000), daysAgo(4_000));
    putLetter("dl_1", "dead", daysAgo(5_000), null);
    putLetter("dl_2", "redriving", daysAgo(5_000), daysAgo(5_000));
    const before = [...rows("cases"), ...rows("dead_letters")];
    expect(await remove()).toEqual({ cases: 0, deadLetters: 0 });
    expect([...rows("cases"), ...rows("dead_letters")]).toEqual(before);
  });
});
