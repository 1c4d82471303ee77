import { isExecutable } from "../../shared/contracts/actions.ts";
import type { Admission } from "../../shared/contracts/gate.ts";
import type { Policy } from "../../shared/contracts/policy.ts";
import type { PaymentSnapshot, SubscriptionSnapshot } from "../../shared/contracts/provider.ts";
import { queueOfKind } from "../../shared/contracts/queues.ts";
import type { ActionRef, ActionView } from "../../shared/contracts/views.ts";
import { ok } from "../../shared/core/result.ts";
import { execute } from "../../shared/execution/execute.ts";
import type { ExecutorDeps } from "../../shared/execution/executor.ts";
import type { PublicKey } from "../../shared/grant/keys.ts";
import { type Deployment, openClassifier } from "./classifier.ts";
import { createAuthenticator, createVerifier } from "./keys.ts";

/**
 * The classifier and the executors over one ledger and one provider in memory. Doorbells are the pump's alone: what was rung
 * at once is lost, so a row that nobody rings for stays where it is.
 */
export async function openPipeline(
  payments: PaymentSnapshot[],
  deployment: Deployment = {},
  subscriptions: SubscriptionSnapshot[] = [],
) {
  const classifier = await openClassifier(payments, subscriptions, deployment);
  const { ledger, clock, memory, key, deps: decision, alarms, holds } = classifier;
  const told = async () => ok(decision.policy);
  const deps: ExecutorDeps = {
    policies: { current: told, again: told },
    ledger,
    gate: { admit: async (asked) => asked.map(() => ({ kind: "admitted" })), hold: decision.gate.hold },
    providerOf: (name) => (name === memory.provider.name ? memory.provider : null),
    retryDelayScale: 1,
    log: () => undefined,
    verify: await createVerifier([key.publicKey]),
    authenticate: await createAuthenticator([key.publicKey]),
    rings: decision.rings,
    now: () => clock.now,
    alarm: decision.alarm,
  };
  const bellOf = ({ id, subject }: ActionRef) => ({ id, subject, nonce: "n", summary: "s" });

  /** What the pump's doorbell for this row brings about. */
  async function answerTo(ref: ActionRef): Promise<void> {
    const [view] = await ledger.actions([ref]);
    // The pump looks at no call of the ledger.
    classifier.calls.pop();
    if (!view) return;
    const { kind } = view.action;
    if (view.state === "case_opening") await ledger.caseOpened([ref]);
    else if (view.grantWanted !== null) await classifier.deliver({ kind: "regrant", ...bellOf(ref) });
    else if (isExecutable(kind)) {
      const queue = queueOfKind(kind) as Parameters<typeof execute>[1];
      await execute([{ id: "m", body: { kind: "action", ...bellOf(ref) }, attempts: 1, sentAt: 0 }], queue, deps);
    }
  }

  return {
    ...classifier,
    alarms,
    holds,
    answerBell: answerTo,
    /** Time passes in steps of ten minutes; in each the pump rings once, and everybody works. */
    async pass(ms: number): Promise<void> {
      const until = clock.now + ms;
      while (clock.now < until) {
        clock.now = Math.min(until, clock.now + 600_000);
        const { actions, events } = classifier.pump();
        for (const id of events) await classifier.ring(id);
        for (const ref of actions) await answerTo(ref);
      }
    },
    /** What the gate answers from now on. */
    useAdmission(admission: Admission): void {
      deps.gate.admit = async (asked) => asked.map(() => admission);
    },
    /** As after a publication that everybody has heard of. */
    usePolicy(policy: Policy): void {
      decision.policy = policy;
      deps.policies = { current: async () => ok(policy), again: async () => ok(policy) };
    },
    async useKeys(...keys: PublicKey[]): Promise<void> {
      decision.authenticate = await createAuthenticator(keys);
      deps.verify = await createVerifier(keys);
      deps.authenticate = await createAuthenticator(keys);
    },
    async view({ id, subject }: ActionRef): Promise<ActionView> {
      const [found] = await ledger.actions([{ id, subject }]);
      if (!found) throw new Error(`${id} has no row`);
      return found;
    },
  };
}
