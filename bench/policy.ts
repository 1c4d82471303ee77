import { executorQueueOf, isExecutable } from "../shared/contracts/actions.ts";
import type { CallName } from "../shared/contracts/ledger.ts";
import type { EventDoorbell, RegrantDoorbell } from "../shared/contracts/queues.ts";
import type { ActionRef } from "../shared/contracts/views.ts";
import { execute } from "../shared/execution/execute.ts";
import { createPolicyCopy, policiesOf } from "../shared/gate/policy-copy.ts";
import type { Delivery } from "../shared/queue/consume.ts";
import { openClassifier } from "../test/helpers/classifier.ts";
import { createLocalGate, editedDocument } from "../test/helpers/gate.ts";
import { createVerifier } from "../test/helpers/keys.ts";
import { newAction, refundAction } from "../test/helpers/ledger.ts";
import { paymentOf } from "../test/helpers/memory-provider.ts";
import { policy } from "../test/helpers/policy.ts";
import { handleUnderPolicy } from "../workers/classifier/under-policy.ts";
import { draftPolicy, publishPolicy } from "../workers/console/policy/publish.ts";

export type PolicyBenchOptions = { scheduled: number; ready: number; say(line: string): void };
type Latency = { events: number; decidedMs: number; medianMs: number; p99Ms: number };
type Took = { ms: number; decidedMs: number; isAfter: boolean };
export type PolicyFigures = {
  /** Of a request, from its acceptance until it is refunded: before and after the publication. */
  liveBefore: Latency;
  liveAfter: Latency;
  publishMs: number;
  /** The calls to the ledger that publishing made, and how many of them write an action row. */
  ledgerCalls: Partial<Record<CallName, number>>;
  actionRowsWritten: number;
  executed: number;
  renewed: number;
  scheduledTouched: number;
};

/** What writes a row of an action. */
const WRITES_ACTIONS: readonly CallName[] = [
  "putActions",
  "begin",
  "recheck",
  "settle",
  "failAction",
  "requestGrant",
  "regrant",
  "openCase",
  "leave",
  "held",
  "wake",
];
const DAY_MS = 86_400_000;
const AMOUNT = 100;
const PUT_AT_ONCE = 1_000;
/** A batch of each consumer, and how many of them one turn has: as several run at once when deployed. */
const CLASSIFIER_BATCH = 10;
const EXECUTOR_BATCH = 20;
const BATCHES_A_TURN = 8;

/**
 * Publishes other guardrails while 100,000 actions wait for their time and 10,000 are due, and measures what a live request
 * takes meanwhile: the real ledger, gate, classifier and executor in one process, with a provider and a Claude in memory. The
 * platform's queues are first in, first out, with one consumer each: live requests have the queue of their decisions to
 * themselves, and share that of their executor with what is due. Times are of CPU.
 */
