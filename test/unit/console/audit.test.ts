import { beforeEach, describe, expect, it } from "vitest";
import type { AuditActs, AuditShown, AuditVerified } from "../../../shared/contracts/audit.ts";
import { appendToAudit } from "../../../shared/records/acts/audit.ts";
import { recordAct } from "../../../shared/records/acts/record.ts";
import { keepEntries } from "../../../shared/records/audit.ts";
import { createConsole } from "../../../workers/console/app.ts";
import { createLocalAudit, newEntry } from "../../helpers/audit.ts";
import { createRecords } from "../../helpers/d1.ts";
import { createLocalGate } from "../../helpers/gate.ts";
import { createLocalLedger } from "../../helpers/ledger.ts";

const TOKEN = "console-token-of-this-test";
let world = open();
beforeEach(() => {
  world = open();
});

function open() {
  const { ledger, clock } = createLocalLedger();
  const { database, sqlite } = createRecords();
  const audit = createLocalAudit();
  const deps = { ledger, gate: createLocalGate(clock), records: database, audit, send: async () => undefined };
  const answer = createConsole({
    tokens: [TOKEN],
    mode: "test",
    log: () => undefined,
    now: () => clock.now,
    auditKeys: audit.keys,
  });
  const get = async (path: string): Promise<{ status: number; body: unknown }> => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const response = await answer(new Request(`http://console${path}`, { headers }), deps);
    return { status: response.status, body: await response.json() };
  };
  return { ledger, clock, database, sqlite, audit, get };
}

/** So many acts in the chain and in D1. */
async function filled(entries: number): Promise<void> {
  for (let from = 0; from < entries; from += 500) {
    const some = Array.from({ length: Math.min(500, entries - from) }, (_, n) => newEntry(from + n));
    await keepEntries(world.database, await world.audit.append(some));
  }
}

async function verifyAll(): Promise<{ pages: number; what: [string, number][]; done: number }> {
  let cursor: string | null = null;
  const what: [string, number][] = [];
  for (let pages = 1; ; pages++) {
    const path: string = `/api/audit/verify${cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`}`;
    const { body } = await world.get(path);
    const page = body as AuditVerified;
    what.push(...page.findings.map((finding): [string, number] => [finding.what, finding.n]));
    if (page.next === null) return { pages, what, done: page.done };
    cursor = page.next;
  }
}

describe("verifying the audit through the console", () => {
  it("goes page by page, and says how far it is", async () => {
    await filled(2_300);
    const { body } = await world.get("/api/audit/verify");
    expect(body).toMatchObject({ done: 1_000, of: 2_300, findings: [], more: 0, next: expect.any(String) });
    expect(await verifyAll()).toEqual({ pages: 3, what: [], done: 2_300 });
  });

  it("an entry that D1 lost or changed is named, wherever its page is", async () => {
    await filled(2_300);
    world.sqlite.exec("UPDATE audit SET personName = 'Bert' WHERE n = 1000");
    world.sqlite.exec("DELETE FROM audit WHERE n = 1001");
    world.sqlite.exec("DELETE FROM audit WHERE n > 2290");
    expect((await verifyAll()).what).toEqual([
      ["edited", 1_000],
      ["missing", 1_001],
      ["cut", 2_291],
    ]);
  });

  it("a thousand changed entries are counted, and fifty of a page are told", async () => {
    await filled(1_200);
    world.sqlite.exec("UPDATE audit SET at = 1");
    const { body } = await world.get("/api/audit/verify");
    const page = body as AuditVerified;
    expect([page.findings.length, page.more]).toEqual([50, 950]);
  });

  it("tells the signed head, and says where the chain does not contain one that was kept", async () => {
    await filled(5);
    const { head } = (await world.get("/api/audit/verify")).body as AuditVerified;
    expect(head).toMatchObject({ n: 5, kid: expect.any(String), signature: expect.stringMatching(/^[0-9a-f]{128}$/) });
    const since = async (kept: string) =>
      ((await world.get(`/api/audit/verify?kept=${kept}`)).body as AuditVerified).findings.map(({ what, n }) => [
        what,
        n,
      ]);
    await filled(8);
    expect(await since(`5/${head.hash}`), "it has grown").toEqual([]);
    expect(await since("0/"), "a head of nothing").toEqual([]);
    expect(await since(`4/${head.hash}`)).toEqual([["head_gone", 4]]);
    expect((await world.get("/api/audit/verify?kept=what")).status).toBe(400);
  });

  it("an older head that was put back, with all behind it deleted everywhere, is found by a head that was kept", async () => {
    await filled(3);
    const older = await world.audit.head();
    await filled(6);
    const { head } = (await world.get("/api/audit/verify")).body as AuditVerified;
    world.audit.sqlite
      .prepare("UPDATE head SET n = ?, hash = ?, kid = ?, signature = ?")
      .run(older.n, older.hash, older.kid, older.signature);
    world.audit.sqlite.exec("DELETE FROM entry WHERE n > 3");
    world.sqlite.exec("DELETE FROM audit WHERE n > 3");
    const { body } = await world.get(`/api/audit/verify?kept=${head.n}/${head.hash}`);
    expect((body as AuditVerified).findings).toMatchObject([
      { what: "head_gone", n: 6, says: expect.stringContaining("it was cut off") },
    ]);
  });

  it("without a key nothing is believed", async () => {
    await filled(3);
    const bare = createConsole({ tokens: [TOKEN], mode: "test", log: () => undefined, now: () => 0 });
    const request = new Request("http://console/api/audit/verify", { headers: { authorization: `Bearer ${TOKEN}` } });
    const { database, audit, ledger } = world;
    const gate = createLocalGate({ now: 0 });
    const response = await bare(request, { ledger, gate, records: database, audit, send: async () => undefined });
    expect(await response.json()).toMatchObject({ findings: [{ what: "head_unknown_key" }] });
  });

  it("an odd place is refused with words", async () => {
    const { status, body } = await world.get("/api/audit/verify?cursor=nowhere");
    expect([status, (body as { detail: string }).detail]).toEqual([400, expect.stringContaining("is not a place")]);
  });
});

describe("acts that the ledger has and the audit lacks", () => {
  const note = async (n: number, { isAudited = true } = {}): Promise<void> => {
    const { ledger, audit, database: records } = world;
    const act = { what: "case.note", about: `case_${n}`, n: 1, key: "k", at: 1_000, mode: "test" } as const;
    const recorded = await recordAct(ledger, { ...act, by: { id: "person_1", name: "Anna" }, text: "she rang" });
    if (recorded.kind === "recorded" && isAudited) await appendToAudit({ audit, records }, [recorded.event]);
  };
  const lacking = async (): Promise<{ acts: number; events: (string | null)[]; says: string[] }> => {
    const found = { acts: 0, events: [] as (string | null)[], says: [] as string[] };
    for (let cursor: string | null = ""; cursor !== null; ) {
      const asked: string = cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`;
      const page = (await world.get(`/api/audit/acts${asked}`)).body as AuditActs;
      found.acts += page.acts;
      found.events.push(...page.findings.map(({ event }) => event));
      found.says.push(...page.findings.map(({ says }) => says));
      cursor = page.next;
    }
    return found;
  };
  const MINUTE_MS = 60_000;

  it("are named, each with who did what; those that are on their way are not", async () => {
    await note(1);
    await note(2, { isAudited: false });
    expect(await lacking()).toMatchObject({ acts: 2, events: [] });
    world.clock.now += MINUTE_MS;
    const { acts, events, says } = await lacking();
    expect([acts, events]).toEqual([2, ["act:case_2:1"]]);
    expect(says[0]).toMatch(/case\.note about case_2, by Anna \(person_1\)/);
  });

  it("are found where the chain was cut in every place and an older head was put back", async () => {
    await note(1);
    const older = await world.audit.head();
    await note(2);
    await note(3);
    world.clock.now += MINUTE_MS;
    const cut = (where: string) => {
      world.audit.sqlite.exec(where);
      world.audit.sqlite.prepare("UPDATE head SET n = 1, hash = ?, signature = ?").run(older.hash, older.signature);
    };
    world.sqlite.exec("DELETE FROM audit WHERE n > 1");
    // Left with the writer, behind its head: they are not in the chain.
    cut("SELECT 1");
    expect((await verifyAll()).what, "the chain fits in itself").toEqual([]);
    expect((await lacking()).events.sort()).toEqual(["act:case_2:1", "act:case_3:1"]);
    // Under the number of another one, neither.
    cut("DELETE FROM entry WHERE n = 3");
    cut(`UPDATE entry SET entry = replace(entry, '"n":2', '"n":1') WHERE n = 2`);
    expect((await lacking()).events.sort()).toEqual(["act:case_2:1", "act:case_3:1"]);
    cut("DELETE FROM entry WHERE n > 1");
    expect((await lacking()).events.sort()).toEqual(["act:case_2:1", "act:case_3:1"]);
  });
});

