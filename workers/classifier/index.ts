import { createClaude } from "../../shared/agents/run.ts";
import { EXECUTOR_QUEUES } from "../../shared/contracts/actions.ts";
import type { GateRpc } from "../../shared/contracts/gate.ts";
import { decisionDoorbell } from "../../shared/contracts/queues.ts";
import { modeOf, numberOf, oncePerEnv, requireBindings, shardCountOf } from "../../shared/core/bindings.ts";
import { createLimiter, OUTSIDE_CALLS_AT_ONCE } from "../../shared/core/concurrency.ts";
import { secretValue } from "../../shared/core/secret-forms.ts";
import type { DecisionDeps } from "../../shared/decision/deps.ts";
import { createLookups } from "../../shared/decision/lookups.ts";
import { createHearing } from "../../shared/gate/hearing.ts";
import { createPolicyCopy, policiesOf } from "../../shared/gate/policy-copy.ts";
import { createApprovalVerifier } from "../../shared/grant/approval.ts";
import { publicKeysOf, requireKeysApart, requireOwnKey, signingKeyOf } from "../../shared/grant/keys.ts";
import { createSigner } from "../../shared/grant/sign.ts";
import { createAuthenticator } from "../../shared/grant/verify.ts";
import { CONSUMER_LEDGER, createLedger } from "../../shared/ledger/client/client.ts";
import { connectionOf } from "../../shared/providers/connection.ts";
import { heardOf } from "../../shared/providers/heard.ts";
import { PROVIDERS, providerOfEvent } from "../../shared/providers/registry.ts";
import { consume } from "../../shared/queue/consume.ts";
import { createRings } from "../../shared/queue/doorbells.ts";
import { alarmLine, bootOrAlarm, logLine } from "../../shared/queue/log.ts";
import { producersOf } from "../../shared/queue/producers.ts";
import { handleUnderPolicy } from "./under-policy.ts";

export default {
  async queue(batch: MessageBatch, env: ClassifierEnv): Promise<void> {
    const deps = await bootOrAlarm("classifier", () => depsOf(env));
    const isBatchLane = batch.queue === "events-batch";
    await consume(batch, {
      queue: isBatchLane ? "events-batch" : "events",
      schema: decisionDoorbell,
      handleBatch: (deliveries) => handleUnderPolicy(deliveries, policiesOf(copy, gateOf(env)), deps),
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
    await hearing.tell(gateOf(env));
  },
} satisfies ExportedHandler<ClassifierEnv>;

const gateOf = ({ GATE }: ClassifierEnv): GateRpc => GATE.getByName("gate") as unknown as GateRpc;

/** What Claude and the providers last said, as far as this isolate has heard. */
const hearing = createHearing({ now: Date.now, log: logLine });

/** The policy in force, as this isolate was told. */
const copy = createPolicyCopy(Date.now, alarmLine);

const sharedDepsOf = oncePerEnv(async (env: ClassifierEnv) => {
  requireBindings(env, [
    "LEDGER",
    "GATE",
    "LEDGER_SHARDS",
    "PROVIDER_MODE",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "CLAUDE_DEADLINE_MS",
    "RETRY_DELAY_SCALE",
    "GRANT_SIGNING_KEY",
    "GRANT_PUBLIC_KEYS",
    "APPROVAL_PUBLIC_KEYS",
  ]);
  const mode = modeOf(env);
  const signingKey = signingKeyOf(env.GRANT_SIGNING_KEY);
  const publicKeys = publicKeysOf(env.GRANT_PUBLIC_KEYS);
  requireOwnKey(signingKey, publicKeys);
  const approvalKeys = publicKeysOf(env.APPROVAL_PUBLIC_KEYS, "APPROVAL");
  requireKeysApart(publicKeys, approvalKeys);
  const readers = PROVIDERS.flatMap((provider) => {
    const connection = provider.reader === null ? null : connectionOf(env, provider.reader.bindings, mode);
    return provider.reader === null || connection === null
      ? []
      : [{ provider, reader: heardOf(provider.reader.connect(connection), hearing.hear) }];
  });
  return {
    mode,
    readers,
    claude: createClaude({
      apiKey: secretValue("ANTHROPIC_API_KEY", env),
      baseUrl: env.ANTHROPIC_BASE_URL,
      deadlineMs: numberOf(env, "CLAUDE_DEADLINE_MS"),
      hear: hearing.hear,
    }),
    sign: await createSigner(signingKey),
    authenticate: await createAuthenticator(publicKeys),
    verifyApproval: await createApprovalVerifier(approvalKeys),
  };
});

/** The queues that a decision rings: the executors', the one that opens cases, and `events` for a grant. */
const RING_QUEUES = ["events", ...EXECUTOR_QUEUES, "escalate"] as const;

async function depsOf(env: ClassifierEnv): Promise<Omit<DecisionDeps, "policy">> {
  const { readers, ...shared } = await sharedDepsOf(env);
  const outside = createLimiter(OUTSIDE_CALLS_AT_ONCE);
  const readerByName = new Map(readers.map((one) => [one.provider.name, one]));
  return {
    ...shared,
    ledger: createLedger(env.LEDGER, shardCountOf(env), CONSUMER_LEDGER),
    gate: gateOf(env),
    alarm: alarmLine,
    lookupsOf: (eventId, account) => {
      const found = readerByName.get(providerOfEvent(eventId)?.name ?? "");
      return found === undefined ? null : createLookups(found.reader, found.provider, outside, account);
    },
    outside,
    rings: createRings(producersOf(env, RING_QUEUES), logLine),
    retryDelayScale: numberOf(env, "RETRY_DELAY_SCALE"),
    now: Date.now,
  };
}
