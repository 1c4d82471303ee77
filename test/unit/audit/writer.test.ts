import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { checkHead } from "../../../shared/audit/head.ts";
import { BEFORE_FIRST, verifyEnd, verifyPage } from "../../../shared/audit/verify.ts";
import { AUDIT_AT_ONCE } from "../../../shared/contracts/audit.ts";
import { createLocalAudit, newEntry } from "../../helpers/audit.ts";

describe("the writer of the audit", () => {
  it("numbers entries from 1, each with the hash of the one before it", async () => {
    const audit = createLocalAudit();
    const [one, two] = await audit.append([newEntry(1), newEntry(2)]);
    expect(one).toMatchObject({ n: 1, prev: "", event: "act:case_1:1" });
    expect(two).toMatchObject({ n: 2, prev: one?.hash });
    expect(await audit.head()).toMatchObject({ n: 2, hash: two?.hash });
  });

  it("gives an act the entry that it has, and writes no second one", async () => {
    const audit = createLocalAudit();
    const first = await audit.append([newEntry(1)]);
    const again = await audit.append([newEntry(2), newEntry(1, { at: 99 }), newEntry(2)]);
    expect(again[1]).toEqual(first[0]);
    expect(again.map(({ n }) => n)).toEqual([2, 1, 2]);
    expect(await audit.entries(0, 10)).toHaveLength(2);
  });

  it("takes calls that come at once one after another: fifty make one chain", async () => {
    const audit = createLocalAudit();
    await Promise.all(Array.from({ length: 50 }, (_, index) => audit.append([newEntry(index % 30)])));
    const entries = await audit.entries(0, 100);
    const { reached, findings } = await verifyPage(BEFORE_FIRST, entries);
    const head = await audit.head();
    expect(entries).toHaveLength(30);
    expect([...findings, ...verifyEnd(reached, head, await checkHead(head, audit.keys))]).toEqual([]);
  });

  it("goes on behind a call that failed", async () => {
    const audit = createLocalAudit();
    const many = Array.from({ length: AUDIT_AT_ONCE + 1 }, (_, index) => newEntry(index));
    await expect(audit.append(many)).rejects.toThrow("at most 500");
    expect(await audit.append([newEntry(1)])).toHaveLength(1);
  });

  it("keeps the chain over a restart, and signs its head with the key that is in use", async () => {
    const sqlite = new DatabaseSync(":memory:");
    const before = createLocalAudit(sqlite);
    await before.append([newEntry(1)]);
    const after = createLocalAudit(sqlite);
    const head = await after.head();
    expect(await checkHead(head, before.keys)).toBe("unknown_key");
    expect(await checkHead(head, after.keys)).toBe("signed");
    expect((await after.append([newEntry(2)]))[0]).toMatchObject({ n: 2 });
  });

  it("answers entries behind a number, and by their events", async () => {
    const audit = createLocalAudit();
    await audit.append([newEntry(1), newEntry(2), newEntry(3)]);
    expect((await audit.entries(1, 1)).map(({ n }) => n)).toEqual([2]);
    expect((await audit.find(["act:case_3:1", "act:case_9:1"])).map((one) => one?.n)).toEqual([3, undefined]);
  });
});
