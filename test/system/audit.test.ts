import { execFile } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditEntry, AuditFinding, AuditHead, AuditShown } from "../../shared/contracts/audit.ts";
import type { RedactedAnswer } from "../../shared/contracts/redact.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";

let system: TestStack;
beforeAll(async () => {
  system = await bootStack();
});
afterAll(() => system?.stop());

type Verified = { entries: number; acts: number; ok: boolean; findings: AuditFinding[]; head: AuditHead };

/** The command line as a person uses it, from outside: its answer, and the code with which it exits. */
async function cli<T>(...args: string[]): Promise<{ code: number; answer: T }> {
  const { consoleUrl, keys } = system.stack;
  const env = { ...process.env, COUNTERSIGN_CONSOLE_URL: consoleUrl, CONSOLE_TOKEN: keys.CONSOLE_TOKEN };
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, ["cli/index.ts", ...args, "--json"], { env }, (error, stdout, stderr) => {
      const last = stdout.trim().split("\n").at(-1) ?? "";
      if (last === "") return reject(new Error(`${args.join(" ")}: ${stderr}`));
      resolve({ code: typeof error?.code === "number" ? error.code : 0, answer: JSON.parse(last) as T });
    });
  });
}
const inD1 = async (sql: string): Promise<void> => {
  const database = system.stack.records;
  await database.prepare(sql).run();
};

let head: AuditHead | null = null;
describe("the audit on the real runtime", () => {
  it("names who did what, verifies, names what somebody wrote into D1, and is whole again after a rebuild", async () => {
    await cli("holds", "add", "--customer", "cus_audit", "--reason", "Erika Mustermann rang");
    await cli("holds", "lift", "--customer", "cus_audit", "--reason", "it was nothing");
    const { answer: listed } = await cli<{ items: AuditEntry[] }>("audit", "list", "--about", "customer:cus_audit");
    expect(listed.items.map(({ n, what, by }) => [n, what, by.id])).toEqual([
      [2, "hold.lift", "person_first"],
      [1, "hold.add", "person_first"],
    ]);
    const { answer: shown } = await cli<AuditShown>("audit", "show", "1");
    expect(shown).toMatchObject({ words: "kept", text: expect.stringContaining("Erika Mustermann rang") });
    const { code: whole, answer: verified } = await cli<Verified>("audit", "verify");
    expect([whole, verified]).toMatchObject([0, { entries: 2, acts: 2, ok: true, findings: [], head: { n: 2 } }]);

    await inD1("UPDATE audit SET personName = 'Nobody' WHERE n = 1");
    await inD1("DELETE FROM audit WHERE n = 2");
    const { code, answer: broken } = await cli<Verified>("audit", "verify");
    expect([code, broken.ok]).toEqual([1, false]);
    expect(broken.findings.map(({ what, n }) => [what, n])).toEqual([
      ["edited", 1],
      ["cut", 2],
    ]);

    await cli("records", "rebuild");
    expect((await cli<Verified>("audit", "verify")).answer).toMatchObject({ entries: 2, ok: true });
    head = verified.head;
  });

  it("verifies after a redaction, which took the words", async () => {
    const { answer: redacted } = await cli<RedactedAnswer>(
      "redact",
      "cus_audit",
      "--reason",
      "asked by letter",
      "--yes",
    );
    expect(redacted).toMatchObject({ refused: [], redacted: { events: 2, holds: 1 } });
    expect((await cli<AuditShown>("audit", "show", "1")).answer).toMatchObject({ words: "removed", text: null });
    expect((await cli<Verified>("audit", "verify")).answer).toMatchObject({ entries: 3, ok: true, findings: [] });
    expect((await cli<Verified>("audit", "verify", "--since", JSON.stringify(head))).code).toBe(0);
    const other = JSON.stringify({ ...head, hash: "0".repeat(64) });
    const { code, answer: gone } = await cli<Verified>("audit", "verify", "--since", other);
    expect([code, gone.findings]).toMatchObject([1, [{ what: "head_gone", n: 2 }]]);
  });
});
