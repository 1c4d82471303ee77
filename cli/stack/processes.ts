import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A process by more than its id: ids are used again, but not together with the time of the start. */
export type ProcessMark = { pid: number; startedAt: string; command: string };

/** Null when there is no such process. On Linux from /proc, since small images have no `ps`; elsewhere from `ps`. */
export function markOf(pid: number): ProcessMark | null {
  return process.platform === "linux" ? markFromProc(pid) : markFromPs(pid);
}

/** Whether the process that was marked is still the one with this id. */
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

/** The processes that were started with this variable in their environment, as far as this user may see that. */
export function startedWith(name: string, value: string): ProcessMark[] {
  return process.platform === "linux" ? fromProcWith(`${name}=${value}`) : fromPsWith(`${name}=${value}`);
}

/** SIGTERM, and SIGKILL for what has not ended after `graceMs`. Never touches a process that is not the marked one. */
export async function endProcess(mark: ProcessMark, graceMs = 3_000): Promise<void> {
  const waitUntil = Date.now() + graceMs;
  signal(mark, "SIGTERM");
  while (isStillRunning(mark) && Date.now() < waitUntil) await new Promise((resolve) => setTimeout(resolve, 20));
  signal(mark, "SIGKILL");
  while (isStillRunning(mark) && Date.now() < waitUntil + graceMs)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

function signal(mark: ProcessMark, name: NodeJS.Signals): void {
  if (!isStillRunning(mark)) return;
  try {
    process.kill(mark.pid, name);
  } catch (error) {
    // It ended between the look and the signal.
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
  // A zombie has ended; its parent has only not been told yet.
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

/** Empty for a process of somebody else, and for one that has just ended. */
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** `e` shows the environment behind the command, words apart by a space. */
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
