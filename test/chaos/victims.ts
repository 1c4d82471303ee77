import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { UserError } from "../../cli/errors.ts";
import { pause } from "../../cli/http.ts";
import type { Keys, StackOptions } from "../../cli/stack/index.ts";
import { childrenOf } from "../../cli/stack/processes.ts";
import type { Moment } from "./inside/between.ts";
import type { Kill } from "./plan.ts";

export type Doors = { ingestUrl: string; consoleUrl: string; keys: Keys };

export type Victim = Doors & {
  orphansEnded: number;
  kill(who: Kill["who"]): Promise<void>;
  /** In order, as `start` stops. */
  stop(): Promise<void>;
};

export type Told = {
  onFaults(counts: Record<string, number>): void;
  /** For a moment something is half-done that a kill was to meet. */
  onBetween(moment: Moment): void;
  onLog(line: string): void;
};

const START_MS = 60_000;
const STOP_MS = 15_000;

/** Starts the stack in a process of its own, which can be killed without touching this one. */
export async function startVictim(options: StackOptions, told: Told): Promise<Victim> {
  const { child, exited, complaints } = spawnVictim(options);
  const started = new AbortController();
  const tooLate = pause(START_MS, started.signal).then(() => null);
  const ready = await Promise.race([readyOf(child, told), exited.then(() => null), tooLate]);
  started.abort();
  if (ready === null) {
    endNow(child);
    throw new UserError(`the stack did not start: ${complaints.join("").trim().slice(-2_000)}`);
  }
  return {
    ...ready,
    kill: async (who) => {
      await kill(child, who);
      await exited;
    },
    stop: async () => {
      child.stdin.end();
      const ended = new AbortController();
      await Promise.race([exited, pause(STOP_MS, ended.signal)]);
      ended.abort();
      endNow(child);
      await exited;
    },
  };
}

/**
 * Starts the stack and kills it again, `afterMs` after its workerd has come up. Answers whether that was before its doors
 * were open; killed it is in any case.
 */
export async function killWhileBooting(
  options: StackOptions,
  told: Told,
  { afterMs, who }: NonNullable<Kill["boot"]>,
): Promise<boolean> {
  const { child, exited, complaints } = spawnVictim(options);
  const seen = { isReady: false, hasExited: false };
  void readyOf(child, told).then(() => {
    seen.isReady = true;
  });
  void exited.then(() => {
    seen.hasExited = true;
  });
  const untilMs = Date.now() + START_MS;
  while (workerdOf(child).length === 0) {
    if (seen.hasExited || Date.now() > untilMs) {
      endNow(child);
      throw new UserError(`the stack did not start: ${complaints.join("").trim().slice(-2_000)}`);
    }
    await pause(BOOT_LOOK_MS);
  }
  await pause(afterMs);
  const wasInTime = !seen.isReady;
  await kill(child, who);
  await exited;
  return wasInTime;
}

const BOOT_LOOK_MS = 15;

function spawnVictim(options: StackOptions) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "victim.ts"), JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR },
  });
  const complaints: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints.push(text);
    if (complaints.length > 50) complaints.shift();
  });
  // A child that is killed closes its end while something may still be written to it.
  child.stdin.on("error", () => undefined);
  return { child, exited: once(child, "exit"), complaints };
}

type Ready = Doors & { orphansEnded: number };
type Line = { ready?: Ready; faults?: Record<string, number>; between?: Moment; log?: string };

/** Goes on reading after it has answered. */
function readyOf({ stdout }: ChildProcess, { onFaults, onBetween, onLog }: Told): Promise<Ready> {
  return new Promise((resolve) => {
    if (stdout === null) return;
    createInterface({ input: stdout }).on("line", (text) => {
      if (!text.startsWith("{")) return onLog(text);
      const line = JSON.parse(text) as Line;
      if (line.ready !== undefined) resolve(line.ready);
      if (line.faults !== undefined) onFaults(line.faults);
      if (line.between !== undefined) onBetween(line.between);
      if (line.log !== undefined) onLog(line.log);
    });
  });
}

async function kill(child: ChildProcess, who: Kill["who"]): Promise<void> {
  const workerd = workerdOf(child);
  if (who === "workerd_first") {
    killAll(workerd);
    await pause(100);
  }
  const all = who === "node" ? [] : [...new Set([...workerd, ...workerdOf(child)])];
  killAll(child.pid === undefined ? all : [child.pid, ...all]);
}

const workerdOf = ({ pid }: ChildProcess): number[] =>
  pid === undefined
    ? []
    : childrenOf(pid)
        .filter(({ command }) => command.includes("workerd"))
        .map((mark) => mark.pid);

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** For what does not end by itself: this process must leave nothing behind. */
function endNow(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  killAll([...workerdOf(child), child.pid]);
}
