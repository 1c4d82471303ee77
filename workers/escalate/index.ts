import { actionDoorbell } from "../../shared/contracts/queues.ts";
import { oncePerEnv, requireBindings, shardCountOf } from "../../shared/core/bindings.ts";
import { createLedger } from "../../shared/ledger/client/client.ts";
import { consume } from "../../shared/queue/consume.ts";
import { alarmLine, logLine } from "../../shared/queue/log.ts";
import { openCase } from "../../shared/records/cases.ts";
import { createWatch } from "../../shared/records/watched.ts";
import { handleBatch } from "./handle.ts";

const settingsOf = oncePerEnv(async (env: EscalateEnv) => {
  requireBindings(env, ["LEDGER", "LEDGER_SHARDS", "RECORDS", "ESCALATE_DLQ"]);
  return { shards: shardCountOf(env) };
});

const watched = createWatch({ alarm: alarmLine, now: Date.now });

export default {
  async queue(batch, env) {
    const { shards } = await settingsOf(env);
    const ledger = createLedger(env.LEDGER, shards);
    await consume(batch, {
      queue: "escalate",
      schema: actionDoorbell,
      handleBatch: (deliveries) =>
        handleBatch(deliveries, {
          ledger,
          openCase: (opening) => openCase(watched(env.RECORDS), opening),
          now: Date.now(),
        }),
      deadLetters: env.ESCALATE_DLQ,
      log: logLine,
    });
  },
} satisfies ExportedHandler<EscalateEnv>;
