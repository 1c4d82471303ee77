/**
 * The commands of README.md, from the file, in its order, each block in a new shell on a clean copy of the repository.
 *
 * What is not run here, and why, is in NOT_RUN. Another port than 8787 is used, since that one may be taken here.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repositoryRoot } from "../../cli/workers.ts";
import { PROPOSED_ACTIONS } from "../../shared/contracts/actions.ts";
import { cleanClone, cleanEnvironment, type Ended, inNewShell } from "../helpers/clone.ts";
import { type Block, blocksOf, commandsOf } from "../helpers/readme.ts";
import { waitFor } from "../helpers/wait.ts";

/** Each with where it is held instead. A command of the README is in this list, or it is run. */
const NOT_RUN: readonly { command: RegExp; because: string }[] = [
  { command: /^npm ci$/, because: "the clone is linked to the installed packages; .ci/run does it on a fresh machine" },
  { command: /^npm (?:test|run check)$/, because: "this is one of its tests, and .ci/run does both" },
  {
    command: /^npm run (?:bench|chaos|mutations)\b/,
    because: "they take minutes; that they are there is checked below",
  },
  { command: /^npx wrangler login$|^npm run deploy\b/, because: "test/system/deploy.test.ts runs that section" },
  { command: /^export \w+=…$/, because: "the reader's own keys stand there" },
  { command: /^stripe listen /, because: "the Stripe CLI is not a part of this project, and needs an account" },
];
const isRun = (command: string): boolean => !NOT_RUN.some(({ command: known }) => known.test(command));

const blocks = blocksOf("README.md");
const shells = blocks.filter(({ language }) => language === "sh");
const commands = shells.flatMap(({ text }) => commandsOf(text));
/** The block that stands behind this one: what the reader is told to expect. */
const nextTo = (block: Block): Block | undefined => blocks[blocks.indexOf(block) + 1];
const curls = shells.filter(({ text }) => text.includes("curl "));

let clone: ReturnType<typeof cleanClone>;
let started: { child: ChildProcess; output: () => string; port: number };

beforeAll(async () => {
  clone = cleanClone();
  started = await start("npm start");
  await waitFor(
    "npm start",
    async () => started.output(),
    (output) => output.includes("ready (Ctrl-C"),
    200_000,
  );
});
afterAll(async () => {
  const { child } = started;
  const ended = new Promise((resolve) => child.once("close", resolve));
  // npm passes no SIGTERM on to what it started: the whole group gets it, as from a terminal.
  if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
  await ended;
  clone.remove();
});

