import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { childrenOf, endProcess, isStillRunning, markOf, type ProcessMark } from "../../../cli/stack/processes.ts";
import { isAdopted, meaningOf, orStopped, SAME_MS, Stopped } from "../../../cli/stopping.ts";
import { makeTemporary, removeKilled } from "../../../cli/temporary.ts";
import { waitFor } from "../../helpers/wait.ts";

let home: string;
const spawned: ChildProcess[] = [];
/** What a killed command leaves, and a broken one. */
const left: ProcessMark[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "countersign-test-"));
});
afterEach(async () => {
  await Promise.all(left.splice(0).map((mark) => endProcess(mark, 0)));
  for (const child of spawned.splice(0)) child.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
});

const CLI = join(import.meta.dirname, "../../../cli");

/** A command with a folder and a child, neither of which it removes in order. It prints "up", and each word that it says. */
async function command({ inOrder = "", env = {} }: { inOrder?: string; env?: Record<string, string> } = {}) {
  const script = join(home, "command.ts");
  writeFileSync(
    script,
    `import { spawn } from "node:child_process";
     import { listenForStop } from ${JSON.stringify(join(CLI, "stopping.ts"))};
     import { makeTemporary } from ${JSON.stringify(join(CLI, "temporary.ts"))};
     const stopping = listenForStop();
     const { path } = await makeTemporary("testcase");
     const child = spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setTimeout(() => {}, 30_000)"], { detached: true });
     stopping.signal.addEventListener("abort", () => { console.log(stopping.signal.reason.signal); ${inOrder} });
     setInterval(() => {}, 1000);
     setTimeout(() => console.log("up " + path), 300);`,
  );
  const { npm_lifecycle_event: _, ...outer } = process.env;
  const child = spawn(process.execPath, [script], {
    env: { ...outer, TMPDIR: home, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  spawned.push(child);
  const said: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => said.push(line));
  await waitFor(
    "the command to be up",
    async () => said.length,
    (count) => count > 0,
    15_000,
  );
  const children = childrenOf(child.pid ?? 0);
  left.push(...children);
  expect(children).toHaveLength(1);
  return { child, children, said, folder: said.splice(0)[0]?.slice(3) ?? "" };
}

describe("a signal", () => {
  it("stops in order the first time, is the same within moments, and ends everything at once after that", () => {
    expect(meaningOf(null, 5_000)).toBe("stop");
    expect([5_000, 5_000 + SAME_MS - 1].map((now) => meaningOf(5_000, now))).toEqual(["same", "same"]);
    expect(meaningOf(5_000, 5_000 + SAME_MS)).toBe("at once");
  });

  it("that npm passes on a second time does not cut the orderly stop short", async () => {
    const { child, said, folder } = await command({
      inOrder: "setTimeout(() => { console.log('in order'); process.exit(0); }, 300)",
    });
    child.kill("SIGINT");
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    expect([code, said]).toEqual([0, ["SIGINT", "in order"]]);
    expect(existsSync(folder)).toBe(false);
  });

  it("the second time ends every process and removes the folder, whatever hangs", async () => {
    const { child, children, said, folder } = await command();
    child.kill("SIGTERM");
    await waitFor(
      "the first to arrive",
      async () => said.length,
      (count) => count > 0,
      5_000,
    );
    await new Promise((resolve) => setTimeout(resolve, SAME_MS + 50));
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([143, null]);
    expect([children.some(isStillRunning), existsSync(folder)]).toEqual([false, false]);
  });

  it("interrupts work that hangs, with the exit code that shells give", async () => {
    const controller = new AbortController();
    const hanging = orStopped(new Promise<never>(() => undefined), controller.signal);
    controller.abort(new Stopped("SIGINT"));
    await expect(hanging).rejects.toMatchObject({ exitCode: 130, message: expect.stringContaining("SIGINT") });
    expect(await orStopped(Promise.resolve("done"), new AbortController().signal)).toBe("done");
  });
});

describe("whatever ends a command", () => {
  it("an exception too: its processes end and its folder goes", async () => {
    const { child, children, folder } = await command({ inOrder: "setTimeout(() => { throw new Error('a bug') })" });
    child.kill("SIGHUP");
    await once(child, "exit");
    expect([children.some(isStillRunning), existsSync(folder)]).toEqual([false, false]);
  });

  it("npm is gone: it stops, though no signal came", async () => {
    // A parent that starts the command as npm's shell does, and is then killed.
    const script = join(home, "command.ts");
    writeFileSync(
      script,
      `import { writeFileSync } from "node:fs";
       import { listenForStop } from ${JSON.stringify(join(CLI, "stopping.ts"))};
       const stopping = listenForStop();
       stopping.signal.addEventListener("abort", () => { writeFileSync(${JSON.stringify(join(home, "told"))}, stopping.signal.reason.signal); process.exit(0); });
       setInterval(() => {}, 1000);
       writeFileSync(${JSON.stringify(join(home, "up"))}, "");`,
    );
    const parent = spawn(
      process.execPath,
      [
        "-e",
        `require("node:child_process").spawn(process.execPath, [${JSON.stringify(script)}]); setInterval(() => {}, 1000)`,
      ],
      { env: { ...process.env, npm_lifecycle_event: "start" }, stdio: "ignore" },
    );
    spawned.push(parent);
    await waitFor("the command to be up", async () => existsSync(join(home, "up")), Boolean, 15_000);
    parent.kill("SIGKILL");
    await waitFor("the command to hear of it", async () => existsSync(join(home, "told")), Boolean, 10_000);
  });
});

describe("a command whose npm was killed before the command could look at it", () => {
  const first = (command: string) => ({ pid: 1, startedAt: "1", command });

  it("has process 1 for its parent, which is no npm: in a container npm itself may be process 1", () => {
    for (const command of ["/sbin/init", "/usr/lib/systemd/systemd", "/sbin/docker-init", "/sbin/launchd", "sh"])
      expect(isAdopted(1, first(command)), command).toBe(true);
    for (const command of ["npm start", "npm run demo", "node", "/usr/local/bin/node", "pnpm", "yarn"])
      expect(isAdopted(1, first(command)), command).toBe(false);
    expect([isAdopted(4711, first("/sbin/init")), isAdopted(1, null)]).toEqual([false, false]);
  });

  it("stops before it has begun anything", async () => {
    const script = join(home, "command.ts");
    writeFileSync(
      script,
      `import { writeFileSync } from "node:fs";
       const untilMs = Date.now() + 5_000;
       while (process.ppid !== 1 && Date.now() < untilMs) await new Promise((done) => setTimeout(done, 20));
       const { listenForStop } = await import(${JSON.stringify(join(CLI, "stopping.ts"))});
       const { signal } = listenForStop();
       writeFileSync(${JSON.stringify(join(home, "told"))}, String(signal.reason?.signal ?? process.ppid));`,
    );
    spawn(
      process.execPath,
      [
        "-e",
        `require("node:child_process").spawn(process.execPath, [${JSON.stringify(script)}]).unref(); process.exit()`,
      ],
      { env: { ...process.env, npm_lifecycle_event: "start" }, stdio: "ignore" },
    );
    const told = join(home, "told");
    await waitFor("the command to look", async () => existsSync(told) && readFileSync(told, "utf8"), Boolean, 15_000);
    // Where somebody else adopts orphans, such as a session's manager, its parent tells nothing at once.
    expect(["SIGHUP", /^(?!1$)\d+$/.exec(readFileSync(told, "utf8"))?.[0]]).toContain(readFileSync(told, "utf8"));
  });
});

describe("the folder of a killed run", () => {
  const folderOf = (name: string, owner: unknown) => {
    mkdirSync(join(home, name), { recursive: true });
    if (owner !== undefined) writeFileSync(join(home, name, "owner.json"), JSON.stringify(owner), { mode: 0o600 });
  };
  const gone = { pid: 2 ** 22 + 1, startedAt: "1", command: "node" };

  it("goes at the next start of the same command; that of a run that goes on stays, and so does what is unclear", async () => {
    folderOf("countersign-demo-killed", gone);
    folderOf("countersign-demo-running", markOf(process.pid));
    folderOf("countersign-demo-without", undefined);
    folderOf("countersign-demo-odd", { pid: "1" });
    folderOf("countersign-bench-killed", gone);
    writeFileSync(join(home, "countersign-demo-file"), "");
    expect(await removeKilled(home, "countersign-demo-")).toEqual([join(home, "countersign-demo-killed")]);
    expect(readdirSync(home).sort()).toEqual([
      "countersign-bench-killed",
      "countersign-demo-file",
      "countersign-demo-odd",
      "countersign-demo-running",
      "countersign-demo-without",
    ]);
  });

  it("is one that a killed command has left, with its workerd, and the next command removes both", async () => {
    const { child, folder } = await command();
    const orphan = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
      argv0: "workerd",
      env: { ...process.env, COUNTERSIGN_RUNS_ON: join(folder, "state") },
      stdio: "ignore",
    });
    spawned.push(orphan);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(existsSync(folder)).toBe(true);
    const ended = once(orphan, "exit");
    await removeKilled(home, "countersign-testcase-");
    await ended;
    expect(existsSync(folder)).toBe(false);
  });

  it("is made for its owner alone, and goes when the run removes it", async () => {
    const { path, remove } = await makeTemporary("testcase");
    expect(readdirSync(path)).toEqual(["owner.json"]);
    remove();
    expect(existsSync(path)).toBe(false);
  });
});
