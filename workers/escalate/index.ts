import type { GateRpc } from "../../shared/contracts/gate.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import { escalateDoorbell } from "../../shared/contracts/queues.ts";
import { oncePerEnv, requireBindings, shardCountOf } from "../../shared/core/bindings.ts";
import { createHearing } from "../../shared/gate/hearing.ts";
import { createLedger } from "../../shared/ledger/client/client.ts";
import { consume } from "../../shared/queue/consume.ts";
import { alarmLine, logLine } from "../../shared/queue/log.ts";
import { keepAnswer } from "../../shared/records/case-work.ts";
import { openCase } from "../../shared/records/cases.ts";
import { closeInformation, openInformation } from "../../shared/records/information.ts";
import { createWatch } from "../../shared/records/watched.ts";
import type { AnswerDeps } from "./answers.ts";
import { handleDoorbells } from "./batch.ts";
import type { EscalateDeps } from "./handle.ts";
import type { NoticeDeps } from "./notice.ts";

const settingsOf = oncePerEnv(async (env: EscalateEnv) => {
  requireBindings(env, ["LEDGER", "GATE", "LEDGER_SHARDS", "RECORDS", "ESCALATE_DLQ"]);
  return { shards: shardCountOf(env) };
});

/** What D1 last said, as far as this isolate has heard. */
const hearing = createHearing({ now: Date.now, log: logLine });
const watched = createWatch({ alarm: alarmLine, now: Date.now, hear: hearing.hear });
const gateOf = ({ GATE }: EscalateEnv): GateRpc => GATE.getByName("gate") as unknown as GateRpc;

const depsOf = ({ RECORDS }: EscalateEnv, ledger: Ledger, now: number): EscalateDeps & NoticeDeps & AnswerDeps => ({
  ledger,
  openCase: (opening) => openCase(watched(RECORDS), opening),
  openInformation: (opening) => openInformation(watched(RECORDS), opening),
  closeInformation: (id, until) => closeInformation(watched(RECORDS), id, until, now),
  keepAnswer: (id, event) => keepAnswer(watched(RECORDS), id, event),
  policy: null,
  alarm: alarmLine,
  now,
});

export default {
  async queue(batch, env) {
    const { shards } = await settingsOf(env);
    const ledger = createLedger(env.LEDGER, shards);
    await consume(batch, {
      queue: "escalate",
      schema: escalateDoorbell,
      handleBatch: (deliveries) => handleDoorbells(deliveries, depsOf(env, ledger, Date.now())),
      deadLetters: env.ESCALATE_DLQ,
      log: logLine,
    });
    await hearing.tell(gateOf(env));
  },
} satisfies ExportedHandler<EscalateEnv>;
