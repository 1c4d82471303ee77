import type { GateRpc } from "../../shared/contracts/gate.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import { escalateDoorbell } from "../../shared/contracts/queues.ts";
import { oncePerEnv, requireBindings, shardCountOf } from "../../shared/core/bindings.ts";
import { createHearing } from "../../shared/gate/hearing.ts";
import { createPolicyCopy } from "../../shared/gate/policy-copy.ts";
import { createLedger } from "../../shared/ledger/client/client.ts";
import { consume } from "../../shared/queue/consume.ts";
import { alarmLine, logLine } from "../../shared/queue/log.ts";
import {
  approvedAfterAll,
  bringBack,
  casesToLookAt,
  casesToPlace,
  closeByPolicy,
  lookedAt,
  placeCase,
} from "../../shared/records/case-due.ts";
import { keepAnswer } from "../../shared/records/case-work.ts";
import { openCase } from "../../shared/records/cases.ts";
import { closeInformation, openInformation } from "../../shared/records/information.ts";
import { type PlacingPolicy, placingPolicyOf } from "../../shared/records/place.ts";
import { createWatch } from "../../shared/records/watched.ts";
import type { AnswerDeps } from "./answers.ts";
import { approvalOf } from "./approval-stands.ts";
import { handleDoorbells } from "./batch.ts";
import { type DueDeps, lookAtCases } from "./due.ts";
import type { EscalateDeps } from "./handle.ts";
import type { NoticeDeps } from "./notice.ts";
import { policyCloses } from "./policy-closes.ts";

const settingsOf = oncePerEnv(async (env: EscalateEnv) => {
  requireBindings(env, ["LEDGER", "GATE", "LEDGER_SHARDS", "RECORDS", "ESCALATE_DLQ"]);
  return { shards: shardCountOf(env) };
});

/** What D1 last said, as far as this isolate has heard. */
const hearing = createHearing({ now: Date.now, log: logLine });
const watched = createWatch({ alarm: alarmLine, now: Date.now, hear: hearing.hear });
const gateOf = ({ GATE }: EscalateEnv): GateRpc => GATE.getByName("gate") as unknown as GateRpc;

const policyCopy = createPolicyCopy(Date.now, alarmLine);
/** What places cases; null while the gate does not say which policy is in force. */
async function placingPolicy(env: EscalateEnv): Promise<PlacingPolicy | null> {
  const told = await policyCopy.current(gateOf(env));
  return told.ok ? placingPolicyOf(told.value) : null;
}

const depsOf = (
  { RECORDS }: EscalateEnv,
  ledger: Ledger,
  policy: PlacingPolicy | null,
  now: number,
): EscalateDeps & NoticeDeps & AnswerDeps => ({
  ledger,
  openCase: (opening) => openCase(watched(RECORDS), opening),
  openInformation: (opening) => openInformation(watched(RECORDS), opening),
  closeInformation: (id, until) => closeInformation(watched(RECORDS), id, until, now),
  keepAnswer: (id, event, at) => keepAnswer(watched(RECORDS), id, event, at),
  policy,
  alarm: alarmLine,
  now,
});

function dueDepsOf({ RECORDS }: EscalateEnv, ledger: Ledger, policy: PlacingPolicy, now: number): DueDeps {
  const records = watched(RECORDS);
  const closeInRecords = (id: string, closing: { code: string; round: number }) =>
    closeByPolicy(records, id, closing, now);
  return {
    policy,
    toPlace: (version, limit) => casesToPlace(records, version, limit),
    place: (row, placing) => placeCase(records, row, placing),
    eventOf: async ({ eventId }) => (await ledger.eventView(eventId))?.event ?? null,
    toLookAt: (limit) => casesToLookAt(records, now, limit),
    lookedAt: (row, change) => lookedAt(records, row, change),
    approvalOf: (row) => approvalOf(row, ledger),
    bringBack: (row, lookAt) => bringBack(records, row, lookAt),
    approvedAfterAll: (row) => approvedAfterAll(records, row, now),
    close: (row, code) => policyCloses(row, code, { ledger, closeInRecords }),
    alarm: alarmLine,
    log: logLine,
    now,
  };
}

export default {
  async queue(batch, env) {
    const { shards } = await settingsOf(env);
    const ledger = createLedger(env.LEDGER, shards);
    const policy = await placingPolicy(env);
    await consume(batch, {
      queue: "escalate",
      schema: escalateDoorbell,
      handleBatch: (deliveries) => handleDoorbells(deliveries, depsOf(env, ledger, policy, Date.now())),
      deadLetters: env.ESCALATE_DLQ,
      log: logLine,
    });
    await hearing.tell(gateOf(env));
  },

  /** Every minute. What one run does not reach is for the next. */
  async scheduled(_controller, env) {
    const { shards } = await settingsOf(env);
    const policy = await placingPolicy(env);
    if (policy === null)
      return logLine({ what: "cases.not_looked_at", why: "the gate does not say which policy is in force" });
    const looked = await lookAtCases(dueDepsOf(env, createLedger(env.LEDGER, shards), policy, Date.now()));
    if (Object.values(looked).some((count) => count > 0)) logLine({ what: "cases.looked_at", ...looked });
  },
} satisfies ExportedHandler<EscalateEnv>;
