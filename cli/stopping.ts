import { basename } from "node:path";
import type { Environment } from "./settings.ts";
import { childrenOf, markOf, type ProcessMark, waitUntilGone } from "./stack/processes.ts";

/**
 * How a command that starts processes ends. The first signal asks it to stop in order. A second one ends everything at once,
 * and so does an orderly stop that takes too long. Whatever ends this process, nothing that it started outlives it.
 */
export type Stopping = {
  /** Aborts with a `Stopped`. */
  signal: AbortSignal;
  /** From now on nothing is listened to, e.g. once a command has ended by itself. */
  end(): void;
};

export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Why a command ends early. `exitCode` is the one that shells give for the signal. */
export class Stopped extends Error {
  readonly signal: StopSignal;
  readonly exitCode: number;
  constructor(signal: StopSignal) {
    super(`interrupted (${signal}): everything was stopped`);
    this.signal = signal;
    this.exitCode = EXIT_CODES[signal];
  }
}

const EXIT_CODES: Record<StopSignal, number> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** npm passes on what the terminal has sent to all already, so that one Ctrl-C arrives twice within milliseconds. */
export const SAME_MS = 700;
const IN_ORDER_MS = 9_000;
const PARENT_LOOK_MS = 300;

/** What a signal means, given when the first one came. */
export const meaningOf = (firstAtMs: number | null, nowMs: number): "stop" | "same" | "at once" => {
  if (firstAtMs === null) return "stop";
  return nowMs - firstAtMs < SAME_MS ? "same" : "at once";
};

/** To be called before anything is started, so that a signal while a command begins is not lost. */
export function listenForStop(env: Environment = process.env): Stopping {
  const controller = new AbortController();
  let firstAtMs: number | null = null;
  let patience: NodeJS.Timeout | null = null;
  const told = (signal: StopSignal): void => {
    const meaning = meaningOf(firstAtMs, Date.now());
    if (meaning === "same") return;
    if (meaning === "at once") process.exit(EXIT_CODES[signal]);
    firstAtMs = Date.now();
    patience = setTimeout(() => process.exit(EXIT_CODES[signal]), IN_ORDER_MS).unref();
    controller.abort(new Stopped(signal));
  };
  const signals = Object.keys(EXIT_CODES) as StopSignal[];
  const listeners = signals.map((signal) => [signal, () => told(signal)] as const);
  for (const [signal, listener] of listeners) process.on(signal, listener);
  const unwatch = watchParent(env, () => told("SIGHUP"));
  process.on("exit", endAtOnce);
  return {
    signal: controller.signal,
    end() {
      for (const [signal, listener] of listeners) process.off(signal, listener);
      if (patience !== null) clearTimeout(patience);
      unwatch();
    },
  };
}

/** What the work comes to, unless `signal` aborts first: then its reason is thrown, and what the work comes to is ignored. */
export async function orStopped<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  work.catch(() => undefined);
  const stopped = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return await Promise.race([work, stopped]);
}

/**
 * npm passes SIGINT and SIGTERM on to what it started, and nothing else: when it is killed or its terminal is closed, the
 * only sign is another parent. Without npm, a parent may well go first, as with `nohup`.
 */
function watchParent(env: Environment, onGone: () => void): () => void {
  if (env.npm_lifecycle_event === undefined) return () => undefined;
  const parent = process.ppid;
  if (isAdopted(parent)) {
    onGone();
    return () => undefined;
  }
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_LOOK_MS).unref();
  return () => clearInterval(timer);
}

/** In a container npm itself may be process 1; it shows its title, such as "npm start". */
const STARTS_SCRIPTS = /^(?:npm|npx|node|pnpm|yarn|bun)\b/;

/** npm was killed before this process could look: whoever has no parent becomes a child of process 1. */
export function isAdopted(parent: number, first: ProcessMark | null = markOf(1)): boolean {
  return parent === 1 && first !== null && !STARTS_SCRIPTS.test(basename(first.command));
}

const cleanups = new Set<() => void>();

/** Runs when this process ends, however it ends short of SIGKILL, after its processes have ended. Answers how to forget it. */
export function atExit(cleanup: () => void): () => void {
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

/** Synchronous, because nothing else runs while a process exits. After an orderly stop there is nothing left to do. */
function endAtOnce(): void {
  const left = descendantsOf(process.pid);
  for (const { pid } of left) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
  waitUntilGone(left, 2_000);
  for (const cleanup of cleanups) cleanup();
  cleanups.clear();
}

function descendantsOf(pid: number): ProcessMark[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child.pid)]);
}
