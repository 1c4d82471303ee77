import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { previewLines } from "../../../cli/letters/bulk.ts";

/** A console that knows 250 dead letters, and takes its time for each page. */
const dl = (n: number): string => `dl_${String(n).padStart(32, "0")}`;
type Letter = { id: string; state: "dead" | "redriven" };
let letters: Letter[] = [];
let asked: { method: string; path: string; key: string | undefined; body: unknown }[] = [];
let perPageMs = 0;
let server: Server;
let url = "";
let directory = "";

const row = ({ id, state }: Letter) => ({
  id,
  queue: "refund",
  rowKind: "event",
  rowId: `api:${id.slice(-3)}`,
  subject: null,
  body: "{}",
  reason: "bug",
  detail: `it threw at ${id.slice(-3)}`,
  attempts: 1,
  firstAt: 1_000,
  lastAt: 2_000 + Number(id.slice(3)),
  state,
  redrives: 0,
  actedAt: null,
  discardReason: null,
});

async function answer(method: string, path: URL, body: unknown): Promise<unknown> {
  const query = Object.fromEntries(path.searchParams);
  const until = Number(query.until ?? Number.MAX_SAFE_INTEGER);
  const found = letters.filter((one) => one.state === (query.state ?? one.state) && row(one).lastAt <= until);
  const route = `${method} ${path.pathname}`;
  if (route === "GET /api/dead-letters/groups") {
    const times = found.map((one) => row(one).lastAt);
    const total = {
      count: found.length,
      first: times.length > 0 ? Math.min(...times) : null,
      last: times.length > 0 ? Math.max(...times) : null,
    };
    const group = {
      group: "dg_0123456789abcdef",
      queue: "refund",
      reason: "bug",
      detail: "it threw at #",
      ...total,
      example: dl(1),
    };
    return { items: found.length === 0 || query.limit === "0" ? [] : [group], next: null, total, ungrouped: 0 };
  }
  if (route === "GET /api/dead-letters") {
    const after = query.cursor === undefined ? Number.POSITIVE_INFINITY : Number(query.cursor);
    const sorted = found
      .map(row)
      .sort((one, other) => other.lastAt - one.lastAt)
      .filter(({ lastAt }) => lastAt < after);
    const items = sorted.slice(0, Number(query.limit));
    return { items, next: sorted.length > items.length ? String(items.at(-1)?.lastAt) : null };
  }
  if (route === "POST /api/dead-letters/redrive") {
    await new Promise((resolve) => setTimeout(resolve, perPageMs));
    const { ids } = body as { ids: string[] };
    for (const one of letters) if (ids.includes(one.id)) one.state = "redriven";
    return { results: ids.map((id) => ({ id, result: "redriven" })) };
  }
  if (path.pathname.endsWith("/event")) return { event: { id: "w7", type: "countersign.request", text: "a\u202eb" } };
  if (route === "POST /api/dead-letters/edit") return { result: "edited", event: `edit:${dl(1)}:1` };
  return null;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "countersign-letters-"));
  server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const path = new URL(request.url ?? "/", "http://console");
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const key = request.headers["idempotency-key"];
    asked.push({
      method: request.method ?? "",
      path: request.url ?? "",
      key: typeof key === "string" ? key : undefined,
      body,
    });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(await answer(request.method ?? "", path, body)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  letters = Array.from({ length: 250 }, (_, n): Letter => ({ id: dl(n), state: "dead" }));
  asked = [];
  perPageMs = 0;
});

type Run = { code: number | null; out: string; err: string };
/** `interruptWhen`: Ctrl-C as soon as this holds. */
async function countersign(args: string[], interruptWhen: (() => boolean) | null = null): Promise<Run> {
  const env = { ...process.env, COUNTERSIGN_CONSOLE_URL: url, CONSOLE_TOKEN: "console-token-of-this-test" };
  const child = spawn(process.execPath, ["cli/index.ts", ...args], { env });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  const looking = setInterval(() => {
    if (interruptWhen?.() !== true) return;
    clearInterval(looking);
    child.kill("SIGINT");
  }, 5);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearInterval(looking);
  return { code, out, err };
}
const redrives = () => asked.filter(({ path }) => path === "/api/dead-letters/redrive");