describe("one entry", () => {
  const noted = async (): Promise<void> => {
    const { ledger, audit, database: records } = world;
    const act = { what: "case.note", about: "case_1", n: 1, key: "k", at: 1_000, mode: "test" } as const;
    const recorded = await recordAct(ledger, { ...act, by: { id: "person_1", name: "Anna" }, text: "she rang" });
    if (recorded.kind === "recorded") await appendToAudit({ audit, records }, [recorded.event]);
  };
  const shown = async (): Promise<AuditShown> => (await world.get("/api/audit/1")).body as AuditShown;

  it("is shown with the words of its act, and that they are those that were written", async () => {
    await noted();
    expect(await shown()).toMatchObject({ words: "kept", text: "she rang", entry: { n: 1, event: "act:case_1:1" } });
  });

  it("says where the hash in D1 is of other words", async () => {
    await noted();
    world.sqlite.exec(`UPDATE audit SET textHash = '${"0".repeat(64)}'`);
    expect((await shown()).words).toBe("changed");
  });

  it("has the hash of the words alone: the words stand nowhere in the audit", async () => {
    await noted();
    const inD1 = world.sqlite.prepare("SELECT * FROM audit").all();
    const atWriter = world.audit.sqlite.prepare("SELECT * FROM entry").all();
    expect(JSON.stringify([inD1, atWriter])).not.toContain("she rang");
    expect(inD1).toHaveLength(1);
  });

  it("that there is not is missing", async () => {
    expect((await world.get("/api/audit/7")).status).toBe(404);
  });

  it("acts are listed by person and by what they are about", async () => {
    await filled(5);
    const { body } = await world.get("/api/audit?about=case_3&person=person_anna");
    expect(body).toMatchObject({ items: [{ n: 4, about: "case_3", by: { name: "Anna" } }], next: null });
    expect((await world.get("/api/audit?who=anna")).status).toBe(400);
  });
});
