import { fileURLToPath } from "node:url";
import type { V4WorkerOptions, V4WorkerOptionsShape } from "miniflare";
import { bundleWorker } from "../cli/stack/bundle.ts";
import { type Stack, startStack } from "../cli/stack/index.ts";
import { readWorkerPlans, type WorkerPlan } from "../cli/stack/workers.ts";
import { makeTemporary } from "../cli/temporary.ts";
import { type Server, startServer } from "./child.ts";

/** Both sides on one Miniflare, and the fixed server that answers their outside calls. */
export type Sides = {
  stack: Stack;
  outside: Server;
  oursUrl: string;
  bareUrl: string;
  /** Answers what the shards have done in SQLite since it was asked last. */
  countsUrl: string;
  stop(): Promise<void>;
};
export type Consumers = "attached" | "none";

const ACTION_QUEUES = ["refund", "retry", "authorize"] as const;
const LEDGER = "countersign-ledger";
const COMPATIBILITY = { compatibilityDate: "2026-10-20", compatibilityFlags: ["nodejs_compat"] };

/**
 * A first retry is due after 0.1 to 0.2 seconds instead of 3 to 6 hours: early enough for the run, and late enough that
 * the ledger's pump rings for it, as in production.
 */
const RETRY_DELAY_SCALE = 1e-5;

/** `sweepMs`: the heartbeat of the ledger's pump. */
export async function startSides(options: { consumers: Consumers; sweepMs: number }): Promise<Sides> {
  const { path: stateDir, remove } = await makeTemporary("bench");
  const outside = await startServer("fixed-server.ts");
  const begun: (() => Promise<void>)[] = [async () => remove(), outside.stop];
  const stop = async () => {
    for (const end of begun.splice(0).reverse()) await end();
  };
  try {
    const plans = readWorkerPlans();
    const stack = await startStack({
      stateDir,
      plans,
      stripe: { standIn: false, baseUrl: outside.url, key: "sk_test_bench", readKey: "rk_test_bench" },
      claude: { standIn: false, baseUrl: outside.url, key: "bench" },
      retryDelayScale: RETRY_DELAY_SCALE,
      vars: { SWEEP_MS: String(options.sweepMs) },
      consumers: options.consumers,
      varsByWorker: { [LEDGER]: { COUNT_SQL: "on" } },
      extraWorkers: [
        ...(await bareWorkers(plans, outside.url, options.consumers)),
        {
          name: "bench-counts",
          ...COMPATIBILITY,
          ...(await moduleOf("counts", "./counts.ts")),
          durableObjects: { LEDGER: { className: "LedgerShard", scriptName: LEDGER, useSQLite: true } },
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        },
      ],
    });
    begun.push(stack.stop);
    const bare = await stack.miniflare.unsafeGetDirectURL("bare-ingest");
    const counts = await stack.miniflare.unsafeGetDirectURL("bench-counts");
    return {
      stack,
      outside,
      oursUrl: stack.ingestUrl,
      bareUrl: bare.origin,
      countsUrl: counts.origin,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Workers on queues like ours under other names, with the settings of our wrangler.toml files. */
async function bareWorkers(plans: WorkerPlan[], outsideUrl: string, consumers: Consumers): Promise<V4WorkerOptions[]> {
  const bindings = { STRIPE_API_BASE: outsideUrl, ANTHROPIC_BASE_URL: outsideUrl };
  const consuming = (queues: readonly string[]) =>
    consumers === "none" ? {} : Object.fromEntries(queues.map((queue) => [bareQueue(queue), settingsOf(plans, queue)]));
  return [
    {
      name: "bare-ingest",
      ...COMPATIBILITY,
      ...(await moduleOf("ingest")),
      queueProducers: { EVENTS: bareQueue("events") },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    },
    {
      name: "bare-classifier",
      ...COMPATIBILITY,
      ...(await moduleOf("classifier")),
      bindings,
      queueProducers: Object.fromEntries(ACTION_QUEUES.map((queue) => [queue.toUpperCase(), bareQueue(queue)])),
      queueConsumers: consuming(["events"]),
    },
    {
      name: "bare-executor",
      ...COMPATIBILITY,
      ...(await moduleOf("executor")),
      bindings,
      queueConsumers: consuming(ACTION_QUEUES),
    },
  ];
}

const bareQueue = (queue: string): string => `bare-${queue}`;

type ConsumerSettings = Exclude<NonNullable<V4WorkerOptionsShape["queueConsumers"]>, string[]>[string];

/** Our batch size and timeout. No retries and no dead-letter queue, because the bare side stores nothing. */
export function settingsOf(plans: readonly Pick<WorkerPlan, "options">[], queue: string): ConsumerSettings {
  for (const { options } of plans) {
    const { queueConsumers } = options;
    const found = queueConsumers === undefined || Array.isArray(queueConsumers) ? undefined : queueConsumers[queue];
    if (found === undefined) continue;
    const { maxBatchSize, maxBatchTimeout } = found;
    if (maxBatchSize === undefined || maxBatchTimeout === undefined)
      throw new Error(`the queue ${queue} leaves its batches to the platform`);
    return { maxBatchSize, maxBatchTimeout, maxRetries: 0 };
  }
  throw new Error(`no Worker consumes the queue ${queue}`);
}

type BareModule = {
  modules: { type: "ESModule"; path: string; contents: string }[];
  modulesRoot: string;
  rootPath: string;
};

async function moduleOf(name: string, path = `bare/${name}.ts`): Promise<BareModule> {
  const contents = await bundleWorker(fileURLToPath(new URL(path, import.meta.url)));
  return { modules: [{ type: "ESModule", path: `bare-${name}.mjs`, contents }], modulesRoot: "/", rootPath: "/" };
}
