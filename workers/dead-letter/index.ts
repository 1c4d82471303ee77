import * as v from "valibot";
import { QUEUES, type QueueName } from "../../shared/contracts/queues.ts";
import { createLedger } from "../../shared/ledger/client/client.ts";
import { consume } from "../../shared/queue/consume.ts";
import { logLine } from "../../shared/queue/log.ts";
import { keepDeadLetter } from "../../shared/records/dead-letters.ts";
import { handleBatch } from "./handle.ts";

export default {
  async queue(batch, env) {
    const queue = originOf(batch.queue);
    const ledger = createLedger(env.LEDGER, Number(env.LEDGER_SHARDS));
    const deps = { queue, ledger, keep: keepDeadLetter.bind(null, env.RECORDS), now: Date.now() };
    await consume(batch, {
      queue,
      // Whatever comes is kept: here nothing is malformed.
      schema: v.unknown(),
      handleBatch: (deliveries) => handleBatch(deliveries, deps),
      deadLetters: null,
      log: logLine,
    });
  },
} satisfies ExportedHandler<DeadLetterEnv>;

function originOf(deadLetterQueue: string): QueueName {
  const origin = QUEUES.find((queue) => `${queue}-dlq` === deadLetterQueue);
  if (origin === undefined) throw new Error(`${deadLetterQueue} is not the dead-letter queue of any of our queues`);
  return origin;
}
