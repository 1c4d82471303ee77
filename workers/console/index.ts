import type { AuditRpc } from "../../shared/contracts/audit.ts";
import type { GateRpc } from "../../shared/contracts/gate.ts";
import { QUEUES, type QueueName } from "../../shared/contracts/queues.ts";
import { modeOf, requireBindings, shardCountOf } from "../../shared/core/bindings.ts";
import { secretValues } from "../../shared/core/secret-forms.ts";
import { publicKeysOf } from "../../shared/grant/keys.ts";
import { createDoor } from "../../shared/http/door.ts";
import { createLedger } from "../../shared/ledger/client/client.ts";
import { logLine } from "../../shared/queue/log.ts";
import { type Producer, producersOf } from "../../shared/queue/producers.ts";
import { createConsole, type RequestDeps } from "./app.ts";

type Ready = { console: ReturnType<typeof createConsole>; shards: number; producers: Record<QueueName, Producer> };

export default {
  fetch: createDoor({
    name: "console",
    boot,
    answer: (request, ready, env) => ready.console(request, requestDeps(ready, env)),
    log: logLine,
  }),
} satisfies ExportedHandler<ConsoleEnv>;

async function boot(env: ConsoleEnv): Promise<Ready> {
  requireBindings(env, ["LEDGER", "GATE", "AUDIT", "RECORDS", "LEDGER_SHARDS", "PROVIDER_MODE"]);
  requireBindings(env, ["CONSOLE_TOKEN", "AUDIT_PUBLIC_KEYS"]);
  return {
    console: createConsole({
      tokens: secretValues("CONSOLE_TOKEN", env),
      mode: modeOf(env),
      log: logLine,
      now: Date.now,
      auditKeys: publicKeysOf(env.AUDIT_PUBLIC_KEYS, "AUDIT"),
    }),
    shards: shardCountOf(env),
    producers: producersOf(env, QUEUES),
  };
}

function requestDeps({ shards, producers }: Ready, env: ConsoleEnv): RequestDeps {
  return {
    ledger: createLedger(env.LEDGER, shards),
    gate: env.GATE.getByName("gate") as unknown as GateRpc,
    records: env.RECORDS,
    audit: env.AUDIT.getByName("audit") as unknown as AuditRpc,
    send: async (queue, body) => {
      await producers[queue].send(body);
    },
    limiter: env.REFUSALS ?? null,
  };
}
