import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { explain, UserError } from "../../../cli/errors.ts";
import { createProgram } from "../../../cli/program.ts";

/** A door that takes every line but those that say "bad". */
let server: Server;
let url: string;
let received: string[] = [];
/** After how many requests it is away; it comes back with the next test. */
let awayAfter = Number.POSITIVE_INFINITY;
let directory: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      if (received.length >= awayAfter) {
        response.writeHead(400).end(JSON.stringify({ title: "away" }));
        return;
      }
      const body = Buffer.concat(parts).toString();
      received.push(body);
      const lines = body.trimEnd().split("\n");
      const bad = lines.flatMap((line, at) => (line.includes("bad") ? [{ line: at + 1, error: "it says bad" }] : []));
      response.writeHead(202, { "content-type": "application/json" }).end(
        JSON.stringify({
          accepted: lines.length - bad.length,
          duplicates: 0,
          conflicts: 0,
          rejected: { count: bad.length, lines: bad },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

beforeEach(() => {
  received = [];
  awayAfter = Number.POSITIVE_INFINITY;
  directory = mkdtempSync(join(tmpdir(), "countersign-test-"));
  return () => rmSync(directory, { recursive: true, force: true });
});

type Ran = { code: number; out: string; err: string };
type Options = { withStack?: boolean };
const environment = ({ withStack = true }: Options) => ({
  STATE_DIR: join(directory, "state"),
  COUNTERSIGN_URL: withStack ? url : "",
  INGEST_KEY: withStack ? "an-ingest-key" : "",
});

/** One command line in this process: what it writes, and how it ends. */
async function run(args: string[], options: Options = {}): Promise<Ran> {
  const ran: Ran = { code: 0, out: "", err: "" };
  const keep = (name: "out" | "err") => (text: unknown) => {
    ran[name] += String(text);
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(keep("out")),
    vi.spyOn(process.stderr, "write").mockImplementation(keep("err")),
  ];
  for (const [name, value] of Object.entries(environment(options))) vi.stubEnv(name, value);
  const handlers = SIGNALS.map((signal) => process.listeners(signal));
  try {
    await createProgram().parseAsync(args, { from: "user" });
    ran.code = Number(process.exitCode ?? 0);
  } catch (error) {
    ran.code = 1;
    ran.err += error instanceof UserError ? explain(error) : `not meant: ${String(error)}`;
  } finally {
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
    for (const [index, signal] of SIGNALS.entries())
      for (const handler of process.listeners(signal))
        if (handlers[index]?.includes(handler) === false) process.off(signal, handler);
  }
  return ran;
}
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The same in a process of its own, behind a pipe of a shell. */
function piped(command: string): Promise<Ran> {
  const countersign = `${process.execPath} cli/index.ts`;
  const child = spawn(
    "sh",
    ["-c", command.replaceAll("| send", `| ${countersign} send`).replace(/^sample/, `${countersign} sample`)],
    {
      env: { PATH: process.env.PATH, ...environment({}) },
    },
  );
  const ran: Ran = { code: -1, out: "", err: "" };
  child.stdout.on("data", (text) => (ran.out += text));
  child.stderr.on("data", (text) => (ran.err += text));
  return new Promise((resolve) => child.on("close", (code) => resolve({ ...ran, code: code ?? -1 })));
}

const file = (content: string | Uint8Array, name = "events.json"): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};
const event = (n: number, more = {}) => ({
  id: `evt-${n}`,
  type: "charge.updated",
  occurredAt: 1_790_000_000_000,
  mode: "test",
  ...more,
});
const events = (count: number) => Array.from({ length: count }, (_, n) => event(n));
const sent = () =>
  received.flatMap((body) =>
    body
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );

describe("countersign send", () => {
  it.each([
    ["an array", JSON.stringify(events(3))],
    [
      "a pretty-printed array with a mark and CRLF",
      `\ufeff${JSON.stringify(events(3), null, 2).replaceAll("\n", "\r\n")}`,
    ],
    [
      "pretty-printed objects",
      events(3)
        .map((one) => JSON.stringify(one, null, 2))
        .join("\n"),
    ],
    [
      "lines",
      events(3)
        .map((one) => JSON.stringify(one))
        .join("\n"),
    ],
    [
      "lines with a mark and CRLF",
      `\ufeff${events(3)
        .map((one) => JSON.stringify(one))
        .join("\r\n")}\r\n`,
    ],
  ])("takes %s, and counts its events", async (_what, content) => {
    const { code, err } = await run(["send", file(content)]);
    expect(sent()).toEqual(events(3));
    expect(err).toContain("3 events: 3 accepted, 0 duplicates, 0 conflicts, 0 rejected");
    expect(code).toBe(0);
  });

  it("takes an array from standard input, and from a pipe that has a name", async () => {
    const array = file(JSON.stringify(events(2), null, 2));
    expect(await piped(`cat ${array} | send -`)).toMatchObject({ code: 0 });
    expect(sent()).toEqual(events(2));
    expect(await piped(`cat ${array} | send /dev/stdin`)).toMatchObject({ code: 0 });
    expect(sent()).toHaveLength(4);
  });

  it("says of which types nothing acts on them, which is no error", async () => {
    const content = [...events(3), event(4, { type: "invoice.payment_failed" })];
    const { code, err } = await run(["send", file(JSON.stringify(content))]);
    expect(err).toContain("3 of 4 are of types that nothing acts on: charge.updated (3); they are recorded");
    expect(code).toBe(0);
  });

  it("names a bad element by its line and its number, and ends with 1", async () => {
    const { code, err, out } = await run([
      "send",
      file(JSON.stringify([event(0), event(1, { text: "bad" }), event(2)], null, 1)),
      "--json",
    ]);
    expect(err).toContain("line 8 (event 2): it says bad");
    expect(JSON.parse(out)).toMatchObject({
      complete: true,
      accepted: 2,
      rejected: { count: 1, lines: [{ line: 8, element: 2, error: "it says bad" }] },
    });
    expect(code).toBe(1);
  });

  it("shows ten bad lines and counts the others, and its JSON is one line and bounded", async () => {
    const bad = Array.from({ length: 1_200 }, (_, n) => JSON.stringify(event(n, { text: "bad" }))).join("\n");
    const { err, out } = await run(["send", file(bad), "--json"]);
    expect(err.match(/it says bad/g)).toHaveLength(10);
    expect(err).toContain("and 1,190 more; --json names 1,000");
    expect(out.trimEnd().split("\n")).toHaveLength(1);
    const { rejected } = JSON.parse(out) as { rejected: { count: number; lines: unknown[] } };
    expect([rejected.count, rejected.lines.length]).toEqual([1_200, 1_000]);
  });

  it("sends what stands before the place at which an array is broken, and says where that is", async () => {
    const broken = `${JSON.stringify(events(2), null, 1).slice(0, -2)},\n{"id": "evt-9", `;
    const { code, err, out } = await run(["send", file(broken), "--json"]);
    expect(sent()).toEqual(events(2));
    expect(err).toMatch(
      /line 14: the array has no end: \] is missing; the file may be cut off; nothing behind it was sent/,
    );
    expect(JSON.parse(out)).toMatchObject({ complete: false, accepted: 2, rejected: { count: 1 } });
    expect(code).toBe(1);
  });

  it("goes on in an array where it stopped", async () => {
    const path = file(JSON.stringify(events(2_500), null, 1));
    awayAfter = 1;
    const first = await run(["send", path]);
    expect(first.code).toBe(1);
    expect(first.err).toContain("The same command continues there");
    expect(sent()).toHaveLength(1_000);
    awayAfter = Number.POSITIVE_INFINITY;
    const second = await run(["send", path]);
    expect(second.err).toMatch(/continuing at line \d+/);
    expect(second.err).toContain("2500 events: 2500 accepted");
    expect(sent()).toEqual(events(2_500));
  });

  it.each([
    ["an empty file", "", "is empty: there is nothing to send"],
    ["a file of blank lines", "\n \r\n\n", "is empty: there is nothing to send"],
    ["CSV", "id,type,amount\ne1,x,42.50\n", "is CSV. Nothing was sent."],
  ])("refuses %s before anything is sent, and ends with 1", async (_what, content, said) => {
    const { code, err } = await run(["send", file(content)]);
    expect(err).toContain(said);
    expect(received).toEqual([]);
    expect(code).toBe(1);
  });

  it("says what to do with a table line by line", async () => {
    const { err } = await run(["send", file("id,type,amount\ne1,x,42.50\n")]);
    expect(err.split("\n").slice(1, 3)).toEqual([
      "An event is one line of JSON. The columns, and the fields that they may be:",
      "  id      → id",
    ]);
    expect(err).not.toContain("\\u{A}");
  });

  it("says that an empty array has no event in it, which somebody wrote on purpose: it ends with 0", async () => {
    const { code, err } = await run(["send", file("[]\n")]);
    expect(err).toContain("there was no event in it: nothing was sent");
    expect(code).toBe(0);
  });

  it("says what to do with a folder, a file that is not there and one that may not be read", async () => {
    mkdirSync(join(directory, "day"));
    expect((await run(["send", join(directory, "day")])).err).toMatch(/is a folder\. .*cat .*\/day\/\*\.ndjson \| npx/);
    const absent = await run(["send", join(directory, "nowhere.json")]);
    expect(absent).toMatchObject({
      code: 1,
      err: expect.stringMatching(/there is no file .*nowhere\.json \(seen from /),
    });
    // Root may read everything.
    if (process.getuid?.() === 0) return;
    const secret = file("{}", "secret.json");
    chmodSync(secret, 0);
    expect((await run(["send", secret])).err).toContain("may not be read by you");
  });
});

describe("countersign send --dry-run", () => {
  const content = [
    event(0),
    event(1, { amount: 42.5 }),
    event(2, { type: "invoice.payment_failed", amountMinor: 4250, currency: "usd" }),
    event(3, { type: "invoice.payment_failed", amountMinor: 750, currency: "usd" }),
    { id: "evt_4", object: "event", type: "charge.dispute.created", created: 1, livemode: false },
  ];

  it("says what is wrong, what would follow and which money is stated, and sends nothing without a stack", async () => {
    const { code, out, err } = await run(["send", "--dry-run", file(JSON.stringify(content, null, 1))], {
      withStack: false,
    });
    expect(err.trim()).toBe(
      "line 8 (event 2): amount: use amountMinor, an integer in minor units, like 4250 for 42.50 USD",
    );
    expect(out.replace(/^.*events\.json/, "FILE")).toMatchInlineSnapshot(`
      "FILE: 4 events, 1 bad line. Nothing was sent.

      TYPE                    EVENTS  LEADS TO
      invoice.payment_failed  2       Claude decides: failed_renewal
      charge.updated          1       recorded; nothing acts on it
      charge.dispute.created  1       a case for a person: dispute

      1 of 4 are of types that nothing acts on: charge.updated (1); they are recorded

      Amounts that events in our own shape state, summed: 50.00 USD
      "
    `);
    expect(received).toEqual([]);
    expect(code).toBe(1);
  });

  it("is one line of JSON with --json, and ends with 0 where every line is an event", async () => {
    const { code, out } = await run(
      ["send", file(JSON.stringify(content.filter((_, index) => index !== 1))), "--dry-run", "--json"],
      { withStack: false },
    );
    expect(out.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({
      dryRun: true,
      events: 4,
      rejected: { count: 0, lines: [] },
      types: { "charge.updated": { count: 1, leadsTo: "recorded; nothing acts on it" } },
      amountsMinor: { usd: "5000" },
    });
    expect(code).toBe(0);
  });

  it("does not touch the mark of how far a file was sent", async () => {
    const path = file(JSON.stringify(events(2_500)));
    awayAfter = 1;
    await run(["send", path]);
    await run(["send", path, "--dry-run"]);
    awayAfter = Number.POSITIVE_INFINITY;
    await run(["send", path]);
    expect(sent()).toEqual(events(2_500));
  });
});

describe("countersign sample", () => {
  it("writes a day that send takes without a bad line, the same each time, and says what is not in it", async () => {
    const [one, two] = [join(directory, "one.ndjson"), join(directory, "two.ndjson")];
    const { code, err } = await run(["sample", "--events", "120", "--out", one]);
    expect(code).toBe(0);
    for (const part of [
      `npx countersign send ${one} --dry-run`,
      "signatures",
      "the payments themselves",
      "2 lines that are no events",
    ])
      expect(err).toContain(part);
    await run(["sample", "--events", "120", "--out", two]);
    expect(readFileSync(one, "utf8")).toBe(readFileSync(two, "utf8"));
    const { out } = await run(["send", one, "--dry-run", "--json"]);
    expect(JSON.parse(out)).toMatchObject({ rejected: { count: 0 }, types: { "countersign.request": {} } });
  });

  it("writes over nothing without --force", async () => {
    const path = file("mine", "mine.ndjson");
    const { code, err } = await run(["sample", "--events", "20", "--out", path]);
    expect(code).toBe(1);
    expect(err).toContain("is there already: --force writes over it");
    expect(readFileSync(path, "utf8")).toBe("mine");
    expect((await run(["sample", "--events", "20", "--out", path, "--force"])).code).toBe(0);
    expect(readFileSync(path, "utf8")).toContain('"type"');
  });

  it("says why it cannot write where there is no folder, and where the name is a folder's", async () => {
    const nowhere = join(directory, "none", "day.ndjson");
    expect((await run(["sample", "--out", nowhere])).err).toContain(`there is no folder ${join(directory, "none")}`);
    for (const force of [[], ["--force"]])
      expect((await run(["sample", "--out", directory, ...force])).err).toContain("is a folder: --out names a file");
  });

  it("writes to standard output with -, so that it can be piped", async () => {
    const { err, code } = await piped("sample --events 20 --out - | send -");
    expect(err).toMatch(/\d+ events: \d+ accepted, 0 duplicates, 0 conflicts, 0 rejected/);
    expect(sent().length).toBeGreaterThan(10);
    expect(code).toBe(0);
  });
});
