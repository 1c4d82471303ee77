import { beforeEach, describe, expect, it } from "vitest";
import { hashOfEntry } from "../../../shared/audit/chain.ts";
import {
  type AuditFilter,
  entriesBehind,
  keepEntries,
  listAudit,
  queryOfAudit,
} from "../../../shared/records/audit.ts";
import { fromCursor } from "../../../shared/records/page.ts";
import { createLocalAudit, type LocalAudit, newEntry } from "../../helpers/audit.ts";
import { createRecords } from "../../helpers/d1.ts";

const ANNA = { id: "person_anna", name: "Anna" };
const BERT = { id: "person_bert", name: "Bert" };
let audit: LocalAudit;
let { database, sqlite } = createRecords();
beforeEach(async () => {
  audit = createLocalAudit();
  ({ database, sqlite } = createRecords());
  const acts = Array.from({ length: 30 }, (_, n) =>
    newEntry(n, { by: n % 3 === 0 ? BERT : ANNA, about: `case_${n % 2}` }),
  );
  await keepEntries(database, await audit.append(acts));
});

const pages = async (filter: Omit<AuditFilter, "after" | "limit">): Promise<number[]> => {
  const found: number[] = [];
  let cursor: string | null = null;
  do {
    const after = cursor === null ? null : fromCursor(cursor);
    const page = await listAudit(database, { ...filter, limit: 4, after });
    found.push(...page.items.map(({ n }) => n));
    cursor = page.next;
  } while (cursor !== null);
  return found;
};

describe("the copy of the audit in D1", () => {
  it("keeps each entry whole: its hash fits what is read back", async () => {
    const entries = await entriesBehind(database, 0, 100);
    expect(entries).toEqual(await audit.entries(0, 100));
    for (const entry of entries) expect(await hashOfEntry(entry)).toBe(entry.hash);
  });

  it("writes nothing where all is there, and again what was changed or deleted", async () => {
    const entries = await audit.entries(0, 100);
    expect(await keepEntries(database, entries)).toBe(0);
    sqlite.exec("UPDATE audit SET personName = 'Bert' WHERE n = 5");
    sqlite.exec("DELETE FROM audit WHERE n = 9");
    expect(await keepEntries(database, entries)).toBe(2);
    expect(await entriesBehind(database, 0, 100)).toEqual(entries);
  });

  it("is listed newest first, each entry once, by person, by thing and by time", async () => {
    const all = Array.from({ length: 30 }, (_, index) => 30 - index);
    expect(await pages({})).toEqual(all);
    expect(await pages({ person: BERT.id })).toEqual(all.filter((n) => (n - 1) % 3 === 0));
    expect(await pages({ about: "case_1" })).toEqual(all.filter((n) => (n - 1) % 2 === 1));
    expect(await pages({ since: 1_005, until: 1_010 })).toEqual([11, 10, 9, 8, 7, 6]);
    expect(await pages({ person: BERT.id, about: "case_1", since: 1_010 })).toEqual([28, 22, 16]);
  });

  it("serves each filter from an index, without a sort", () => {
    const filters = [
      {},
      { person: "p" },
      { about: "a" },
      { since: 1 },
      { since: 1, until: 2 },
      { about: "a", since: 1 },
    ];
    for (const filter of filters) {
      for (const after of [null, { at: 5, id: "3" }]) {
        const { sql, values } = queryOfAudit({ ...filter, limit: 10, after });
        const plan = sqlite
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all(...values)
          .map(({ detail }) => String(detail));
        expect(plan.join("; "), sql).toMatch(/USING INDEX audit_by_/);
        expect(plan.join("; "), sql).not.toMatch(/TEMP B-TREE/);
      }
    }
  });
});
