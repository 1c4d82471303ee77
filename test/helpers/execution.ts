import type { Action } from "../../shared/contracts/action.ts";
import type { ExecutorQueue } from "../../shared/contracts/actions.ts";
import type { Admission, AdmitRequest, PolicyInForce } from "../../shared/contracts/gate.ts";
import type { NewAction } from "../../shared/contracts/ledger.ts";
import type { Policy } from "../../shared/contracts/policy.ts";
import type { PaymentSnapshot, SubscriptionSnapshot } from "../../shared/contracts/provider.ts";
import type { ActionDoorbell } from "../../shared/contracts/queues.ts";
import type { Scope } from "../../shared/contracts/scopes.ts";
import type { ActionView } from "../../shared/contracts/views.ts";
import { execute } from "../../shared/execution/execute.ts";
import type { ExecutorDeps } from "../../shared/execution/executor.ts";
import { createPolicyCopy, policiesOf } from "../../shared/gate/policy-copy.ts";
import type { Handled } from "../../shared/queue/verdict.ts";
import { createAuthenticator, createKey, createVerifier } from "./keys.ts";
import { createLocalLedger, newAction } from "./ledger.ts";
import { createMemoryProvider } from "./memory-provider.ts";
import { policy } from "./policy.ts";

export const HOUR_MS = 3_600_000;

const guardrailsOf = ({ sections: { guardrails } }: Policy) => ({ guardrails });

/** The execute() ladder over the real ledger and real signatures, a provider in memory, and a gate that the test moves. */
export async function openExecution(
  payments: PaymentSnapshot[],
  shards?: number,
  subscriptions: SubscriptionSnapshot[] = [],
) {
  const { ledger, clock, broken, calls, pump } = createLocalLedger(shards);
  const memory = createMemoryProvider(payments, subscriptions, () => clock.now);
  const key = await createKey("key-1");
  const rung: { queue: string; id: string }[] = [];
  const alarms: Record<string, unknown>[] = [];
  const logs: Record<string, unknown>[] = [];
  const holds: Scope[] = [];
  /** What the gate says of the policy; null: it is away. */
  const published: { inForce: Policy | null; asked: number } = { inForce: policy, asked: 0 };
  const gate = {
    admit: async (asked: AdmitRequest[]): Promise<Admission[]> =>
      asked.map(() => ({ kind: "admitted", ...(published.inForce === null ? {} : guardrailsOf(published.inForce)) })),
  };
  const told = {
    policy: async (known: string | null): Promise<PolicyInForce> => {
      published.asked++;
      if (published.inForce === null) throw new Error("policy: the gate does not answer");
      const { version, sections: _sections, ...document } = published.inForce;
      return { n: 1, version, act: 0, document: known === version ? null : document };
    },
  };
  const deps: ExecutorDeps = {
    policies: policiesOf(
      createPolicyCopy(() => clock.now),
      told,
    ),
    ledger,
    gate: {
      admit: (asked) => gate.admit(asked),
      hold: async (scope, reason, by) => {
        holds.push(scope);
        return { hold: { scope, reason, by, at: clock.now }, isNew: true };
      },
    },
    providerOf: (name) => (name === memory.provider.name ? memory.provider : null),
    retryDelayScale: 1,
    log: (line) => void logs.push(line),
    verify: await createVerifier([key.publicKey]),
    authenticate: await createAuthenticator([key.publicKey]),
    rings: {
      action: async (queue, { id }) => void rung.push({ queue, id }),
      regrant: async ({ id }) => void rung.push({ queue: "events", id }),
      renewal: async ({ id }) => void rung.push({ queue: "events-batch", id }),
      event: async (queue, { id }) => void rung.push({ queue, id }),
    },
    now: () => clock.now,
    alarm: (line) => void alarms.push(line),
  };
  const sign = (action: Action, lifeMs: number = policy.guardrails.grantLifeMs) =>
    key.sign(action, { policyVersion: policy.sections.guardrails, expiresAt: clock.now + lifeMs, notBefore: null });

  async function put(action: Action, changes: Partial<NewAction> = {}): Promise<void> {
    await ledger.putActions([newAction(action, { grant: await sign(action), ...changes })]);
  }
  const run = (queue: ExecutorQueue, ...actions: Pick<Action, "id" | "subject">[]): Promise<Handled[]> =>
    execute(
      actions.map(({ id, subject }, index) => ({
        id: `m${index}`,
        body: { kind: "action", id, subject, nonce: "n", summary: "s" } satisfies ActionDoorbell,
        attempts: 1,
        sentAt: clock.now,
      })),
      queue,
      deps,
    );
  const view = async ({ id, subject }: Action): Promise<ActionView> => {
    const [found] = await ledger.actions([{ id, subject }]);
    if (!found) throw new Error(`${id} has no row`);
    return found;
  };
  return {
    ledger,
    clock,
    broken,
    calls,
    pump,
    memory,
    key,
    rung,
    alarms,
    logs,
    holds,
    gate,
    published,
    deps,
    sign,
    put,
    run,
    view,
  };
}
