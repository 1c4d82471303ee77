import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { endProcess, isStillRunning, markOf, type ProcessMark, startedWith } from "./processes.ts";

/**
 * Which processes run on a state directory. When node is killed with SIGKILL, its workerd survives with its port and its
 * alarms. Two of them must not work on one ledger, so the next start ends the orphan first.
 */
export type Lock = { owner: ProcessMark; children: ProcessMark[]; ingestUrl: string | null; consoleUrl: string | null };

const lockPath = (stateDir: string) => join(stateDir, "running.json");

export function readLock(stateDir: string): Lock | null {
  const path = lockPath(stateDir);
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Lock;
  } catch {
    // The file was not written completely, so it says nothing.
    return null;
  }
}

/** The stack that runs on this directory, or null. */
export function runningStack(stateDir: string): Lock | null {
  const lock = readLock(stateDir);
  return lock !== null && isStillRunning(lock.owner) ? lock : null;
}

/** Takes the directory and ends the processes of a killed stack. Answers those. Throws where a stack runs on it. */
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

/** The variable that marks a workerd with its state directory: see `runtimesOn`. */
const STATE_DIR_MARK = "COUNTERSIGN_RUNS_ON";
export const markedFor = (stateDir: string): Record<string, string> => ({ [STATE_DIR_MARK]: stateDir });

/**
 * Every workerd that was started on this directory. If node is killed after workerd's start and before it writes the lock,
 * the lock does not contain that workerd.
 */
export const runtimesOn = (stateDir: string): ProcessMark[] =>
  startedWith(STATE_DIR_MARK, stateDir).filter(({ command }) => basename(command) === "workerd");

/** Anyone may have written the lock file, so only processes named workerd or node are ended because of it. */
function isOurs({ command }: ProcessMark): boolean {
  return ["workerd", "node"].includes(basename(command));
}
