import { createClaude } from "../../shared/agents/run.ts";
import { decisionDoorbell } from "../../shared/contracts/queues.ts";
import { oncePerEnv, requireBindings } from "../../shared/core/bindings.ts";
import { createLimiter, OUTSIDE_CALLS_AT_ONCE } from "../../shared/core/concurrency.ts";
import type { Mode } from "../../shared/core/ids.ts";
import type { ClassifierDeps } from "../../shared/decision/deps.ts";
import { createLookups } from "../../shared/decision/lookups.ts";
import { createSigner, type SigningKey } from "../../shared/grant/grant.ts";
import { CONSUMER_LEDGER, createLedger } from "../../shared/ledger/client/client.ts";
import { providerNameOf } from "../../shared/providers/registry.ts";
import { createStripeReader } from "../../shared/providers/stripe/reader.ts";
import { consume } from "../../shared/queue/consume.ts";
import { createRings } from "../../shared/queue/doorbells.ts";
import { logLine } from "../../shared/queue/log.ts";
import { handleBatch } from "./handle.ts";

export default {
  async queue(batch: MessageBatch, env: ClassifierEnv): Promise<void> {
    const deps = await depsOf(env);
    const isBatchLane = batch.queue === "events-batch";
    await consume(batch, {
      queue: isBatchLane ? "events-batch" : "events",
      schema: decisionDoorbell,
      handleBatch: (deliveries) => handleBatch(deliveries, deps),
      onException: async ({ body }, failure) => {
        if (body.kind === "regrant") return { kind: "retry", reason: failure.reason, delaySeconds: 10 };
        const { disposition, delaySeconds } = await deps.ledger.failEvent(body.id, failure);
        return disposition === "dead"
          ? { kind: "dead", failure }
          : { kind: "retry", reason: failure.reason, delaySeconds };
      },
      deadLetters: isBatchLane ? env.EVENTS_BATCH_DLQ : env.EVENTS_DLQ,
      log: logLine,
    });
  },
} satisfies ExportedHandler<ClassifierEnv>;

const lastingOf = oncePerEnv(async (env: ClassifierEnv) => {
  requireBindings(env, [
    "LEDGER",
    "LEDGER_SHARDS",
    "PROVIDER_MODE",
    "STRIPE_API_BASE",
    "STRIPE_READ_KEY",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "CLAUDE_DEADLINE_MS",
    "GRANT_SIGNING_KEY",
  ]);
  const mode = env.PROVIDER_MODE as Mode;
  return {
    mode,
    stripe: createStripeReader({ apiKey: env.STRIPE_READ_KEY, baseUrl: env.STRIPE_API_BASE, mode }),
    claude: createClaude({
      apiKey: env.ANTHROPIC_API_KEY,
      baseUrl: env.ANTHROPIC_BASE_URL,
      deadlineMs: Number(env.CLAUDE_DEADLINE_MS),
    }),
    sign: await createSigner(JSON.parse(env.GRANT_SIGNING_KEY) as SigningKey),
  };
});

async function depsOf(env: ClassifierEnv): Promise<ClassifierDeps> {
  const { stripe, ...lasting } = await lastingOf(env);
  const outside = createLimiter(OUTSIDE_CALLS_AT_ONCE);
  const lookups = createLookups(stripe, outside);
  return {
    ...lasting,
    ledger: createLedger(env.LEDGER, Number(env.LEDGER_SHARDS), CONSUMER_LEDGER),
    readerOf: (eventId) => (providerNameOf(eventId) === "stripe" ? lookups : null),
    outside,
    rings: createRings(
      { refund: env.REFUND, retry: env.RETRY, authorize: env.AUTHORIZE, escalate: env.ESCALATE, events: env.EVENTS },
      logLine,
    ),
    retryDelayScale: Number(env.RETRY_DELAY_SCALE),
    now: Date.now,
  };
}
