import type { Lane } from "../../shared/contracts/event.ts";
import type { EventDoorbell } from "../../shared/contracts/queues.ts";
import { sleep } from "../../shared/core/time.ts";
import { answerAndDrain } from "../../shared/http/drain.ts";
import { problem } from "../../shared/http/problem.ts";
import { createLedger } from "../../shared/ledger/client/client.ts";
import { logLine } from "../../shared/queue/log.ts";
import type { RequestDeps, Settings } from "./deps.ts";
import { createIngest } from "./handle.ts";
import { type CollectorDeps, createCollector, sendInBatches } from "./ring.ts";

type Ready = { answer: ReturnType<typeof createIngest>; shards: number };
let ready: Ready | null = null;
const collector = createCollector();

export default {
  async fetch(request: Request, env: IngestEnv, context: ExecutionContext): Promise<Response> {
    try {
      ready ??= prepare(env);
    } catch (error) {
      logLine({ what: "ingest.misconfigured", error: String(error) });
      return problem(500, "This deployment is not configured. Its log names the missing binding.");
    }
    const response = await ready.answer(request, requestDeps(env, context, ready.shards));
    if (response.ok) return response;
    return answerAndDrain(request, response, { sleep, waitUntil: (work) => context.waitUntil(work) });
  },
} satisfies ExportedHandler<IngestEnv>;

/** Looks at every binding once. The error names the one that is missing. */
function prepare(env: IngestEnv): Ready {
  const shards = Number(env.LEDGER_SHARDS);
  if (!Number.isInteger(shards) || shards < 1) throw new Error("LEDGER_SHARDS must be a whole number of at least 1");
  const mode: string = env.PROVIDER_MODE;
  if (mode !== "live" && mode !== "test") throw new Error("PROVIDER_MODE must be live or test");
  for (const name of ["LEDGER", "EVENTS", "EVENTS_BATCH"] as const) {
    if (!env[name]) throw new Error(`the binding ${name} is missing: see wrangler.toml`);
  }
  const settings: Settings = {
    mode,
    secrets: {
      stripeWebhookSecret: secret(env, "STRIPE_WEBHOOK_SECRET"),
      standardWebhookSecret: secret(env, "STANDARD_WEBHOOK_SECRET"),
      adyenHmacKey: secret(env, "ADYEN_HMAC_KEY"),
      ingestKey: secret(env, "INGEST_KEY"),
      readKey: secret(env, "READ_KEY"),
    },
    now: () => Date.now(),
    sleep,
    log: logLine,
  };
  return { answer: createIngest(settings), shards };
}

type SecretName = "STRIPE_WEBHOOK_SECRET" | "STANDARD_WEBHOOK_SECRET" | "ADYEN_HMAC_KEY" | "INGEST_KEY" | "READ_KEY";

/** An empty secret closes its door; a missing one is a mistake. */
function secret(env: IngestEnv, name: SecretName): string {
  const value: unknown = env[name];
  if (typeof value !== "string") throw new Error(`the secret ${name} is missing: npx wrangler secret put ${name}`);
  return value;
}

function requestDeps(env: IngestEnv, context: ExecutionContext, shards: number): RequestDeps {
  const queues: Record<Lane, Queue> = { live: env.EVENTS, batch: env.EVENTS_BATCH };
  const collecting: CollectorDeps = {
    send: (lane, doorbells) => sendOrLog(queues[lane], lane, doorbells),
    now: () => Date.now(),
    sleep,
    waitUntil: (work) => context.waitUntil(work),
  };
  return {
    ledger: createLedger(env.LEDGER, shards),
    ring: (lane, doorbells) => collector.ring(lane, doorbells, collecting),
  };
}

/** A queue that fails changes nothing: the ledger's pump rings for what is overdue. */
async function sendOrLog(queue: Queue, lane: Lane, doorbells: EventDoorbell[]): Promise<void> {
  try {
    await sendInBatches(queue, doorbells);
  } catch (error) {
    logLine({ what: "ingest.ring_failed", lane, events: doorbells.length, error: String(error) });
  }
}
