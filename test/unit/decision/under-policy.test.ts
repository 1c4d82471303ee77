/** Nothing is decided without the policy in force, and each decision names the one that it was made under. */
import { describe, expect, it } from "vitest";
import type { PolicyInForce } from "../../../shared/contracts/gate.ts";
import type { Policy } from "../../../shared/contracts/policy.ts";
import type { EventDoorbell, RegrantDoorbell } from "../../../shared/contracts/queues.ts";
import { createPolicyCopy, policiesOf } from "../../../shared/gate/policy-copy.ts";
import { handleUnderPolicy } from "../../../workers/classifier/under-policy.ts";
import { openClassifier } from "../../helpers/classifier.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { policy, policyWith } from "../../helpers/policy.ts";

const OTHER = await policyWith((document) => void Object.assign(document.guardrails, { grantLifeMs: 1_800_000 }));

async function open() {
  const world = await openClassifier([paymentOf()]);
  const published: { inForce: Policy | null; asked: number } = { inForce: policy, asked: 0 };
  const gate = {
    policy: async (known: string | null): Promise<PolicyInForce> => {
      published.asked++;
      if (published.inForce === null) throw new Error("policy: the gate does not answer");
      const { version, sections: _sections, ...document } = published.inForce;
      return { n: 1, version, act: 0, document: known === version ? null : document };
    },
  };
  const policies = policiesOf(
    createPolicyCopy(() => world.clock.now),
    gate,
  );
  const deliver = (...bodies: (EventDoorbell | RegrantDoorbell)[]) =>
    handleUnderPolicy(
      bodies.map((body, index) => ({ id: `m${index}`, body, attempts: 1, sentAt: 0 })),
      policies,
      world.deps,
    );
  const request = (n: number) => ({
    id: `api:evt_${n}`,
    type: "countersign.request",
    occurredAt: world.clock.now,
    mode: "test" as const,
    lane: "live" as const,
    payment: "pi_1",
    text: "please refund this",
  });
  const ring = async (n: number) => {
    const event = request(n);
    await world.accept(event);
    return await deliver({ kind: "event", id: event.id, nonce: "n", summary: "s" });
  };
  const decidedUnder = async (n: number) =>
    (await world.trace(`api:evt_${n}`)).fact?.decision.record.policyVersion ?? null;
  return { ...world, published, deliver, ring, decidedUnder };
}

describe("the classifier", () => {
  it("decides nothing while the gate is away: the event waits, and Claude is not asked", async () => {
    const { ring, published, decidedUnder, asked, ledger } = await open();
    published.inForce = null;
    expect(await ring(1)).toMatchObject([{ kind: "retry", reason: "gate_unavailable" }]);
    expect([await decidedUnder(1), asked]).toEqual([null, []]);
    expect((await ledger.totals()).waiting.events).toBe(1);
  });

  it("names the policy in force in its decision, a changed one within ten seconds, and the first one again after a rollback", async () => {
    const { ring, published, decidedUnder, clock } = await open();
    await ring(1);
    expect(await decidedUnder(1)).toBe(policy.version);
    published.inForce = OTHER;
    clock.now += 10_000;
    await ring(2);
    expect(await decidedUnder(2)).toBe(OTHER.version);
    published.inForce = policy;
    clock.now += 10_000;
    await ring(3);
    expect(await decidedUnder(3)).toBe(policy.version);
  });

  it("asks the gate before it grants anew: who waits for a grant may know of a policy that this Worker has not heard of", async () => {
    const { ring, deliver, published } = await open();
    await ring(1);
    const { asked } = published;
    await deliver({ kind: "regrant", id: "act_x", subject: "pi_1", nonce: "n", summary: "s" });
    expect(published.asked).toBe(asked + 1);
    published.inForce = null;
    expect(await deliver({ kind: "regrant", id: "act_x", subject: "pi_1", nonce: "n", summary: "s" })).toMatchObject([
      { kind: "retry", reason: "gate_unavailable" },
    ]);
  });
});
