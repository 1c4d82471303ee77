import { beforeEach, describe, expect, it } from "vitest";
import { generateAuditPair } from "../../../cli/stack/keys.ts";
import { hashOfEntry } from "../../../shared/audit/chain.ts";
import { checkHead } from "../../../shared/audit/head.ts";
import { namedFindings } from "../../../shared/audit/name.ts";
import { BEFORE_FIRST, verifyEnd, verifyPage } from "../../../shared/audit/verify.ts";
import type { AuditEntry, AuditFinding, AuditHead } from "../../../shared/contracts/audit.ts";
import { publicKeysOf } from "../../../shared/grant/keys.ts";
import { createLocalAudit, type LocalAudit, newEntry } from "../../helpers/audit.ts";

const ENTRIES = 12;
let audit: LocalAudit;
/** What stands in D1. */
let rows: AuditEntry[];
beforeEach(async () => {
  audit = createLocalAudit();
  rows = await audit.append(Array.from({ length: ENTRIES }, (_, index) => newEntry(index + 1)));
});

/** All findings of a whole reading, as a person is told them. */
async function findingsOf(pageSize = 100, head: AuditHead | null = null, keys = audit.keys): Promise<AuditFinding[]> {
  const found: AuditFinding[] = [];
  let reached = BEFORE_FIRST;
  for (let from = 0; from < rows.length; from += pageSize) {
    const page = await verifyPage(reached, rows.slice(from, from + pageSize));
    found.push(...page.findings);
    reached = page.reached;
  }
  const signed = head ?? (await audit.head());
  found.push(...verifyEnd(reached, signed, await checkHead(signed, keys)));
  return await namedFindings(found, audit, async (n) => rows.find((row) => row.n === n) ?? null);
}
const told = async (): Promise<[string, number, string | null][]> =>
  (await findingsOf()).map(({ what, n, event }) => [what, n, event]);
const rowAt = (n: number): AuditEntry => {
  const row = rows[n - 1];
  if (row === undefined) throw new Error(`there is no row ${n}`);
  return row;
};
const edit = (n: number, changes: Partial<AuditEntry>): void => {
  rows[n - 1] = { ...rowAt(n), ...changes };
};
/** Somebody who knows how hashes are made writes all entries again from n on. */
async function recompute(from: number): Promise<void> {
  for (let n = from; n <= rows.length; n++) {
    const prev = n === 1 ? "" : rowAt(n - 1).hash;
    edit(n, { prev, hash: await hashOfEntry({ ...rowAt(n), prev }) });
  }
}

describe("a chain that nobody has touched", () => {
  it("verifies, whatever the size of a page", async () => {
    expect(await findingsOf()).toEqual([]);
    expect(await findingsOf(1)).toEqual([]);
    expect(await findingsOf(5)).toEqual([]);
  });

  it("verifies where nothing has been done yet", async () => {
    audit = createLocalAudit();
    rows = [];
    expect(await findingsOf()).toEqual([]);
  });
});

describe("an entry that was edited is named", () => {
  const changes: [string, Partial<AuditEntry>][] = [
    ["who", { by: { id: "person_bert", name: "Anna" } }],
    ["the name", { by: { id: "person_anna", name: "Bert" } }],
    ["when", { at: 5 }],
    ["what", { what: "case.approve" }],
    ["about what", { about: "case_2" }],
    ["before", { before: {} }],
    ["after", { after: { owner: "person_bert" } }],
    ["the words' hash", { textHash: "1".repeat(64) }],
    ["that there were words", { textHash: null }],
    ["its event", { event: "act:case_9:9" }],
    ["what it follows", { prev: "2".repeat(64) }],
  ];
  it.each(changes)("in %s", async (_what, changed) => {
    edit(4, changed);
    const event = changed.event ?? "act:case_4:1";
    expect(await told()).toEqual([["edited", 4, event]]);
  });

  it("with its number and its event in the words for people", async () => {
    edit(4, { at: 5 });
    expect((await findingsOf())[0]?.says).toBe(
      "entry 4 (act:case_4:1) is not what its hash says: it was changed after it was written",
    );
  });

  it("also where its own hash was computed again", async () => {
    edit(4, { at: 5 });
    edit(4, { hash: await hashOfEntry(rowAt(4)) });
    expect(await told()).toEqual([["recomputed", 4, "act:case_4:1"]]);
  });

  it("also where two of them were", async () => {
    edit(4, { at: 5 });
    edit(9, { after: {} });
    expect(await told()).toEqual([
      ["edited", 4, "act:case_4:1"],
      ["edited", 9, "act:case_9:1"],
    ]);
  });
});

