import type { RouterAnswer } from "../../shared/agents/router.ts";
import { createClaude } from "../../shared/agents/run.ts";
import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { PaymentSnapshot, SubscriptionSnapshot } from "../../shared/contracts/provider.ts";
import type { EventDoorbell, RegrantDoorbell } from "../../shared/contracts/queues.ts";
import type { Scope } from "../../shared/contracts/scopes.ts";
import { createLimiter, OUTSIDE_CALLS_AT_ONCE } from "../../shared/core/concurrency.ts";
import type { DecisionDeps } from "../../shared/decision/deps.ts";
import { createLookups } from "../../shared/decision/lookups.ts";
import { createApprovalVerifier } from "../../shared/grant/approval.ts";
import { DEFAULT_PROVIDER, withTells } from "../../shared/providers/registry.ts";
import type { Handled } from "../../shared/queue/verdict.ts";
import { handleBatch } from "../../workers/classifier/handle.ts";
import { createApprovalKey, createAuthenticator, createKey } from "./keys.ts";
import { createLocalLedger, type Stored } from "./ledger.ts";
import { createMemoryProvider } from "./memory-provider.ts";
import { policy } from "./policy.ts";

export const refundAnswer: RouterAnswer = {
  reason: "Duplicate charge detected.",
  action: "refund",
  variant: "none",
  target: "r1",
  extent: "whole",
  amount: "none",
  confidence: "high",
};
/** A refund of the first amount that is named. */
export const partAnswer: RouterAnswer = { ...refundAnswer, extent: "part", amount: "a1" };

type Answering = (projection: string) => RouterAnswer | string | { status: number };

/** An older deployment's ledger, and the key that it signed with. */
export type Deployment = { stored?: Stored; key?: Awaited<ReturnType<typeof createKey>> };

/** The classifier over the real ledger, a provider in memory, and a Claude whose answers the test gives. */
export async function openClassifier(
  payments: PaymentSnapshot[],
  subscriptions: SubscriptionSnapshot[] = [],
  { stored, key }: Deployment = {},
) {
  const local = stored === undefined ? createLocalLedger() : createLocalLedger(1, stored);
  const memory = createMemoryProvider(payments, subscriptions, () => local.clock.now);
  const ours = key ?? (await createKey("key-1"));
  const approvals = await createApprovalKey("approval-1");
  const approvalKeys = [approvals.publicKey];
  const alarms: Record<string, unknown>[] = [];
  const holds: Scope[] = [];
  const rung: { queue: string; id: string }[] = [];
  const asked: string[] = [];
  let answering: Answering = () => refundAnswer;

  const fetch = (async (_url: unknown, init?: { body?: unknown }) => {
    const projection = String(
      (JSON.parse(String(init?.body)) as { messages: { content: string }[] }).messages[0]?.content,
    );
    asked.push(projection);
    const said = answering(projection);
    if (typeof said === "object" && "status" in said) {
      const error = { type: "error", error: { type: "api_error", message: "m" } };
      return new Response(JSON.stringify(error), {
        status: said.status,
        headers: { "content-type": "application/json" },
      });
    }
    const text = typeof said === "string" ? said : JSON.stringify(said);
    const usage = { input_tokens: 1, output_tokens: 1 };
    const message = { model: "m", stop_reason: "end_turn", content: [{ type: "text", text }], usage };
    return new Response(JSON.stringify(message), { headers: { "content-type": "application/json" } });
  }) as typeof globalThis.fetch;

  const outside = createLimiter(OUTSIDE_CALLS_AT_ONCE);
  const deps: DecisionDeps = {
    policy,
    ledger: local.ledger,
    claude: createClaude({ apiKey: "k", baseUrl: "http://claude", fetch }),
    outside,
    lookupsOf: (id, account) =>
      id.startsWith("adyen:") ? null : createLookups(memory.provider, DEFAULT_PROVIDER, outside, account),
    mode: "test",
    sign: ours.sign,
    authenticate: await createAuthenticator([ours.publicKey]),
    verifyApproval: async (event, raw) => await (await createApprovalVerifier(approvalKeys))(event, raw),
    gate: {
      hold: async (scope, reason, by) => {
        holds.push(scope);
        return { hold: { scope, reason, by, at: local.clock.now }, isNew: true };
      },
    },
    alarm: (line) => void alarms.push(line),
    rings: {
      action: async (queue, { id }) => void rung.push({ queue, id }),
      regrant: async ({ id }) => void rung.push({ queue: "events", id }),
      renewal: async ({ id }) => void rung.push({ queue: "events-batch", id }),
      event: async (queue, { id }) => void rung.push({ queue, id }),
    },
    retryDelayScale: 1,
    now: () => local.clock.now,
  };

  const ringing = (id: string): EventDoorbell => ({ kind: "event", id, nonce: "n", summary: "s" });
  const deliver = (...bodies: (EventDoorbell | RegrantDoorbell)[]): Promise<Handled[]> =>
    handleBatch(
      bodies.map((body, index) => ({ id: `m${index}`, body, attempts: 1, sentAt: 0 })),
      deps,
    );
  return {
    ...local,
    memory,
    key: ours,
    /** The console's key, and the keys that the classifier knows of it: a test may retire or revoke one. */
    approvals,
    approvalKeys,
    alarms,
    holds,
    deps,
    rung,
    asked,
    answer: (next: Answering) => {
      answering = next;
    },
    accept: (...events: PaymentEvent[]) =>
      local.ledger.accept(events.map((event) => ({ event: withTells(event), raw: "{}", provenance: "signed" }))),
    deliver,
    /** Accepts the events and delivers their doorbells in one batch. */
    async decide(...events: PaymentEvent[]): Promise<Handled[]> {
      await local.ledger.accept(events.map((event) => ({ event: withTells(event), raw: "{}", provenance: "signed" })));
      return await deliver(...events.map(({ id }) => ringing(id)));
    },
    ring: (...ids: string[]) => deliver(...ids.map(ringing)),
    async trace(id: string) {
      const trace = await local.ledger.trace(id);
      if (trace === null) throw new Error(`no trace of ${id}`);
      return trace;
    },
  };
}
