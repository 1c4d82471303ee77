import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { endProcess, isStillRunning, markOf, type ProcessMark, startedWith } from "./processes.ts";

/**
 * Who runs on a state directory. Killing node with SIGKILL leaves workerd alive, with its port and its alarms; two of
 * them on one ledger would be two truths, so the next start ends the orphan first.
 */
export type Lock = { owner: ProcessMark; children: ProcessMark[]; ingestUrl: string | null; consoleUrl: string | null };

const lockPath = (stateDir: string) => join(stateDir, "running.json");

export function readLock(stateDir: string): Lock | null {
  const path = lockPath(stateDir);
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Lock;
  } catch {
    // Cut off while it was written: nothing can be known from it.
    return null;
  }
}

/** The stack that runs on this directory, or null. */
export function runningStack(stateDir: string): Lock | null {
  const lock = readLock(stateDir);
  return lock !== null && isStillRunning(lock.owner) ? lock : null;
}

/** Takes the directory; ends what a killed stack left behind. Answers the processes that it ended. */
export async function takeLock(stateDir: string): Promise<ProcessMark[]> {
  mkdirSync(stateDir, { recursive: true });
  const lock = readLock(stateDir);
  if (lock !== null && isStillRunning(lock.owner)) {
    throw new Error(
      `another stack (process ${lock.owner.pid}) is running on ${stateDir}${lock.ingestUrl === null ? "" : ` at ${lock.ingestUrl}`}. ` +
        "Stop it first, or set STATE_DIR to another directory.",
    );
  }
  const listed = (lock?.children ?? []).filter((child) => isOurs(child) && isStillRunning(child));
  const listedPids = new Set(listed.map(({ pid }) => pid));
  const orphans = [...listed, ...runtimesOn(stateDir).filter(({ pid }) => !listedPids.has(pid))];
  await Promise.all(orphans.map((orphan) => endProcess(orphan)));
  writeLock(stateDir, { children: [], ingestUrl: null, consoleUrl: null });
  return orphans;
}

export function writeLock(stateDir: string, content: Omit<Lock, "owner">): void {
  const owner = markOf(process.pid);
  if (owner === null) throw new Error("this process cannot find itself; are /proc or ps missing?");
  writeFileSync(lockPath(stateDir), JSON.stringify({ owner, ...content } satisfies Lock, null, 2));
}

export function releaseLock(stateDir: string): void {
  rmSync(lockPath(stateDir), { force: true });
}

/** Whose ledger a workerd works on, for whoever looks for it: see `runtimesOn`. */
const STATE_DIR_MARK = "COUNTERSIGN_RUNS_ON";
export const markedFor = (stateDir: string): Record<string, string> => ({ [STATE_DIR_MARK]: stateDir });

/**
 * Every workerd that was started on this directory. A node that is killed between workerd's start and the next line of
 * its lock leaves one behind that the lock does not know.
 */
export const runtimesOn = (stateDir: string): ProcessMark[] =>
  startedWith(STATE_DIR_MARK, stateDir).filter(({ command }) => basename(command) === "workerd");

/** The lock is a file that anyone may have written: only workerd and node are ever ended because of it. */
function isOurs({ command }: ProcessMark): boolean {
  return ["workerd", "node"].includes(basename(command));
}