describe("entries that are gone are named", () => {
  it("in the middle, with the event that was there", async () => {
    rows.splice(4, 1);
    expect(await told()).toEqual([["missing", 5, "act:case_5:1"]]);
  });

  it("several in a row, by the first and the last", async () => {
    rows.splice(4, 3);
    const [finding, ...more] = await findingsOf();
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ what: "missing", n: 5, event: "act:case_5:1" });
    expect(finding?.says).toContain("entries 5 to 7 are missing");
  });

  it("the first one too", async () => {
    rows.splice(0, 1);
    expect(await told()).toEqual([["missing", 1, "act:case_1:1"]]);
  });

  it("at the end, as a chain that was cut", async () => {
    rows.splice(ENTRIES - 2);
    const [finding] = await findingsOf();
    expect(finding).toMatchObject({ what: "cut", n: 11, event: "act:case_11:1" });
    expect(finding?.says).toContain("entries 11 to 12 are cut off at the end");
  });

  it("all of them", async () => {
    rows = [];
    expect(await told()).toEqual([["cut", 1, "act:case_1:1"]]);
  });
});

describe("entries in another order are named", () => {
  const swapped = (one: number, other: number): void => {
    const [first, second] = [rowAt(one), rowAt(other)];
    edit(one, { ...second, n: one });
    edit(other, { ...first, n: other });
  };

  it("two that stand next to each other", async () => {
    swapped(4, 5);
    expect(await told()).toEqual([
      ["reordered", 4, "act:case_5:1"],
      ["reordered", 5, "act:case_4:1"],
    ]);
  });

  it("two that are on different pages", async () => {
    swapped(2, 11);
    const found = await findingsOf(4);
    expect(found.map(({ what, n, event }) => [what, n, event])).toEqual([
      ["reordered", 2, "act:case_11:1"],
      ["reordered", 11, "act:case_2:1"],
    ]);
    expect(found[0]?.says).toContain("was written as entry 11");
  });
});

describe("a chain that was written again is named by the first entry that differs", () => {
  it("where an entry was changed and all behind it computed anew", async () => {
    edit(4, { by: { id: "person_bert", name: "Bert" } });
    await recompute(4);
    expect(await told()).toEqual([["recomputed", 4, "act:case_4:1"]]);
  });

  it("where an entry was taken out and the rest moved up", async () => {
    rows.splice(4, 1);
    rows = rows.map((row, index) => ({ ...row, n: index + 1 }));
    await recompute(1);
    expect(await told()).toEqual([["cut", 12, "act:case_12:1"]]);
  });

  it("where one was put in, and the last one taken out so that the number fits", async () => {
    rows.splice(4, 0, { ...rowAt(5), event: "act:case_99:1" });
    rows = rows.slice(0, ENTRIES).map((row, index) => ({ ...row, n: index + 1 }));
    await recompute(1);
    expect(await told()).toEqual([["recomputed", 5, "act:case_99:1"]]);
  });

  it("where entries were added that the writer has not written", async () => {
    rows.push({ ...rowAt(ENTRIES), n: ENTRIES + 1, event: "act:case_99:1" });
    await recompute(ENTRIES + 1);
    expect(await told()).toEqual([["beyond_head", 13, "act:case_99:1"]]);
  });
});

describe("the head", () => {
  it("is checked: one without a signature proves nothing", async () => {
    const head = { ...(await audit.head()), signature: "" };
    expect((await findingsOf(100, head)).map(({ what }) => what)).toEqual(["head_unsigned"]);
  });

  it("one that was signed for another entry is unsigned", async () => {
    const head = { ...(await audit.head()), n: 11, hash: rowAt(11).hash };
    rows.splice(ENTRIES - 1);
    expect((await findingsOf(100, head)).map(({ what }) => what)).toEqual(["head_unsigned"]);
  });

  it("one that is signed by a key of somebody else is named, with the key", async () => {
    const others = publicKeysOf(generateAuditPair("other").AUDIT_PUBLIC_KEYS, "AUDIT");
    const [finding] = await findingsOf(100, null, others);
    expect(finding).toMatchObject({ what: "head_unknown_key", n: ENTRIES });
    expect(finding?.says).toContain((await audit.head()).kid);
  });

  it("a key of somebody else under the name of ours signs nothing", async () => {
    const [other] = publicKeysOf(generateAuditPair("other").AUDIT_PUBLIC_KEYS, "AUDIT");
    const { kid } = await audit.head();
    const keys = other === undefined ? [] : [{ ...other, kid }];
    expect((await findingsOf(100, null, keys)).map(({ what }) => what)).toEqual(["head_unsigned"]);
  });

  it("a retired key still proves what it signed, a revoked one does not", async () => {
    const retired = audit.keys.map((key) => ({ ...key, retired: true }));
    const revoked = audit.keys.map((key) => ({ ...key, revoked: true }));
    expect(await findingsOf(100, null, retired)).toEqual([]);
    expect((await findingsOf(100, null, revoked)).map(({ what }) => what)).toEqual(["head_revoked_key"]);
  });
});
