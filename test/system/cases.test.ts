import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Shown } from "../../cli/commands/cases/show.ts";
import type { CaseRow } from "../../shared/contracts/records.ts";
import { tell } from "../helpers/payments.ts";
import { bootStack, type TestStack } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

/** The day of an approver, by the commands of docs/approver.md, over the running stack. */
let system: TestStack;
const ids: string[] = [];
const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);

async function countersign(...words: string[]): Promise<string> {
  const { consoleUrl, keys } = system.stack;
  const env = { PATH: process.env.PATH, COUNTERSIGN_CONSOLE_URL: consoleUrl, CONSOLE_TOKEN: keys.CONSOLE_TOKEN };
  const { stdout } = await run(process.execPath, ["cli/index.ts", ...words], { cwd: root, env });
  return stdout;
}
const show = async (id: string): Promise<Shown> =>
  JSON.parse(await countersign("cases", "show", id, "--json")) as Shown;
const idAt = (n: number): string => ids[n] ?? "";

beforeAll(async () => {
  system = await bootStack({ vars: { SWEEP_MS: "200" } });
  for (let n = 0; n < 4; n++) {
    const told = tell();
    await system.stripe.put(told.objects);
    await system.ingest.request({ message: `Refund 99.99 USD of payment ${told.id.payment}.` });
  }
  await waitFor(
    "four cases",
    async () => {
      const { items } = JSON.parse(await countersign("cases", "list", "--to-decide", "--json")) as { items: CaseRow[] };
      ids.splice(0, ids.length, ...items.map(({ id }) => id));
      return ids.length;
    },
    (count) => count === 4,
    60_000,
  );
}, 120_000);
afterAll(() => system?.stop());

it("takes a case, writes a note beside it that is masked, and shows both", async () => {
  await countersign("cases", "assign", idAt(0));
  await countersign("cases", "note", idAt(0), "asked jo@example.com");
  await countersign("cases", "link", idAt(0), idAt(1));
  const { case: row, notes = [], links = [], details } = await show(idAt(0));
  expect(row.owner).not.toBeNull();
  expect(notes.map(({ text }) => text)).toEqual(["asked [e-mail]"]);
  expect(links.map(({ other }) => other)).toEqual([idAt(1)]);
  expect(details?.says.length).toBeGreaterThan(0);
  expect(await countersign("cases", "list", "--mine")).toContain(idAt(0));
}, 60_000);

it("asks for more, and the answer of a request brings the case back to the front", async () => {
  await countersign("cases", "ask", idAt(1), "which order?");
  expect(await countersign("cases", "list", "--asked")).toContain(idAt(1));
  const { status } = await system.ingest.request({ message: "order 7", case: idAt(1) });
  expect(status).toBe(202);
  await waitFor(
    "the answer",
    async () => (await show(idAt(1))).case.askedAt,
    (at) => at === null,
    30_000,
  );
  const { case: row, notes = [] } = await show(idAt(1));
  expect(notes.map(({ what }) => what)).toEqual(["question", "answer"]);
  expect(row.priority).toBe(0);
}, 60_000);

it("denies and closes by what was shown, and hears who decided before", async () => {
  for (const [id, name, code] of [
    [idAt(2), "deny", "not_entitled"],
    [idAt(3), "close", "nothing_to_do"],
  ] as const) {
    const { decide } = await show(id);
    const about = ["--round", String(decide?.round), "--proposal", decide?.proposal ?? ""];
    await countersign("cases", name, id, ...about, "--code", code, "--reason", "seen");
    expect((await show(id)).case).toMatchObject({ state: name === "deny" ? "denied" : "closed", code });
    await expect(countersign("cases", name, id, ...about, "--code", code)).rejects.toThrow(/was (?:denied|closed) by/);
  }
}, 60_000);

it("works with `next` without an id in hand, exports, and is looked at each minute", async () => {
  await countersign("cases", "snooze", idAt(0), "1h");
  const next = JSON.parse(await countersign("cases", "next", "--json")) as Shown;
  expect(next.case.id).toBe(idAt(1));
  expect(await countersign("cases", "next")).toContain("next:");
  const csv = await countersign("cases", "export", "--state", "all");
  expect(csv.split("\r\n").filter((line) => line.startsWith("case_"))).toHaveLength(4);
  expect(await countersign("cases", "groups")).toContain("no groups");
  await system.stack.tick();
  expect((await show(idAt(1))).case.placedBy).not.toBeNull();
}, 60_000);

it("goes on with an export, looks at a group before it is closed, and holds the customer of a case", async () => {
  const listed = await countersign("cases", "list", "--state", "all", "--limit", "2", "--json");
  const { next } = JSON.parse(listed) as { next: string };
  const csv = await countersign("cases", "export", "--state", "all", "--from", next);
  expect(csv.split("\r\n").filter((line) => line.startsWith("case"))).toHaveLength(2);
  const group = ["close", "failed_payment/none/lost_card", "--code", "noted"];
  expect(await countersign("cases", "groups", ...group, "--dry-run")).toContain("0 cases would be closed as noted");
  expect(await countersign("cases", "groups", ...group)).toContain("0 of 0 cases closed as noted");
  await countersign("cases", "answer", idAt(0), "it came");
  expect((await show(idAt(0))).notes?.map(({ what }) => what)).toContain("answer");
  const { customer } = (await show(idAt(0))).case;
  expect(await countersign("cases", "hold", idAt(0), "--reason", "odd")).toContain(
    `customer:${customer} is on hold now`,
  );
}, 60_000);

it("works the queue case by case until nothing is left", async () => {
  const worked: string[] = [];
  for (;;) {
    const { case: row, decide } = JSON.parse(await countersign("cases", "next", "--json")) as Partial<Shown>;
    if (row == null || worked.includes(row.id)) break;
    const about = ["--round", String(decide?.round), "--proposal", decide?.proposal ?? ""];
    await countersign("cases", "close", row.id, ...about, "--code", "nothing_to_do");
    worked.push(row.id);
  }
  expect(worked.sort()).toEqual([idAt(0), idAt(1)].sort());
  expect(await countersign("cases", "next")).toContain("nothing is left for you to decide");
}, 60_000);

it("has every command of the day in this test or beside it", () => {
  const page = readFileSync(join(root, "docs/approver.md"), "utf8");
  const named = [...page.matchAll(/npx countersign cases (\w+)/g)].map(([, name]) => name);
  const here = readFileSync(import.meta.filename, "utf8");
  const elsewhere = ["approve"]; // test/system/approvals.test.ts
  const missing = named.filter((name) => !elsewhere.includes(name ?? "") && !here.includes(`"${name}"`));
  expect([...new Set(missing)]).toEqual([]);
});