export async function measurePolicy({ scheduled, ready, say }: PolicyBenchOptions): Promise<PolicyFigures> {
  const live = Math.ceil(ready / 10) + 400;
  const small = (n: number) =>
    paymentOf({ payment: `pi_${n}`, charge: `ch_${n}`, capturedMinor: AMOUNT, customer: null });
  const payments = Array.from({ length: ready }, (_, n) => small(n + 1));
  const liveOnes = Array.from({ length: live }, (_, n) => small(1_000_000 + n));
  const world = await openClassifier([...payments, ...liveOnes]);
  const { ledger, clock, calls, memory, key, deps } = world;
  const gate = createLocalGate(clock);
  const policies = policiesOf(
    createPolicyCopy(() => clock.now),
    gate,
  );

  const events: (EventDoorbell | RegrantDoorbell)[] = [];
  const batch: RegrantDoorbell[] = [];
  const actions: ActionRef[] = [];
  const bell = { nonce: "n", summary: "s" };
  deps.rings = {
    event: async () => undefined,
    action: async (_queue, { id, subject }) => void actions.push({ id, subject }),
    regrant: async ({ id, subject }) => void events.push({ kind: "regrant", id, subject, ...bell }),
    renewal: async ({ id, subject }) => void batch.push({ kind: "regrant", id, subject, ...bell }),
  };
  let signed = 0;
  const { sign } = deps;
  deps.sign = async (action, terms) => {
    if (!isLive(action.subject)) signed++;
    return await sign(action, terms);
  };
  const executor = {
    ...deps,
    policies,
    gate,
    verify: await createVerifier([key.publicKey]),
    providerOf: () => memory.provider,
    log: () => undefined,
  };

  say(`putting ${scheduled} scheduled and ${ready} ready actions`);
  const terms = { policyVersion: policy.sections.guardrails, expiresAt: clock.now + DAY_MS, notBefore: null };
  const put = async (from: number, count: number, notBefore: number | null): Promise<void> => {
    for (let at = 0; at < count; at += PUT_AT_ONCE) {
      const some = Array.from({ length: Math.min(PUT_AT_ONCE, count - at) }, (_, n) =>
        refundAction(from + at + n, { amountMinor: AMOUNT }),
      );
      const rows = some.map(async (action) => {
        // What is not due is not looked at: one signature is as good as another.
        const grant = notBefore === null ? await key.sign(action, terms) : { kid: "k", claims: "{}", signature: "s" };
        return newAction(action, { grant, notBefore });
      });
      await ledger.putActions(await Promise.all(rows));
    }
  };
  await put(1, ready, null);
  await put(ready + 1, scheduled, clock.now + 30 * DAY_MS);

  const started = new Map<string, number>();
  const decidedMs = new Map<string, number>();
  const latencies: Took[] = [];
  let isPublished = false;
  let liveSent = 0;
  let executed = 0;

  async function sendLive(): Promise<void> {
    const n = 1_000_000 + liveSent++;
    const event = {
      id: `api:live_${n}`,
      type: "countersign.request",
      occurredAt: clock.now,
      mode: "test" as const,
      lane: "live" as const,
      payment: `pi_${n}`,
      text: "please refund this",
    };
    started.set(`pi_${n}`, cpuMs());
    await world.accept(event);
    events.push({ kind: "event", id: event.id, ...bell });
  }

  function noteDecided(subject: string): void {
    const since = started.get(subject);
    if (since !== undefined && !decidedMs.has(subject)) decidedMs.set(subject, cpuMs() - since);
  }

  /** The pump's doorbells go to the queue that their rows need. */
  async function pump(): Promise<void> {
    const rung = world.pump().actions;
    for (const view of await ledger.actions(rung)) {
      if (view === null) continue;
      const { id, subject, kind } = view.action;
      const { grantWanted } = view;
      if (grantWanted !== null)
        (grantWanted === "renewal" ? batch : events).push({ kind: "regrant", id, subject, ...bell });
      else if (isExecutable(kind) && executorQueueOf(kind) === "refund") actions.push({ id, subject });
    }
  }

  async function turn(): Promise<void> {
    clock.now += 1_000;
    await pump();
    // Both phases have something due beside them, or the first would measure an idle deployment.
    if (executed > 0 && liveSent < live) await sendLive();
    for (let n = 0; n < BATCHES_A_TURN; n++) {
      for (const queue of [events, batch]) {
        const bells = queue.splice(0, CLASSIFIER_BATCH);
        if (bells.length > 0) await handleUnderPolicy(bells.map(delivered), policies, deps);
        for (const { id } of bells) noteDecided(id.replace("api:live_", "pi_"));
      }
      const due = actions.splice(0, EXECUTOR_BATCH);
      if (due.length === 0) continue;
      const bells = due.map((ref) => delivered({ kind: "action" as const, ...ref, ...bell }));
      const handled = await execute(bells, "refund", executor);
      for (const [index, { subject }] of due.entries()) {
        const verdict = handled[index];
        if (verdict?.kind !== "ack" || verdict.outcome !== "succeeded") continue;
        const since = started.get(subject);
        if (since !== undefined)
          latencies.push({ ms: cpuMs() - since, decidedMs: decidedMs.get(subject) ?? 0, isAfter: isPublished });
        else executed++;
      }
    }
  }

  say("before: live requests beside what is due");
  while (executed < ready / 3) await turn();
  const renewedBefore = signed;

  say("publishing other guardrails");
  const document = editedDocument((one) => void Object.assign(one.guardrails, { grantLifeMs: 1_800_000 }));
  const person = (name: string) => ({
    person: { id: `person_${name}`, name, human: true, roles: ["admin" as const], vouchedBy: [] },
    key: name,
    text: null,
  });
  const acting = {
    ledger,
    gate,
    pushHandling: (given: Parameters<typeof ledger.handle>[0]) => ledger.handle(given),
    audited: async () => undefined,
    vouchersOf: async () => [],
    mode: "test" as const,
    now: clock.now,
  };
  const draft = await draftPolicy(document, person("ada"), acting);
  if (draft instanceof Response) throw new Error(await draft.text());
  calls.length = 0;
  const publishedAt = cpuMs();
  const answer = await publishPolicy({ version: draft.version, over: null }, person("bob"), acting);
  const publishMs = cpuMs() - publishedAt;
  if (answer instanceof Response) throw new Error(await answer.text());
  const made = countOf(calls);
  isPublished = true;

  say("after: each grant is renewed when its action is due");
  while (executed < ready) await turn();
  while (latencies.length < liveSent) await turn();

  const waiting = (await ledger.totals()).waiting.actions;
  return {
    liveBefore: latencyOf(latencies.filter(({ isAfter }) => !isAfter)),
    liveAfter: latencyOf(latencies.filter(({ isAfter }) => isAfter)),
    publishMs,
    ledgerCalls: made,
    actionRowsWritten: WRITES_ACTIONS.reduce((sum, name) => sum + (made[name] ?? 0), 0),
    executed,
    renewed: signed - renewedBefore,
    scheduledTouched: scheduled - waiting,
  };
}

