import type { Lane } from "../../shared/contracts/event.ts";
import type { GateRpc } from "../../shared/contracts/gate.ts";
import type { EventDoorbell } from "../../shared/contracts/queues.ts";
import { modeOf, requireBindings, shardCountOf } from "../../shared/core/bindings.ts";
import { secretCallers, secretValues } from "../../shared/core/secret-forms.ts";
import { sleep } from "../../shared/core/time.ts";
import { createDoor } from "../../shared/http/door.ts";
import { createLedger } from "../../shared/ledger/client/client.ts";
import { WEBHOOKS } from "../../shared/providers/registry.ts";
import { logLine } from "../../shared/queue/log.ts";
import { type Producer, producersOf, sendInBatches } from "../../shared/queue/producers.ts";
import type { RequestDeps } from "./deps.ts";
import { createIngest } from "./handle.ts";
import { SUBREQUESTS } from "./limits.ts";
import { createCollector } from "./ring.ts";

type Ready = { ingest: ReturnType<typeof createIngest>; shards: number; producers: Record<Lane, Producer> };
const collector = createCollector();

export default {
  fetch: createDoor({
    name: "ingest",
    boot,
    answer: (request, ready, env, context) => ready.ingest(request, requestDeps(ready, env, context)),
    log: logLine,
  }),
} satisfies ExportedHandler<IngestEnv>;

/** The bindings of the webhooks' secrets, from their registrations. A test checks that wrangler.toml has them. */
const WEBHOOK_SECRETS = Object.values(WEBHOOKS).map(({ secret }) => secret as keyof IngestEnv);

/** An empty secret disables its endpoint; a missing one is an error. */
async function boot(env: IngestEnv): Promise<Ready> {
  requireBindings(
    env,
    ["LEDGER", "GATE", "LEDGER_SHARDS", "PROVIDER_MODE", "EVENTS", "EVENTS_BATCH"],
    [...WEBHOOK_SECRETS, "INGEST_KEY", "READ_KEY", "CONTENT_HASH_KEY"],
  );
  const producers = producersOf(env, ["events", "events-batch"]);
  const shards = shardCountOf(env);
  return {
    ingest: createIngest({
      mode: modeOf(env),
      shards,
      subrequests: SUBREQUESTS,
      secrets: {
        webhooks: Object.fromEntries(WEBHOOK_SECRETS.map((name) => [name, String(env[name])])),
        ingestKeys: secretCallers("INGEST_KEY", env),
        readKeys: secretValues("READ_KEY", env),
        contentHashKeys: secretValues("CONTENT_HASH_KEY", env),
      },
      now: Date.now,
      sleep,
      log: logLine,
    }),
    shards,
    producers: { live: producers.events, batch: producers["events-batch"] },
  };
}

function requestDeps(
  { shards, producers }: Ready,
  env: IngestEnv,
  context: Pick<ExecutionContext, "waitUntil">,
): RequestDeps {
  const collecting = {
    send: (lane: Lane, doorbells: EventDoorbell[]) => sendOrLog(producers[lane], lane, doorbells),
    now: Date.now,
    sleep,
    waitUntil: (work: Promise<void>) => context.waitUntil(work),
  };
  const gate = env.GATE.getByName("gate") as unknown as GateRpc;
  return {
    ledger: createLedger(env.LEDGER, shards),
    gate: { heard: () => gate.heard(), spoilt: (version) => gate.spoilt(version) },
    ring: (lane, doorbells) => collector.ring(lane, doorbells, collecting),
    limiter: env.REFUSALS ?? null,
  };
}

/** A failed queue is only logged: the ledger's pump rings again. */
async function sendOrLog(producer: Producer, lane: Lane, doorbells: EventDoorbell[]): Promise<void> {
  try {
    await sendInBatches(producer, doorbells);
  } catch (error) {
    logLine({ what: "ingest.ring_failed", lane, events: doorbells.length, error: String(error) });
  }
}
