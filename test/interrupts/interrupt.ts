import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pause } from "../../cli/http.ts";
import { repositoryRoot } from "../../cli/workers.ts";
import type { Scene } from "./scenes.ts";

export type Left = { processes: string[]; folders: string[] };
export type Interrupted = {
  left: Left;
  /** What it was interrupted in. */
  wasUp: boolean;
  hadEnded: boolean;
  /** From the signal until nothing was left. */
  tookMs: number;
  output: string;
};

const GONE_MS = 25_000;
const UP_MS = 120_000;

/** Starts the scene's command in a session of its own, interrupts it, and looks for what is left. `afterMs` null: once it is up. */
export async function interrupt(scene: Scene, afterMs: number | null, npm = "npm"): Promise<Interrupted> {
  // Each process is given this folder for temporary files. That is how it is found, whatever its name and its parent are.
  const folder = mkdtempSync(join(tmpdir(), "countersign-interrupt-"));
  const { STATE_DIR: _, ...env } = process.env;
  const [command = "npm", ...first] = npm.split(" ");
  const child = spawn(command, [...first, ...scene.args], {
    cwd: repositoryRoot,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...env, TMPDIR: folder, STATE_DIR: join(folder, "state"), PORT: "0", CONSOLE_PORT: "0" },
  });
  const ended = once(child, "exit");
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  try {
    await untilTime(() => afterMs === null && scene.isUp.test(output), afterMs ?? UP_MS, child);
    const wasUp = scene.isUp.test(output);
    const hadEnded = hasEnded(child);
    const signalledAt = performance.now();
    send(child, scene);
    if (scene.againAfterMs !== undefined) {
      await Promise.race([ended, pause(scene.againAfterMs)]);
      send(child, scene);
    }
    const isGone = () => hasEnded(child) && processesOf(folder).length === 0;
    await untilTime(isGone, GONE_MS, null);
    const tookMs = Math.round(performance.now() - signalledAt);
    return { left: leftIn(folder), wasUp, hadEnded, tookMs, output };
  } finally {
    for (const { pid } of processesOf(folder)) kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const LOOK_MS = 50;

async function untilTime(isTrue: () => boolean, boundMs: number, child: ChildProcess | null): Promise<void> {
  const untilMs = performance.now() + boundMs;
  while (!isTrue() && (child === null || !hasEnded(child))) {
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) return;
    await pause(Math.min(LOOK_MS, leftMs));
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

function send({ pid }: ChildProcess, { to, signal }: Scene): void {
  if (pid !== undefined) kill(to === "group" ? -pid : pid, signal);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** npm compiles itself into it, for the next npm. */
const NPMS_CACHE = "node-compile-cache";

/** The state of `start` stays, as it must; what tells of a running stack and Miniflare's own files do not. */
function leftIn(folder: string): Left {
  const inside = readdirSync(folder).filter((name) => name !== "state" && name !== NPMS_CACHE);
  const state = readdirSync(folder).includes("state") ? readdirSync(join(folder, "state")) : [];
  const temporary = state.includes("tmp") ? readdirSync(join(folder, "state", "tmp")) : [];
  return {
    processes: processesOf(folder).map(({ pid, command }) => `${pid} ${command}`),
    folders: [...inside, ...state.filter((name) => name === "running.json" || name.endsWith(".new")), ...temporary],
  };
}

function processesOf(folder: string): { pid: number; command: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && fileOf(name, "environ").includes(`TMPDIR=${folder}`))
    .map((name) => ({ pid: Number(name), command: fileOf(name, "cmdline").replaceAll("\0", " ").slice(0, 120) }))
    .filter(({ pid, command }) => pid !== process.pid && command !== "");
}

function fileOf(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}
