import type { GateRpc } from "../../shared/contracts/gate.ts";
import type { QueueName } from "../../shared/contracts/queues.ts";
import type { Mode } from "../../shared/core/ids.ts";
import { sleep } from "../../shared/core/time.ts";
import { answerAndDrain } from "../../shared/http/drain.ts";
import { createLedger } from "../../shared/ledger/client/client.ts";
import { logLine } from "../../shared/queue/log.ts";
import { createConsole } from "./app.ts";

export default {
  async fetch(request, env, context) {
    const queues: Record<QueueName, Queue> = {
      events: env.EVENTS,
      "events-batch": env.EVENTS_BATCH,
      refund: env.REFUND,
      retry: env.RETRY,
      authorize: env.AUTHORIZE,
      escalate: env.ESCALATE,
    };
    const app = createConsole({
      token: env.CONSOLE_TOKEN,
      ledger: createLedger(env.LEDGER, Number(env.LEDGER_SHARDS)),
      gate: env.GATE.getByName("gate") as unknown as GateRpc,
      mode: env.PROVIDER_MODE as Mode,
      records: env.RECORDS,
      send: async (queue, body) => {
        await queues[queue].send(body);
      },
      log: logLine,
      now: Date.now,
    });
    const response = await app.fetch(request);
    return await answerAndDrain(request, response, { sleep, waitUntil: (work) => context.waitUntil(work) });
  },
} satisfies ExportedHandler<ConsoleEnv>;
