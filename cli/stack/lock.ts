import { readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { parseJson } from "../../shared/core/json.ts";
import { UserError } from "../errors.ts";
import { pause } from "../http.ts";
import { privateFolder, readPrivate, writePrivate } from "../private.ts";
import { isListening } from "./listening.ts";
import {
  endProcess,
  isOfThisUser,
  isStillRunning,
  markOf,
  type ProcessMark,
  parentOf,
  startedWith,
} from "./processes.ts";

/**
 * Which processes run on a state directory. When node is killed with SIGKILL, its workerd survives with its port and its
 * alarms. Two of them must not work on one ledger, so the next start ends the orphan first.
 */
export type Lock = { owner: ProcessMark; children: ProcessMark[]; ingestUrl: string | null; consoleUrl: string | null };

const lockPath = (stateDir: string) => join(stateDir, "running.json");

/** Null when there is no such file, or it does not have the form of one. */
export function readLock(stateDir: string): Lock | null {
  const parsed = parseJson(readPrivate(lockPath(stateDir)) ?? "null");
  return parsed.ok && isLock(parsed.value) ? parsed.value : null;
}

function isLock(value: unknown): value is Lock {
  const { owner, children } = (value ?? {}) as Partial<Lock>;
  return isMark(owner) && Array.isArray(children) && children.every(isMark);
}

function isMark(value: unknown): value is ProcessMark {
  const { pid, startedAt, command } = (value ?? {}) as Partial<ProcessMark>;
  return Number.isSafeInteger(pid) && typeof startedAt === "string" && typeof command === "string";
}

/**
 * The door of the stack that runs on this directory, or null. The file alone is no proof: a key goes to the address in it
 * only where the system says that the process in it runs, is this user's, and is who listens there.
 */
export function runningDoor(stateDir: string, door: "ingestUrl" | "consoleUrl"): string | null {
  const lock = readLock(stateDir);
  const url = lock?.[door];
  if (lock === null || typeof url !== "string" || !isConfirmed(lock.owner)) return null;
  const port = loopbackPortOf(url);
  const children = lock.children.filter((child) => isConfirmed(child) && parentOf(child.pid) === lock.owner.pid);
  return port !== null &&
    isListening(
      [lock.owner, ...children].map(({ pid }) => pid),
      port,
    )
    ? url
    : null;
}

/**
 * Anyone may have written the lock file. So a process is believed in, or ended, because of it only where the system says
 * that it is this user's workerd or node.
 */
function isConfirmed(mark: ProcessMark): boolean {
  const now = markOf(mark.pid);
  return (
    now !== null &&
    now.startedAt === mark.startedAt &&
    now.command === mark.command &&
    isOurs(now) &&
    isOfThisUser(mark.pid)
  );
}

/** Null for an address that `start` never writes. */
function loopbackPortOf(url: string): number | null {
  if (!URL.canParse(url)) return null;
  const { protocol, hostname, port, username } = new URL(url);
  return protocol === "http:" && hostname === "127.0.0.1" && port !== "" && username === "" ? Number(port) : null;
}

/** Takes the directory and ends the processes of a killed stack. Answers those. Throws where a stack runs on it. */
export async function takeLock(stateDir: string, patienceMs = CLAIM_MS): Promise<ProcessMark[]> {
  privateFolder(stateDir);
  const unclaim = await claim(stateDir, patienceMs);
  try {
    return await takeClaimed(stateDir);
  } finally {
    unclaim();
  }
}

const CLAIM_MS = 10_000;
const isClaim = (name: string): boolean => /^starting-\d+\.json$/.test(name);

/**
 * One start at a time may look at the lock and write it. Each writes its claim before it looks for others, so of two at least
 * one sees the other: that one takes its claim back and tries again a little later. The claims of the dead are removed.
 */
async function claim(stateDir: string, patienceMs: number): Promise<() => void> {
  const own = `starting-${process.pid}.json`;
  const unclaim = () => rmSync(join(stateDir, own), { force: true });
  const untilMs = Date.now() + patienceMs;
  for (;;) {
    writePrivate(join(stateDir, own), JSON.stringify(markOf(process.pid)));
    const other = otherClaim(stateDir, own);
    if (other === null) return unclaim;
    unclaim();
    if (Date.now() >= untilMs)
      throw new UserError(`another start (process ${other.pid}) is under way on ${stateDir}. Wait for it, or stop it.`);
    await pause(20 + Math.random() * 80);
  }
}

function otherClaim(stateDir: string, own: string): ProcessMark | null {
  for (const name of readdirSync(stateDir).filter((one) => isClaim(one) && one !== own)) {
    const read = parseJson(readPrivate(join(stateDir, name)) ?? "null");
    if (read.ok && isMark(read.value) && isStillRunning(read.value)) return read.value;
    rmSync(join(stateDir, name), { force: true });
  }
  return null;
}

async function takeClaimed(stateDir: string): Promise<ProcessMark[]> {
  const lock = readLock(stateDir);
  if (lock !== null && isStillRunning(lock.owner)) {
    throw new Error(
      `another stack (process ${lock.owner.pid}) is running on ${stateDir}${lock.ingestUrl === null ? "" : ` at ${lock.ingestUrl}`}. ` +
        "Stop it first, or set STATE_DIR to another directory.",
    );
  }
  const listed = (lock?.children ?? []).filter(isConfirmed);
  const listedPids = new Set(listed.map(({ pid }) => pid));
  const orphans = [...listed, ...runtimesOn(stateDir).filter(({ pid }) => !listedPids.has(pid))];
  await Promise.all(orphans.map((orphan) => endProcess(orphan)));
  writeLock(stateDir, { children: [], ingestUrl: null, consoleUrl: null });
  return orphans;
}

export function writeLock(stateDir: string, content: Omit<Lock, "owner">): void {
  const owner = markOf(process.pid);
  if (owner === null) throw new Error("this process cannot find itself; are /proc or ps missing?");
  writePrivate(lockPath(stateDir), JSON.stringify({ owner, ...content } satisfies Lock, null, 2));
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

function isOurs({ command }: ProcessMark): boolean {
  return ["workerd", "node"].includes(basename(command));
}
