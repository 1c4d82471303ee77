import { mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import {
  convertV4MiniflareOptions,
  Log,
  LogLevel,
  Miniflare,
  type V4WorkerOptions,
  type V4WorkerOptionsShape,
} from "miniflare";
import { orStopped } from "../stopping.ts";
import { bundleWorker } from "./bundle.ts";
import { markedFor, runtimesOn } from "./lock.ts";
import { namingConsole, unnamed, type WorkerLog } from "./named-logs.ts";
import { endProcess } from "./processes.ts";
import { type Bindings, bindingsOf, CONSOLE, INGEST, type WorkerPlan } from "./workers.ts";

export type RuntimeOptions = {
  plans: WorkerPlan[];
  bindings: Bindings;
  stateDir: string;
  port: number;
  consolePort: number;
  host: string;
  /**
   * "none": messages are sent and not consumed, to measure ingest alone. `without`: the consumers of these queues are away,
   * as if they were paused.
   */
  consumers: "attached" | "none" | { without: readonly string[] };
  /** Multiplies the queues' wait between a failure and the next delivery. */
  retryDelayScale: number;
  extraWorkers: V4WorkerOptions[];
  onLog: (log: WorkerLog) => void;
  /** workerd died, and a new one runs now. */
  onRestart: () => void;
  /** Nothing is begun after it has aborted. */
  signal?: AbortSignal;
};

/** Starts the Workers on Miniflare, without a development server. Resolves when they accept requests. */
export async function startRuntime(options: RuntimeOptions): Promise<Miniflare> {
  await Promise.all([
    assertFree(options.host, options.port, "PORT"),
    assertFree(options.host, options.consolePort, "CONSOLE_PORT"),
  ]);
  const workers = await Promise.all(options.plans.map((plan) => workerOf(plan, options)));
  options.signal?.throwIfAborted();
  const keepSignals = guardSignals();
  const miniflare = withTemporaryIn(options.stateDir, () => createMiniflare(options, workers));
  keepSignals();
  try {
    await orStopped(miniflare.ready, options.signal ?? new AbortController().signal);
    return miniflare;
  } catch (error) {
    await stopRuntime(miniflare, options.stateDir, 1_000);
    throw explainStart(error, options);
  }
}

/**
 * Miniflare waits for workerd to end, and for ever for one that Ctrl-C has reached while it started. What is left after
 * `patienceMs` is killed; so is one that Miniflare has started meanwhile, in place of one that Ctrl-C has reached.
 */
export async function stopRuntime(miniflare: Miniflare, stateDir: string, patienceMs: number): Promise<void> {
  const patience = new Promise<void>((done) => setTimeout(done, patienceMs).unref());
  await Promise.race([miniflare.dispose().catch(() => undefined), patience]);
  await Promise.all(runtimesOn(stateDir).map((mark) => endProcess(mark, 500)));
}

/**
 * Miniflare makes a folder of its own for temporary files, and leaves it behind when it is killed. Here it is made in ours,
 * and the next start removes it.
 */
function withTemporaryIn<Made>(stateDir: string, make: () => Made): Made {
  const folder = temporaryIn(stateDir);
  removeTemporaryIn(stateDir);
  mkdirSync(folder, { mode: 0o700 });
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    return make();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

const temporaryIn = (stateDir: string): string => join(stateDir, "tmp");

export function removeTemporaryIn(stateDir: string): void {
  rmSync(temporaryIn(stateDir), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function createMiniflare(options: RuntimeOptions, workers: V4WorkerOptions[]): Miniflare {
  return new Miniflare(
    convertV4MiniflareOptions({
      host: options.host,
      // Ingest and console have direct sockets. Miniflare's own entry gets any free port and is not used.
      port: 0,
      cf: false,
      log: new Log(LogLevel.ERROR),
      handleStructuredLogs: (log) => options.onLog(unnamed(log)),
      unsafeHandleRuntimeRestart: options.onRestart,
      // Miniflare 5 uses this one path for everything; it ignores `durableObjectsPersist` and similar options.
      resourcePersistencePath: join(options.stateDir, "workers"),
      unsafeRuntimeEnv: markedFor(options.stateDir),
      telemetry: { enabled: false },
      workers: [...workers, ...options.extraWorkers],
    }),
  );
}

/**
 * Removes Miniflare's signal handlers, which end this process before the stack is stopped in order. Its handler for `exit`,
 * which ends workerd, stays.
 */
export function guardSignals(): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const before = new Map(signals.map((signal) => [signal, new Set(process.listeners(signal))]));
  return () => {
    for (const [signal, known] of before) {
      for (const listener of process.listeners(signal)) if (!known.has(listener)) process.off(signal, listener);
    }
  };
}

async function workerOf(plan: WorkerPlan, options: RuntimeOptions): Promise<V4WorkerOptions> {
  const port = portFor(plan, options);
  return {
    ...plan.options,
    name: plan.name,
    bindings: bindingsOf(plan, options.bindings),
    queueConsumers: consumersOf(plan, options),
    modules: [
      { type: "ESModule", path: `${plan.name}.mjs`, contents: await bundleWorker(plan.main, namingConsole(plan.name)) },
    ],
    modulesRoot: "/",
    rootPath: "/",
    ...(port === null ? {} : { unsafeDirectSockets: [{ host: options.host, port }] }),
  };
}

/** Null: the Worker has no public address. */
function portFor({ name }: WorkerPlan, { port, consolePort }: RuntimeOptions): number | null {
  if (name === INGEST) return port;
  return name === CONSOLE ? consolePort : null;
}

type Consumers = Exclude<NonNullable<V4WorkerOptionsShape["queueConsumers"]>, string[]>;

function consumersOf(plan: WorkerPlan, { consumers, retryDelayScale }: RuntimeOptions): Consumers {
  const given = plan.options.queueConsumers;
  if (consumers === "none" || given === undefined || Array.isArray(given)) return {};
  const away = typeof consumers === "object" ? consumers.without : [];
  const attached = Object.entries(given).filter(([queue]) => !away.includes(queue));
  return Object.fromEntries(
    attached.map(([queue, settings]) => [
      queue,
      settings.retryDelay === undefined
        ? settings
        : { ...settings, retryDelay: Math.round(settings.retryDelay * retryDelayScale) },
    ]),
  );
}

async function assertFree(host: string, port: number, variable: string): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => reject(explainPort(error, port, variable)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}

function explainPort(error: NodeJS.ErrnoException, port: number, variable: string): Error {
  if (error.code === "EADDRINUSE") {
    return new Error(
      `port ${port} is used by another program. Stop it, or choose another port: ${variable}=${port + 10} …`,
    );
  }
  return new Error(
    `port ${port} cannot be used (${error.code ?? error.message}). Choose another one: ${variable}=18787 …`,
  );
}

function explainStart(error: unknown, { port, consolePort }: RuntimeOptions): Error {
  if (error instanceof Error && "code" in error && error.code === "ERR_ADDRESS_IN_USE") {
    return new Error(
      `port ${port} or ${consolePort} is used by another program (${error.message.split(".")[0]}). ` +
        "Stop it, or choose other ports with PORT and CONSOLE_PORT.",
    );
  }
  return error instanceof Error ? error : new Error(String(error));
}
