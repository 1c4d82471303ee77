import { createRemoteJWKSet } from "jose";
import type { AuditRpc } from "../../shared/contracts/audit.ts";
import type { GateRpc } from "../../shared/contracts/gate.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import { QUEUES, type QueueName } from "../../shared/contracts/queues.ts";
import { modeOf, requireBindings, shardCountOf } from "../../shared/core/bindings.ts";
import { type Who, whoOf } from "../../shared/core/who.ts";
import { createApprovalSigner, createYesProver } from "../../shared/grant/approval.ts";
import { publicKeysOf, requireOwnKey, signingKeyOf } from "../../shared/grant/keys.ts";
import { createPeopleProofs } from "../../shared/grant/person.ts";
import { createDoor } from "../../shared/http/door.ts";
import { createLedger } from "../../shared/ledger/client/client.ts";
import { alarmLine, logLine } from "../../shared/queue/log.ts";
import { type Producer, producersOf } from "../../shared/queue/producers.ts";
import { appendToAudit } from "../../shared/records/acts/audit.ts";
import type { ActEvent } from "../../shared/records/acts/record.ts";
import { createConsole, type RequestDeps, type Settings } from "./app.ts";
import { recordReleases } from "./policy/releases.ts";

type Ready = { console: ReturnType<typeof createConsole>; shards: number; producers: Record<QueueName, Producer> };

export default {
  fetch: createDoor({
    name: "console",
    boot,
    answer: (request, ready, env) => ready.console(request, requestDeps(ready, env)),
    log: logLine,
  }),

  /** What a release has published by itself is recorded by the first console that comes by. */
  async scheduled(_controller, env) {
    try {
      const deps = depsOf(env, createLedger(env.LEDGER, shardCountOf(env)));
      publicationsSeen = await recordReleases(publicationsSeen, { ...deps, mode: modeOf(env) });
    } catch (error) {
      logLine({ what: "policy.release_not_recorded", error: String(error) });
    }
  },
} satisfies ExportedHandler<ConsoleEnv>;

/** By this isolate, which asks for no more than is new. */
let publicationsSeen = 0;

async function boot(env: ConsoleEnv): Promise<Ready> {
  requireBindings(env, [
    "LEDGER",
    "GATE",
    "AUDIT",
    "RECORDS",
    "LEDGER_SHARDS",
    "PROVIDER_MODE",
    "AUDIT_PUBLIC_KEYS",
    "APPROVAL_SIGNING_KEY",
    "APPROVAL_PUBLIC_KEYS",
  ]);
  const who = whoOf(env);
  if (!who.ok) throw new Error(who.error);
  const approvalKey = signingKeyOf(env.APPROVAL_SIGNING_KEY, "APPROVAL");
  const approvalKeys = publicKeysOf(env.APPROVAL_PUBLIC_KEYS, "APPROVAL");
  requireOwnKey(approvalKey, approvalKeys, "APPROVAL");
  return {
    console: createConsole({
      ...peopleOf(who.value),
      mode: modeOf(env),
      log: logLine,
      now: Date.now,
      auditKeys: publicKeysOf(env.AUDIT_PUBLIC_KEYS, "AUDIT"),
      signApproval: await createApprovalSigner(approvalKey),
      proveYes: await createYesProver(approvalKey),
      people: await createPeopleProofs(approvalKey, approvalKeys),
      alarm: alarmLine,
    }),
    shards: shardCountOf(env),
    producers: producersOf(env, QUEUES),
  };
}

/** How long a set of keys is good, and how soon an unknown key may be looked for again. */
const KEYS = { cacheMaxAge: 600_000, cooldownDuration: 30_000, timeoutDuration: 5_000 };

function peopleOf(who: Who): Pick<Settings, "tokens" | "access" | "firstAdmin"> {
  if (who.kind === "local") return { tokens: who.tokens, access: null, firstAdmin: who.first };
  const { issuer, audience, first } = who;
  const keys = createRemoteJWKSet(new URL(`${issuer}/cdn-cgi/access/certs`), KEYS);
  return { tokens: [], access: { issuer, audience, keys }, firstAdmin: first };
}

function requestDeps({ shards, producers }: Ready, env: ConsoleEnv): RequestDeps {
  return {
    ...depsOf(env, createLedger(env.LEDGER, shards)),
    send: async (queue, body) => {
      await producers[queue].send(body);
    },
    limiter: env.REFUSALS ?? null,
  };
}

function depsOf(env: ConsoleEnv, ledger: Ledger) {
  const gate = env.GATE.getByName("gate") as unknown as GateRpc;
  const audit = env.AUDIT.getByName("audit") as unknown as AuditRpc;
  const records = env.RECORDS;
  return {
    ledger,
    gate,
    records,
    audit,
    audited: async (acts: readonly ActEvent[]): Promise<void> => {
      await appendToAudit({ audit, records }, acts);
    },
  };
}
