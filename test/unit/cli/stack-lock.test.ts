import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  markedFor,
  readLock,
  releaseLock,
  runningStack,
  runtimesOn,
  takeLock,
  writeLock,
} from "../../../cli/stack/lock.ts";
import { childrenOf, endProcess, isStillRunning, markOf, type ProcessMark } from "../../../cli/stack/processes.ts";

let stateDir: string;
const spawned: ChildProcess[] = [];
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "countersign-test-"));
});
afterEach(() => {
  for (const child of spawned.splice(0)) child.kill("SIGKILL");
  rmSync(stateDir, { recursive: true });
});

/** A node process that stays until it is told to end. */
async function sleeper(code = "setInterval(() => {}, 1000)", as: SpawnOptions = {}): Promise<ProcessMark> {
  const child = spawn(process.execPath, ["-e", `${code}; console.log("up")`], {
    ...as,
    stdio: ["ignore", "pipe", "ignore"],
  });
  spawned.push(child);
  await once(child.stdout as NodeJS.EventEmitter, "data");
  const mark = markOf(child.pid ?? 0);
  if (mark === null) throw new Error("the process cannot be found");
  return mark;
}

const lockOf = (owner: ProcessMark, children: ProcessMark[]) =>
  writeFileSync(
    join(stateDir, "running.json"),
    JSON.stringify({ owner, children, ingestUrl: "http://a", consoleUrl: null }),
  );
const gone: ProcessMark = { pid: 2 ** 22 + 1, startedAt: "1", command: "node" };

describe("a mark of a process", () => {
  it("finds the process while it runs, and not after", async () => {
    const mark = await sleeper();
    expect(isStillRunning(mark)).toBe(true);
    expect(childrenOf(process.pid).map(({ pid }) => pid)).toContain(mark.pid);
    await endProcess(mark);
    expect(isStillRunning(mark)).toBe(false);
  });

  it("is not another process that got the same id later", async () => {
    const mark = await sleeper();
    const stranger = { ...mark, startedAt: "long ago" };
    expect(isStillRunning(stranger)).toBe(false);
    await endProcess(stranger);
    expect(isStillRunning(mark)).toBe(true);
  });

  it("ends a process that does not listen to SIGTERM", async () => {
    const mark = await sleeper('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)');
    await endProcess(mark, 200);
    expect(isStillRunning(mark)).toBe(false);
  });
});

describe("the lock of a state directory", () => {
  it("is refused while its owner runs, and says who and where", async () => {
    const owner = await sleeper();
    lockOf(owner, []);
    await expect(takeLock(stateDir)).rejects.toThrow(new RegExp(`process ${owner.pid}.*http://a`));
    expect(runningStack(stateDir)?.owner.pid).toBe(owner.pid);
  });

  it("is refused to a second stack of the same process, too", async () => {
    await takeLock(stateDir);
    await expect(takeLock(stateDir)).rejects.toThrow("another stack");
    releaseLock(stateDir);
    expect(await takeLock(stateDir)).toEqual([]);
  });

  it("is taken over from an owner that was killed, whose processes are ended first", async () => {
    const orphan = await sleeper();
    lockOf(gone, [orphan, gone]);
    expect((await takeLock(stateDir)).map(({ pid }) => pid)).toEqual([orphan.pid]);
    expect(isStillRunning(orphan)).toBe(false);
    expect(readLock(stateDir)?.owner.pid).toBe(process.pid);
  });

  it("is taken over from an owner that was killed before it could write down its workerd, which is ended first", async () => {
    const as = (of: string) => ({ argv0: "workerd", env: { ...process.env, ...markedFor(of) } });
    const orphan = await sleeper(undefined, as(stateDir));
    const elsewhere = await sleeper(undefined, as(`${stateDir}-of-another-stack`));
    lockOf(gone, []);
    expect(runtimesOn(stateDir).map(({ pid }) => pid)).toEqual([orphan.pid]);
    expect((await takeLock(stateDir)).map(({ pid }) => pid)).toEqual([orphan.pid]);
    expect([isStillRunning(orphan), isStillRunning(elsewhere)]).toEqual([false, true]);
  });

  it("never ends a process that is neither workerd nor node, whatever the file says", async () => {
    const process = await sleeper();
    lockOf(gone, [{ ...process, command: "/usr/bin/postgres" }]);
    expect(await takeLock(stateDir)).toEqual([]);
    expect(isStillRunning(process)).toBe(true);
  });

  it("is free when the file was cut off while it was written", async () => {
    writeFileSync(join(stateDir, "running.json"), '{"owner":{"pi');
    expect(runningStack(stateDir)).toBeNull();
    expect(await takeLock(stateDir)).toEqual([]);
  });

  it("remembers what was written last", async () => {
    const child = await sleeper();
    writeLock(stateDir, { children: [child], ingestUrl: "http://i", consoleUrl: "http://c" });
    expect(runningStack(stateDir)).toMatchObject({ children: [child], ingestUrl: "http://i", consoleUrl: "http://c" });
  });
});