describe("a bulk redrive", () => {
  test("shows first what it would take, and does nothing", async () => {
    const { code, out } = await countersign(["dead-letters", "redrive", "--reason", "bug", "--dry-run"]);
    expect(code).toBe(0);
    expect(out).toContain("would redrive 250 dead letters, given up from 1970-01-01 00:00:02");
    expect(out).toContain("  250  refund, bug: it threw at #");
    expect(out.match(/^ {2}dl_\d{32} {2}event api:/gm)).toHaveLength(3);
    expect(out).toContain(
      "nothing was done. To do it: npx countersign dead-letters redrive --reason bug --until 1970-01-01T00:00:02.249Z",
    );
    expect(asked.every(({ method }) => method === "GET")).toBe(true);
  });

  test("takes all pages, tells of its progress on standard error, and is done", async () => {
    const { code, out, err } = await countersign(["dead-letters", "redrive", "--all", "--json"]);
    expect([code, JSON.parse(out)]).toEqual([0, { count: 250, results: { redriven: 250 } }]);
    expect(err).toContain("100/250");
    expect(redrives().map(({ body }) => (body as { ids: string[] }).ids.length)).toEqual([100, 100, 50]);
    const again = await countersign(["dead-letters", "redrive", "--all"]);
    expect([again.out, redrives().length]).toEqual(["no dead letter is of that kind\n", 3]);
  });

  test("stops at Ctrl-C after the page under way, and names the command that goes on", async () => {
    perPageMs = 400;
    const { code, out } = await countersign(
      ["dead-letters", "redrive", "--reason", "bug", "--json"],
      () => redrives().length === 1,
    );
    const { count, next } = JSON.parse(out) as { count: number; next: string };
    expect([code, count, redrives().length]).toEqual([130, 100, 1]);
    expect(next).toBe("npx countersign dead-letters redrive --reason bug --until 1970-01-01T00:00:02.249Z");
    // What dies meanwhile is not meant.
    letters.push({ id: dl(900), state: "dead" });
    perPageMs = 0;
    const { out: rest } = await countersign([...next.replace("npx countersign ", "").split(" "), "--json"]);
    expect(JSON.parse(rest)).toEqual({ count: 150, results: { redriven: 150 } });
    expect(letters.filter(({ state }) => state === "dead")).toEqual([{ id: dl(900), state: "dead" }]);
    const taken = redrives().flatMap(({ body }) => (body as { ids: string[] }).ids);
    expect([taken.length, new Set(taken).size]).toEqual([250, 250]);
  });

  test("of named letters that is stopped names those that are left", async () => {
    perPageMs = 400;
    const ids = letters.slice(0, 102).map(({ id }) => id);
    const { out } = await countersign(["dead-letters", "redrive", ...ids], () => redrives().length === 1);
    expect(out).toContain(`stopped; go on with: npx countersign dead-letters redrive ${dl(100)} ${dl(101)}\n`);
  });

  test("of more than three letters says which are examples, and of others how many", () => {
    const found = { count: 9, first: 1, last: 2, examples: [], groups: [] };
    const group = {
      group: "dg_1",
      queue: "refund",
      reason: "bug",
      detail: "it threw",
      count: 7,
      first: 1,
      last: 2,
      example: "dl_1",
    };
    expect(previewLines("discard", { ...found, groups: [group] }, "npx x")).toEqual([
      "would discard 9 dead letters, given up from 1970-01-01 00:00:00 to 1970-01-01 00:00:00 UTC",
      "  7  refund, bug: it threw",
      "  2  others",
      "",
      "for example",
      "",
      "nothing was done. To do it: npx x",
    ]);
    expect(previewLines("discard", { ...found, count: 0 }, "npx x")).toEqual(["no dead letter is of that kind"]);
  });
});

test("dead-letters groups shows each failure with its size, and how to look before acting", async () => {
  const { code, out } = await countersign(["dead-letters", "groups"]);
  expect(code).toBe(0);
  expect(out).toMatch(/dg_0123456789abcdef {2}250 letters\n.*refund, bug, the first at 1970/);
  expect(out).toContain("npx countersign dead-letters redrive --group GROUP --dry-run");
});

describe("dead-letters edit", () => {
  test("without a file prints what may be edited, and what cannot be seen in it as an escape", async () => {
    const { out, err } = await countersign(["dead-letters", "edit", dl(1)]);
    expect(out).toContain('"text": "a\\u202eb"');
    expect(JSON.parse(out)).toEqual({ id: "w7", type: "countersign.request", text: "a\u202eb" });
    expect(err).toContain(`npx countersign dead-letters edit ${dl(1)} FILE`);
  });

  test("with one sends it, under one key for the same letter and file", async () => {
    const file = join(directory, "event.json");
    writeFileSync(file, '{"id": "w7", "type": "countersign.request", "payment": "pi_2"}');
    const { out } = await countersign(["dead-letters", "edit", dl(1), file, "--reason", "a typo"]);
    await countersign(["dead-letters", "edit", dl(1), file, "--reason", "a typo"]);
    const edits = asked.filter(({ path }) => path === "/api/dead-letters/edit");
    expect(edits[0]).toMatchObject({
      body: { id: dl(1), event: JSON.parse(readFileSync(file, "utf8")), reason: "a typo" },
    });
    expect(edits[1]?.key).toBe(edits[0]?.key);
    expect(edits[0]?.key).toMatch(/^edit-[0-9a-f]{64}$/);
    expect(out).toContain(`npx countersign trace edit:${dl(1)}:1`);
  });

  test.each(["[]", "no JSON"])("refuses a file that is no event: %s", async (text) => {
    const file = join(directory, "wrong.json");
    writeFileSync(file, text);
    const { code, err } = await countersign(["dead-letters", "edit", dl(1), file]);
    expect([code, asked]).toEqual([1, []]);
    expect(err).toContain("is not one event as a JSON object");
  });
});
