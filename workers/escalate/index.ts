import { actionDoorbell } from "../../shared/contracts/queues.ts";
import { createLedger } from "../../shared/ledger/client/client.ts";
import { consume } from "../../shared/queue/consume.ts";
import { logLine } from "../../shared/queue/log.ts";
import { openCase } from "../../shared/records/cases.ts";
import { handleBatch } from "./handle.ts";

export default {
  async queue(batch, env) {
    const ledger = createLedger(env.LEDGER, Number(env.LEDGER_SHARDS));
    await consume(batch, {
      queue: "escalate",
      schema: actionDoorbell,
      handleBatch: (deliveries) =>
        handleBatch(deliveries, { ledger, openCase: (opening) => openCase(env.RECORDS, opening), now: Date.now() }),
      deadLetters: env.ESCALATE_DLQ,
      log: logLine,
    });
  },
} satisfies ExportedHandler<EscalateEnv>;
