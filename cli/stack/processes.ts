import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";

/** Identifies a process. A process id is reused, but not with the same start time. */
export type ProcessMark = { pid: number; startedAt: string; command: string };

/** Null when there is no such process. Reads /proc on Linux, because small images have no `ps`; uses `ps` elsewhere. */
export function markOf(pid: number): ProcessMark | null {
  return process.platform === "linux" ? markFromProc(pid) : markFromPs(pid);
}

/** Whether the marked process still runs. */
export function isStillRunning(mark: ProcessMark): boolean {
  const now = markOf(mark.pid);
  return now !== null && now.startedAt === mark.startedAt;
}

export function childrenOf(pid: number): ProcessMark[] {
  const pids =
    process.platform === "linux"
      ? readdirSync("/proc")
          .filter((name) => /^\d+$/.test(name) && parentFromProc(Number(name)) === pid)
          .map(Number)
      : psLines(["-A", "-o", "pid=,ppid="])
          .map((line) => line.trim().split(/\s+/).map(Number))
          .flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []));
  return pids.map(markOf).filter((mark) => mark !== null);
}

/** The processes with this variable in their environment, as far as this user may read it. */
export function startedWith(name: string, value: string): ProcessMark[] {
  return process.platform === "linux" ? fromProcWith(`${name}=${value}`) : fromPsWith(`${name}=${value}`);
}

/** Sends SIGTERM, and SIGKILL after `graceMs`. Signals only the marked process, never another one with its id. */
export async function endProcess(mark: ProcessMark, graceMs = 3_000): Promise<void> {
  const waitUntil = Date.now() + graceMs;
  signal(mark, "SIGTERM");
  while (isStillRunning(mark) && Date.now() < waitUntil) await new Promise((resolve) => setTimeout(resolve, 20));
  signal(mark, "SIGKILL");
  while (isStillRunning(mark) && Date.now() < waitUntil + graceMs)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Waits without letting anything else run. */
export function waitUntilGone(marks: readonly ProcessMark[], boundMs: number): void {
  const untilMs = Date.now() + boundMs;
  const bell = new Int32Array(new SharedArrayBuffer(4));
  while (Date.now() < untilMs && marks.some(isStillRunning)) Atomics.wait(bell, 0, 0, 5);
}

function signal(mark: ProcessMark, name: NodeJS.Signals): void {
  if (!isStillRunning(mark)) return;
  try {
    process.kill(mark.pid, name);
  } catch (error) {
    // It ended between the check and the signal.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The fields of /proc/PID/stat after the command, which is in parentheses and may contain anything. */
function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

/** The process that started this one; null when it has ended or cannot be looked at. */
export function parentOf(pid: number): number | null {
  if (process.platform === "linux") return parentFromProc(pid);
  const [line] = psLines(["-o", "ppid=", "-p", String(pid)]);
  return line === undefined ? null : Number(line.trim());
}

/** Whether this user started it. */
export function isOfThisUser(pid: number): boolean {
  const uid = process.getuid?.();
  if (uid === undefined) return false;
  if (process.platform !== "linux") return psLines(["-o", "uid=", "-p", String(pid)])[0]?.trim() === String(uid);
  try {
    return statSync(`/proc/${pid}`).uid === uid;
  } catch {
    return false;
  }
}

const STATE = 0;
const PARENT = 1;
const START_TIME = 19;

function parentFromProc(pid: number): number | null {
  const parent = statFields(pid)?.[PARENT];
  return parent === undefined ? null : Number(parent);
}

function markFromProc(pid: number): ProcessMark | null {
  const fields = statFields(pid);
  const startedAt = fields?.[START_TIME];
  // A zombie has ended; its parent has not collected its status yet.
  if (startedAt === undefined || fields?.[STATE] === "Z") return null;
  try {
    return { pid, startedAt, command: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0] ?? "" };
  } catch {
    return null;
  }
}

function fromProcWith(entry: string): ProcessMark[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(entry))
    .map((name) => markOf(Number(name)))
    .filter((mark) => mark !== null);
}

/** Empty for a process of another user, and for one that has just ended. */
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** With `e`, `ps` appends the environment to the command, separated by spaces. */
function fromPsWith(entry: string): ProcessMark[] {
  return psLines(["axeww", "-o", "pid=,command="])
    .filter((line) => `${line} `.includes(` ${entry} `))
    .map((line) => markOf(Number.parseInt(line, 10)))
    .filter((mark) => mark !== null);
}

function markFromPs(pid: number): ProcessMark | null {
  const [line] = psLines(["-o", "lstart=,comm=", "-p", String(pid)]);
  // lstart is "Mon Nov 23 16:34:59 2026": 24 characters.
  return line === undefined ? null : { pid, startedAt: line.slice(0, 24).trim(), command: line.slice(24).trim() };
}

function psLines(options: string[]): string[] {
  try {
    return execFileSync("ps", options, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } })
      .split("\n")
      .filter((line) => line.trim() !== "");
  } catch {
    // `ps -p` ends with 1 when nothing was found.
    return [];
  }
}
