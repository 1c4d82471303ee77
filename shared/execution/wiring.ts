import type { ExecutorQueue } from "../contracts/actions.ts";
import type { GateRpc } from "../contracts/gate.ts";
import type { ProviderName } from "../contracts/provider.ts";
import { type ActionDoorbell, actionDoorbell, deadLetterQueueOf } from "../contracts/queues.ts";
import { modeOf, numberOf, oncePerEnv, requireBindings, shardCountOf } from "../core/bindings.ts";
import { createHearing } from "../gate/hearing.ts";
import { createPolicyCopy, policiesOf } from "../gate/policy-copy.ts";
import { publicKeysOf } from "../grant/keys.ts";
import { createAuthenticator, createVerifier } from "../grant/verify.ts";
import { CONSUMER_LEDGER, createLedger, type ShardNamespace } from "../ledger/client/client.ts";
import { connectionOf } from "../providers/connection.ts";
import { heardOf } from "../providers/heard.ts";
import type { Provider } from "../providers/port.ts";
import { PROVIDERS } from "../providers/registry.ts";
import { consume, type QueueBatch } from "../queue/consume.ts";
import { createRings } from "../queue/doorbells.ts";
import { alarmLine, bootOrAlarm, logLine } from "../queue/log.ts";
import { type Producer, type ProducerEnv, producersOf } from "../queue/producers.ts";
import { execute } from "./execute.ts";
import type { ExecutorDeps } from "./executor.ts";

/** The bindings of every executor's Worker, except those for its providers, which the registrations name. */
export type ExecutorEnv = {
  LEDGER: ShardNamespace;
  GATE: ShardNamespace;
  LEDGER_SHARDS: string;
  PROVIDER_MODE: string;
  PROVIDER_DEADLINE_MS: string;
  RETRY_DELAY_SCALE: string;
  GRANT_PUBLIC_KEYS: string;
  EVENTS_BATCH: Producer;
  ESCALATE: Producer;
};

/** The wiring of all executors' Workers. They differ only in their queue. */
export async function runExecutor<Queue extends ExecutorQueue>(
  batch: QueueBatch,
  env: ExecutorEnv & ProducerEnv<`${Queue}-dlq`>,
  queue: Queue,
): Promise<void> {
  const deps = await bootOrAlarm(queue, () => depsOf(env));
  const deadLetterQueue = deadLetterQueueOf(queue);
  const deadLetters = producersOf(env, [deadLetterQueue])[deadLetterQueue];
  await consume<ActionDoorbell>(batch, {
    queue,
    schema: actionDoorbell,
    handleBatch: (deliveries) => execute(deliveries, queue, deps),
    onException: async ({ body }, failure) => {
      const { disposition, delaySeconds } = await deps.ledger.failAction(body, null, failure);
      return disposition === "dead"
        ? { kind: "dead", failure }
        : { kind: "retry", reason: failure.reason, delaySeconds };
    },
    deadLetters,
    log: logLine,
  });
  await hearing.tell(gateOf(env));
}

const gateOf = ({ GATE }: ExecutorEnv): GateRpc => GATE.getByName("gate") as GateRpc;

/** What the providers last said, as far as this isolate has heard. */
const hearing = createHearing({ now: Date.now, log: logLine });

/** The policy in force, as this isolate was told. */
const copy = createPolicyCopy(Date.now, alarmLine);

const sharedDepsOf = oncePerEnv(async (env: ExecutorEnv) => {
  requireBindings(env, [
    "LEDGER",
    "GATE",
    "LEDGER_SHARDS",
    "PROVIDER_MODE",
    "PROVIDER_DEADLINE_MS",
    "RETRY_DELAY_SCALE",
    "GRANT_PUBLIC_KEYS",
    "EVENTS_BATCH",
    "ESCALATE",
  ]);
  const mode = modeOf(env);
  const providers = PROVIDERS.flatMap(({ name, executor }) => {
    const connection = executor === null ? null : connectionOf(env, executor.bindings, mode);
    return executor === null || connection === null
      ? []
      : [[name, heardOf(executor.connect(connection), hearing.hear)] as const];
  });
  if (providers.length === 0)
    throw new Error("no provider can be reached: set the API key and address of at least one");
  const publicKeys = publicKeysOf(env.GRANT_PUBLIC_KEYS);
  const byName: ReadonlyMap<ProviderName | null, Provider> = new Map(providers);
  return {
    providerOf: (name: ProviderName | null) => byName.get(name) ?? null,
    verify: await createVerifier(publicKeys),
    authenticate: await createAuthenticator(publicKeys),
  };
});

async function depsOf(env: ExecutorEnv): Promise<ExecutorDeps> {
  return {
    ...(await sharedDepsOf(env)),
    ledger: createLedger(env.LEDGER, shardCountOf(env), CONSUMER_LEDGER),
    gate: gateOf(env),
    policies: policiesOf(copy, gateOf(env)),
    rings: createRings({ "events-batch": env.EVENTS_BATCH, escalate: env.ESCALATE }, logLine),
    callMaxMs: numberOf(env, "PROVIDER_DEADLINE_MS"),
    retryDelayScale: numberOf(env, "RETRY_DELAY_SCALE"),
    now: Date.now,
    log: logLine,
    alarm: alarmLine,
  };
}