/** Of this process alone: others on the machine do not count. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const isLive = (subject: string): boolean => Number(subject.replace("pi_", "")) >= 1_000_000;
const delivered = <Body>(body: Body): Delivery<Body> => ({ id: "m", body, attempts: 1, sentAt: 0 });

function countOf(calls: readonly CallName[]): Partial<Record<CallName, number>> {
  const counts: Partial<Record<CallName, number>> = {};
  for (const name of calls) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function latencyOf(found: readonly Took[]): Latency {
  const ms = found.map((one) => one.ms);
  const decidedMs = found.map((one) => one.decidedMs);
  return { events: ms.length, decidedMs: at(0.5, decidedMs), medianMs: at(0.5, ms), p99Ms: at(0.99, ms) };
}

function at(share: number, values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** One line for each figure, for people. */
export function linesOfPolicy(figures: PolicyFigures): string[] {
  const { liveBefore, liveAfter, publishMs, ledgerCalls, actionRowsWritten, executed, renewed, scheduledTouched } =
    figures;
  const said = ({ events, decidedMs, medianMs, p99Ms }: Latency): string =>
    `median ${medianMs.toFixed(1)} ms (decided after ${decidedMs.toFixed(1)} ms), p99 ${p99Ms.toFixed(1)} ms, of ${events} requests`;
  return [
    `live, before        ${said(liveBefore)}; times are of CPU`,
    `live, after         ${said(liveAfter)}`,
    `publish             ${publishMs.toFixed(1)} ms; calls to the ledger: ${JSON.stringify(ledgerCalls)}`,
    `action rows written ${actionRowsWritten} by publishing`,
    `executed            ${executed} that were due; ${renewed} of them under a renewed grant`,
    `scheduled           ${scheduledTouched} touched`,
  ];
}
