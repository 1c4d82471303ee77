import * as v from "valibot";
import type { GateRpc } from "../../shared/contracts/gate.ts";
import { deadLetterQueueOf, QUEUES, type QueueName } from "../../shared/contracts/queues.ts";
import { modeOf, numberOf, oncePerEnv, requireBindings, shardCountOf } from "../../shared/core/bindings.ts";
import { createHearing } from "../../shared/gate/hearing.ts";
import { createLedger } from "../../shared/ledger/client/client.ts";
import { consume } from "../../shared/queue/consume.ts";
import { alarmLine, logLine } from "../../shared/queue/log.ts";
import { keepDeadLetter } from "../../shared/records/dead-letters.ts";
import { removeOldTexts } from "../../shared/records/retention.ts";
import { createWatch } from "../../shared/records/watched.ts";
import { handleBatch } from "./handle.ts";

const settingsOf = oncePerEnv(async (env: DeadLetterEnv) => {
  requireBindings(env, ["LEDGER", "GATE", "LEDGER_SHARDS", "PROVIDER_MODE", "RECORDS", "RETENTION_DAYS"]);
  return { shards: shardCountOf(env), mode: modeOf(env), days: numberOf(env, "RETENTION_DAYS") };
});

/** What D1 last said, as far as this isolate has heard. */
const hearing = createHearing({ now: Date.now, log: logLine });
const watched = createWatch({ alarm: alarmLine, now: Date.now, hear: hearing.hear });
const gateOf = ({ GATE }: DeadLetterEnv): GateRpc => GATE.getByName("gate") as unknown as GateRpc;

export default {
  async queue(batch, env) {
    const { shards, mode } = await settingsOf(env);
    const queue = originOf(batch.queue);
    const ledger = createLedger(env.LEDGER, shards);
    const deps = { queue, ledger, mode, keep: keepDeadLetter.bind(null, watched(env.RECORDS)), now: Date.now() };
    await consume(batch, {
      queue,
      // Every message is kept, so every body is valid.
      schema: v.unknown(),
      handleBatch: (deliveries) => handleBatch(deliveries, deps),
      deadLetters: null,
      log: logLine,
    });
    await hearing.tell(gateOf(env));
  },

  /** Once a day. What one run does not reach is for the next. */
  async scheduled(_controller, env) {
    const { days } = await settingsOf(env);
    const removed = await removeOldTexts(watched(env.RECORDS), days, Date.now());
    logLine({ what: "records.texts_removed", days, ...removed });
  },
} satisfies ExportedHandler<DeadLetterEnv>;

function originOf(deadLetterQueue: string): QueueName {
  const origin = QUEUES.find((queue) => deadLetterQueueOf(queue) === deadLetterQueue);
  if (origin === undefined) throw new Error(`${deadLetterQueue} is not the dead-letter queue of any of our queues`);
  return origin;
}
