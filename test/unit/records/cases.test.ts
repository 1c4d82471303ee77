import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { caseIdOf } from "../../../shared/contracts/asked.ts";
import { listCases } from "../../../shared/records/case-list.ts";
import { getCase, type NewCase, openCase } from "../../../shared/records/cases.ts";
import { fromCursor } from "../../../shared/records/page.ts";
import { UNTOUCHED } from "../../helpers/case-rows.ts";
import { createRecords } from "../../helpers/d1.ts";

const ROUNDS = new URL("../../../shared/records/migrations/0007_a_case_has_the_rounds_of_its_row.sql", import.meta.url);
let { database, sqlite } = createRecords();
beforeEach(() => {
  ({ database, sqlite } = createRecords());
});

const opening = (n: number, changes: Partial<NewCase> = {}): NewCase => ({
  id: `case_${n}`,
  actionId: `act_${n}`,
  subject: `pi_${n}`,
  eventId: `stripe:evt_${n}`,
  kind: "refund",
  amountMinor: 4_250,
  currency: "usd",
  reason: "above the threshold",
  summary: "Refund of 42.50 USD on pi_1 needs a person.",
  version: 1,
  openedAt: 1_000 + n,
  status: null,
  dueAt: null,
  isInformation: 0,
  ...changes,
});

test("a case's id is its action's", () => {
  expect(caseIdOf(`act_${"0a".repeat(16)}`)).toBe(`case_${"0a".repeat(16)}`);
});

describe("openCase", () => {
  test("the same opening twice is one case of version 1, with its first time", async () => {
    await openCase(database, opening(1));
    await openCase(database, opening(1, { openedAt: 9_999 }));
    expect(await getCase(database, "case_1")).toEqual({
      ...UNTOUCHED,
      ...opening(1),
      state: "open",
      version: 1,
      closedAt: null,
    });
  });

  test("the next round of its row is the next version, with what is said of it now", async () => {
    await openCase(database, opening(1));
    sqlite.exec("UPDATE cases SET owner = 'p', snoozedUntil = 9, askedAt = 8, decidedBy = 'Ann', code = 'not_owed'");
    await openCase(
      database,
      opening(1, { version: 2, reason: "the bank gave it back", openedAt: 5_000, subject: "pi_2" }),
    );
    expect(await getCase(database, "case_1")).toMatchObject({
      ...{ version: 2, reason: "the bank gave it back", openedAt: 5_000, subject: "pi_2", owner: "p" },
      ...{ snoozedUntil: null, askedAt: null, decidedBy: null, code: null },
    });
  });

  test("what an older round said, or the same one again, changes nothing that came after it", async () => {
    await openCase(database, opening(1, { version: 2 }));
    for (const state of ["approved", "denied", "closed"]) {
      sqlite.exec(`UPDATE cases SET state = '${state}', closedAt = 7`);
      for (const version of [1, 2]) await openCase(database, opening(1, { version, reason: "stalled" }));
      expect(await getCase(database, "case_1")).toMatchObject({ state, version: 2, reason: "above the threshold" });
    }
    await openCase(database, opening(1, { version: 3 }));
    expect(await getCase(database, "case_1")).toMatchObject({ state: "open", version: 3, closedAt: null });
  });

  test("the first word of the row counts for a case of before rounds, whatever D1 had counted", async () => {
    await openCase(database, opening(1, { version: 7 }));
    sqlite.exec(readFileSync(ROUNDS, "utf8"));
    await openCase(database, opening(1, { version: 3, reason: "news" }));
    expect(await getCase(database, "case_1")).toMatchObject({ version: 3, reason: "news" });
  });

  test("an end closes it without moving its beginning", async () => {
    await openCase(database, opening(1, { status: "needs_response", dueAt: 8, openedAt: 2_000 }));
    await openCase(database, opening(1, { version: 2, status: "won", openedAt: 3_000, closedAt: 3_000 }));
    expect(await getCase(database, "case_1")).toMatchObject({
      ...{ version: 2, state: "closed", status: "won", dueAt: null, openedAt: 2_000, closedAt: 3_000 },
    });
  });

  test("an amount in a case may be unknown", async () => {
    await openCase(database, opening(1, { amountMinor: null, currency: null }));
    expect(await getCase(database, "case_1")).toMatchObject({ amountMinor: null, currency: null });
  });

  test("a reason that is SQL is only text", async () => {
    const reason = "'); DROP TABLE cases; --";
    await openCase(database, opening(1, { reason }));
    expect((await getCase(database, "case_1"))?.reason).toBe(reason);
  });
});

describe("listCases", () => {
  test("newest first, by state, and null for the case that is not there", async () => {
    for (const n of [1, 2, 3]) await openCase(database, opening(n));
    sqlite.exec("UPDATE cases SET state = 'denied' WHERE id = 'case_2'");
    const all = await listCases(database, { limit: 10, after: null });
    const open = await listCases(database, { state: "open", limit: 10, after: null });
    expect(all.items.map(({ id }) => id)).toEqual(["case_3", "case_2", "case_1"]);
    expect(open.items.map(({ id }) => id)).toEqual(["case_3", "case_1"]);
    expect(open.next).toBeNull();
    expect(await getCase(database, "case_9")).toBeNull();
  });

  test("a page of no cases says whether there are any, and the next one begins where it did", async () => {
    expect(await listCases(database, { limit: 0, after: null })).toEqual({ items: [], next: null });
    for (const n of [1, 2]) await openCase(database, opening(n));
    const { items, next } = await listCases(database, { limit: 0, after: null });
    const first = await listCases(database, { limit: 1, after: fromCursor(next ?? "") });
    const between = await listCases(database, { limit: 0, after: fromCursor(first.next ?? "") });
    expect(items).toEqual([]);
    expect(first.items.map(({ id }) => id)).toEqual(["case_2"]);
    expect(between).toEqual({ items: [], next: first.next });
  });

  test("a page ends where the next begins, also between cases of one moment", async () => {
    for (const n of [1, 2, 3, 4, 5]) await openCase(database, opening(n, { openedAt: 7 }));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listCases(database, { limit: 2, after: cursor === null ? null : fromCursor(cursor) });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== null && seen.length < 20);
    expect(seen).toEqual(["case_5", "case_4", "case_3", "case_2", "case_1"]);
  });
});
