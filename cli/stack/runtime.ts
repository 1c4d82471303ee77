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
import { bundleWorker } from "./bundle.ts";
import { markedFor } from "./lock.ts";
import { type Bindings, bindingsOf, CONSOLE, INGEST, type WorkerPlan } from "./workers.ts";

/** One line that a Worker wrote. `level` is that of the console method it used. */
export type WorkerLog = { level: string; message: string; timestamp: number };

export type RuntimeOptions = {
  plans: WorkerPlan[];
  bindings: Bindings;
  stateDir: string;
  port: number;
  consolePort: number;
  host: string;
  /** "none": messages are sent and nobody takes them, as when ingest alone is measured. */
  consumers: "attached" | "none";
  /** Waits of queues between a failure and the next delivery, times this. */
  retryDelayScale: number;
  extraWorkers: V4WorkerOptions[];
  onLog: (log: WorkerLog) => void;
  /** workerd had died, and another one runs now. */
  onRestart: () => void;
};

/** The Workers on Miniflare, without a development server in between. Answers when they take requests. */
export async function startRuntime(options: RuntimeOptions): Promise<Miniflare> {
  await Promise.all([
    assertFree(options.host, options.port, "PORT"),
    assertFree(options.host, options.consolePort, "CONSOLE_PORT"),
  ]);
  const workers = await Promise.all(options.plans.map((plan) => workerOf(plan, options)));
  const keepSignals = guardSignals();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: options.host,
      // The doors are direct sockets; Miniflare's own front door stays on a port that nobody is told.
      port: 0,
      cf: false,
      log: new Log(LogLevel.ERROR),
      handleStructuredLogs: options.onLog,
      unsafeHandleRuntimeRestart: options.onRestart,
      // Miniflare 5 takes this one path for everything; `durableObjectsPersist` and its like are ignored.
      resourcePersistencePath: join(options.stateDir, "workers"),
      unsafeRuntimeEnv: markedFor(options.stateDir),
      telemetry: { enabled: false },
      workers: [...workers, ...options.extraWorkers],
    }),
  );
  keepSignals();
  try {
    await miniflare.ready;
    return miniflare;
  } catch (error) {
    await miniflare.dispose().catch(() => undefined);
    throw explainStart(error, options);
  }
}

/**
 * Miniflare ends this process when a signal comes, before anything else can be stopped in order. Whoever starts a stack
 * decides what a signal means; Miniflare's hook on `exit`, which ends workerd, stays.
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
  const port = plan.name === INGEST ? options.port : plan.name === CONSOLE ? options.consolePort : null;
  return {
    ...plan.options,
    name: plan.name,
    bindings: bindingsOf(plan, options.bindings),
    queueConsumers: consumersOf(plan, options),
    modules: [{ type: "ESModule", path: `${plan.name}.mjs`, contents: await bundleWorker(plan.main) }],
    modulesRoot: "/",
    rootPath: "/",
    ...(port === null ? {} : { unsafeDirectSockets: [{ host: options.host, port }] }),
  };
}

type Consumers = Exclude<NonNullable<V4WorkerOptionsShape["queueConsumers"]>, string[]>;

function consumersOf(plan: WorkerPlan, { consumers, retryDelayScale }: RuntimeOptions): Consumers {
  const given = plan.options.queueConsumers;
  if (consumers === "none" || given === undefined || Array.isArray(given)) return {};
  return Object.fromEntries(
    Object.entries(given).map(([queue, settings]) => [
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
