import type { GateRpc } from "../contracts/gate.ts";
import { type ActionDoorbell, actionDoorbell, type DeadMessage } from "../contracts/queues.ts";
import { oncePerEnv, requireBindings } from "../core/bindings.ts";
import type { Mode } from "../core/ids.ts";
import { createVerifier, type PublicKey } from "../grant/grant.ts";
import { CONSUMER_LEDGER, createLedger, type ShardNamespace } from "../ledger/client/client.ts";
import { createStripeProvider } from "../providers/stripe/adapter.ts";
import { consume, type QueueBatch } from "../queue/consume.ts";
import { createRings } from "../queue/doorbells.ts";
import { logLine } from "../queue/log.ts";
import type { Producer } from "../queue/producers.ts";
import { execute } from "./execute.ts";
import type { ExecutionDeps, Executor } from "./executor.ts";

/** What every executor's Worker is bound to. */
export type ExecutorEnv = {
  LEDGER: ShardNamespace;
  GATE: ShardNamespace;
  LEDGER_SHARDS: string;
  PROVIDER_MODE: string;
  STRIPE_API_BASE: string;
  PROVIDER_DEADLINE_MS: string;
  STRIPE_SECRET_KEY: string;
  GRANT_PUBLIC_KEYS: string;
  EVENTS: Producer;
  ESCALATE: Producer;
};

type Lane = { queue: "refund" | "retry" | "authorize"; deadLetters: { send(body: DeadMessage): Promise<unknown> } };

/** The wiring that all executors share; they differ in their queue and their `Executor`. */
export async function runExecutor<Read>(
  batch: QueueBatch,
  env: ExecutorEnv,
  lane: Lane,
  executor: Executor<Read>,
): Promise<void> {
  const deps = await depsOf(env);
  await consume<ActionDoorbell>(batch, {
    queue: lane.queue,
    schema: actionDoorbell,
    handleBatch: (deliveries) => execute(deliveries, executor, deps),
    onException: async ({ body }, failure) => {
      const { disposition, delaySeconds } = await deps.ledger.failAction(body, null, failure);
      return disposition === "dead"
        ? { kind: "dead", failure }
        : { kind: "retry", reason: failure.reason, delaySeconds };
    },
    deadLetters: lane.deadLetters,
    log: logLine,
  });
}

const lastingOf = oncePerEnv(async (env: ExecutorEnv) => {
  requireBindings(env, [
    "LEDGER",
    "GATE",
    "LEDGER_SHARDS",
    "PROVIDER_MODE",
    "STRIPE_API_BASE",
    "PROVIDER_DEADLINE_MS",
    "STRIPE_SECRET_KEY",
    "GRANT_PUBLIC_KEYS",
  ]);
  const { STRIPE_SECRET_KEY: apiKey, STRIPE_API_BASE: baseUrl, PROVIDER_MODE: mode } = env;
  return {
    provider: createStripeProvider({ apiKey, baseUrl, mode: mode as Mode }),
    verify: await createVerifier(JSON.parse(env.GRANT_PUBLIC_KEYS) as PublicKey[]),
  };
});

async function depsOf(env: ExecutorEnv): Promise<ExecutionDeps> {
  return {
    ...(await lastingOf(env)),
    ledger: createLedger(env.LEDGER, Number(env.LEDGER_SHARDS), CONSUMER_LEDGER),
    gate: env.GATE.getByName("gate") as GateRpc,
    rings: createRings({ events: env.EVENTS, escalate: env.ESCALATE }, logLine),
    callMaxMs: Number(env.PROVIDER_DEADLINE_MS),
    now: Date.now,
    alarm: (line) => console.error(JSON.stringify({ alarm: true, ...line })),
  };
}