async function start(command: string): Promise<typeof started> {
  const [port, consolePort] = [await freePort(), await freePort()];
  const child = spawn("bash", ["-c", command], {
    cwd: clone.root,
    env: { ...cleanEnvironment(), PORT: String(port), CONSOLE_PORT: String(consolePort) },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += String(chunk)));
  return { child, output: () => output, port };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

const inReadersShell = (text: string): Promise<Ended> =>
  inNewShell(text.replaceAll("127.0.0.1:8787", `127.0.0.1:${started.port}`), clone.root);

describe("the commands of the README", () => {
  it("are all known here: run, or left out for a reason that is said", () => {
    expect(commands.length).toBeGreaterThan(15);
    expect(commands.filter(isRun).map((command) => command.split(" -")[0])).toEqual([
      "npm run demo",
      "npm start",
      "export INGEST_KEY=$(npx countersign keys show INGEST_KEY)",
      "curl",
      "export INGEST_KEY=$(npx countersign keys show INGEST_KEY)",
      "curl",
      "npm start",
    ]);
    for (const { command, because } of NOT_RUN)
      expect(
        commands.some((one) => command.test(one)),
        because,
      ).toBe(true);
  });

  it("that take long are there, with what they start", () => {
    const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8"));
    const named = commands.flatMap((command) => /^npm (?:run )?(\w+)/.exec(command)?.[1] ?? []);
    for (const name of named.filter((one) => one !== "ci")) {
      expect(scripts, name).toHaveProperty(name);
      const [, file] = /^node (\S+\.ts)/.exec(scripts[name]) ?? [];
      if (file !== undefined) expect(existsSync(join(repositoryRoot, file)), file).toBe(true);
    }
    const ofCi = readFileSync(join(repositoryRoot, ".ci/run"), "utf8").split("\n");
    for (const command of ["npm ci", "npm run check", "npm test"]) expect(ofCi).toContain(command);
  });

  it("answer what the README prints beside them, in a new shell", async () => {
    expect(curls).toHaveLength(2);
    for (const block of curls) {
      const { code, stdout, stderr } = await inReadersShell(block.text);
      expect(`${code} ${stderr}`).toBe("0 ");
      expect(nextTo(block)?.language).toBe("json");
      expect(stdout.trim()).toBe(nextTo(block)?.text.trim());
    }
  });

  it("sent twice are one refund; after a day the same words are a case, and still one refund", async () => {
    const [request] = curls;
    if (request === undefined) throw new Error("the README has no request");
    const refunds = async (): Promise<{ amountMinor: number }[]> => {
      const [, url = ""] = /(http:\/\/127\.0\.0\.1:\d+\/_sim\/state)/.exec(started.output()) ?? [];
      return ((await (await fetch(url)).json()) as { refunds: { amountMinor: number }[] }).refunds;
    };
    const whole = async () => (await refunds()).filter(({ amountMinor }) => amountMinor === 4250);
    await inReadersShell(request.text);
    expect(await whole()).toHaveLength(1);
    // Another key stands for the day that has passed: either makes it a new event (test/unit/ingest/requests.test.ts).
    const later = request.text.replace("curl -s ", 'curl -s -H "Idempotency-Key: a-day-later" ');
    const { decision } = JSON.parse((await inReadersShell(later)).stdout);
    expect(decision).toMatchObject({ action: "escalate", reason: expect.stringContaining("possible duplicate") });
    expect(await whole()).toHaveLength(1);
  });

  it("of the demo end as the README prints it", { timeout: 600_000 }, async () => {
    const shown = blocks.find(({ section, text }) => section === "Two minutes" && text.includes("accepted"));
    const { code, stdout } = await inReadersShell("npm run demo");
    expect(code).toBe(0);
    const end = stdout.slice(stdout.indexOf("  sent "));
    expect(comparable(end)).toEqual(comparable(shown?.text ?? "no block"));
  });
});

/**
 * What must be the same on every machine: all but the seconds, and how many changes of subscriptions went to a person,
 * since two that contradict each other do so only where they come within a minute. Their sum stays.
 */
function comparable(text: string): string[] {
  return text
    .trimEnd()
    .replace(/ in [\d.]+ s$/m, "")
    .split("\n")
    .map((line) => {
      if (!/^ {2}(?:cancel|downgrade|pause|resume) /.test(line)) return line.replace(/\d+ cases, /, "");
      const counts = Array.from(line.matchAll(/(\d+) [a-z]/g), ([, count]) => Number(count));
      return `${line.trim().split(" ")[0]} ${counts.reduce((sum, count) => sum + count, 0)}`;
    });
}

describe("docs/doors.md", () => {
  const doors = blocksOf("docs/doors.md").filter(({ language }) => language === "sh");

  it("has commands that work as they are written, one after the other in one terminal", async () => {
    const { code, stdout, stderr } = await inReadersShell(`set -e\n${doors.map(({ text }) => text).join("\necho\n")}`);
    expect(`${code} ${stderr}`).toBe("0 ");
    const [receipt = ""] = stdout.trim().split("\n");
    expect(JSON.parse(receipt)).toMatchObject({ accepted: 1, id: expect.stringMatching(/^request:/) });
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK/m);
    expect(stdout).toMatch(/^location: \/v1\/events\/outside/im);
  });

  it("names every action that may be posted", () => {
    const page = readFileSync(join(repositoryRoot, "docs/doors.md"), "utf8");
    const row = page.split("\n").find((line) => line.startsWith("| `action` |")) ?? "";
    expect(
      Array.from(row.matchAll(/`(\w+)`/g), ([, name]) => name)
        .slice(1)
        .sort(),
    ).toEqual([...PROPOSED_ACTIONS].sort());
  });
});
