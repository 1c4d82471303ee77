import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";
import { childrenOf } from "../../cli/stack/processes.ts";
import { makeStateDir, removeStateDir } from "../helpers/stack.ts";
import { waitFor } from "../helpers/wait.ts";

const stateDir = makeStateDir();
const root = join(import.meta.dirname, "../..");
const children: ChildProcess[] = [];
afterAll(async () => {
  await Promise.all(children.map(stop));
  removeStateDir(stateDir);
});

const { INGEST_KEY: _, CONSOLE_TOKEN: __, COUNTERSIGN_URL: ___, ...outer } = process.env;
const env = { ...outer, STATE_DIR: stateDir, PORT: "0", CONSOLE_PORT: "0" };
const PASSED_ON = "a-credential-that-nobody-may-inherit";

/** The processes that it has started, and which of their variables contain this word. */
function childrenWith(word: string, parent: number): { command: string; names: string[] }[] {
  return childrenOf(parent).map(({ pid, command }) => ({
    command,
    names: readFileSync(`/proc/${pid}/environ`, "utf8")
      .split("\0")
      .filter((entry) => entry.includes(word))
      .map((entry) => entry.split("=")[0] ?? ""),
  }));
}

async function start() {
  const child = spawn(process.execPath, ["cli/index.ts", "start"], {
    cwd: root,
    env: { ...env, READ_KEY: `${PASSED_ON}-1`, SOME_OTHER_TOKEN: `${PASSED_ON}-2` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const said = { out: "", err: "" };
  child.stdout.on("data", (text: Buffer) => {
    said.out += text;
  });
  child.stderr.on("data", (text: Buffer) => {
    said.err += text;
  });
  await waitFor(
    "start to be ready",
    async () => said,
    ({ out }) => /^ready/m.test(out),
    120_000,
  );
  return { child, said, ingestUrl: /^ {2}ingest +(\S+)$/m.exec(said.out)?.[1] ?? "" };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

/** `countersign …` on the same STATE_DIR, as from another shell. */
async function cli(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["cli/index.ts", ...args], { cwd: root, env });
  return stdout;
}

it("start tells a key once, keeps what the Workers log, and `logs` reads it also when nothing runs", async () => {
  const first = await start();
  const key = (await cli("keys", "show", "INGEST_KEY")).trim();
  expect(first.said.out).toContain(`INGEST_KEY=${key}`);
  expect(first.said.out + first.said.err).not.toMatch(/(?:GRANT|APPROVAL|AUDIT)_(?:SIGNING|PUBLIC)_KEY/);

  // The address is the one that the system confirms, and the key the one that is kept: the client finds both.
  expect(JSON.parse(await cli("totals", "--json"))).toMatchObject({ accepted: 0 });
  const body = { id: "own_1", type: "customer.updated", occurredAt: "2026-11-23T09:00:00Z", mode: "test" };
  const answer = await fetch(`${first.ingestUrl}/webhooks/stripe`, {
    method: "POST",
    headers: { "content-type": "application/json", "stripe-signature": "t=1,v1=00" },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(401);
  const request = await fetch(`${first.ingestUrl}/v1/requests`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}`, prefer: "wait=20" },
    body: JSON.stringify({ message: "Refund $42.50 USD for invoice INV-1042 because it was charged twice." }),
  });
  expect(request.status).toBe(200);
  const handled = await waitFor(
    "the executor's line",
    async () => JSON.parse(await cli("logs", "--what", "message.handled", "--worker", "refund", "--json")),
    ({ logs }) => logs.length > 0,
    20_000,
  );
  expect(handled.logs[0]).toMatchObject({ worker: "refund", log: { queue: "refund", outcome: "succeeded" } });
  expect(first.said.err).not.toContain("message.handled");

  if (process.platform === "linux") {
    const inherited = childrenWith(PASSED_ON, first.child.pid ?? 0);
    expect(inherited.some(({ command }) => command.includes("workerd"))).toBe(true);
    expect(inherited.flatMap(({ names }) => names)).toEqual([]);
  }
  await stop(first.child);
  expect(await cli("logs", "--id", handled.logs[0].log.id)).toMatch(/Z refund +message\.handled queue=refund/);
  expect(readFileSync(join(stateDir, "logs", "workers.ndjson"), "utf8")).not.toContain(key);
  await expect(cli("totals")).rejects.toThrow(/nothing is running on/);

  const second = await start();
  expect(second.said.out).not.toContain(key);
  expect(second.said.out).toContain("countersign keys show INGEST_KEY");
  expect(await cli("keys", "env")).toContain(`export COUNTERSIGN_URL=${second.ingestUrl}\n`);
});

it.runIf(process.platform === "linux")(
  "start that cannot say where it is ends with words, and nothing says that it runs",
  async () => {
    await Promise.all(children.map(stop));
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, ["cli/index.ts", "start"], {
      cwd: root,
      env,
      stdio: ["ignore", full, "pipe"],
    });
    closeSync(full);
    children.push(child);
    let said = "";
    child.stderr?.on("data", (text: Buffer) => {
      said += text;
    });
    const [code] = await once(child, "exit");
    expect([code, said]).toEqual([1, expect.stringContaining("no space left")]);
    expect(readdirSync(stateDir).filter((name) => ["running.json", "tmp"].includes(name))).toEqual([]);
  },
);
