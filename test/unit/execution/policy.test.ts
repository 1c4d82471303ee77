/** What an executor does with the policy in force: before it begins, and right before it sends. */
import { describe, expect, it } from "vitest";
import type { Policy } from "../../../shared/contracts/policy.ts";
import { openExecution } from "../../helpers/execution.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { policy, policyWith } from "../../helpers/policy.ts";

const action = refundAction(1);
/** Other guardrails; and another envelope alone. */
const OTHER = await policyWith((document) => void Object.assign(document.guardrails, { grantLifeMs: 1_800_000 }));
const ENVELOPE = await policyWith((document) => void Object.assign(document.envelopes, { all: 1_000 }));

async function open() {
  const world = await openExecution([paymentOf(), paymentOf({ payment: "pi_2", charge: "ch_2" })]);
  const { memory, clock, key, put, published } = world;
  const putUnder = async ({ sections }: Policy, of = action) => {
    const terms = { policyVersion: sections.guardrails, expiresAt: clock.now + 3_600_000, notBefore: null };
    await put(of, { grant: await key.sign(of, terms) });
  };
  /** Happens after the provider was read, and before anything is sent. */
  const whileReading = (happens: () => void) => {
    const { findToRefund } = memory.provider;
    memory.provider.findToRefund = (reference, at) => {
      happens();
      return findToRefund(reference, at);
    };
  };
  return { ...world, putUnder, whileReading, published };
}

describe("without the policy in force", () => {
  it("nothing is sent: the batch is delivered again, its rows are as they were, and no default stands in", async () => {
    const { put, published, run, memory, view } = await open();
    await put(action);
    published.inForce = null;
    expect(await run("refund", action)).toMatchObject([{ kind: "retry", reason: "gate_unavailable" }]);
    expect([memory.reads(), memory.calls]).toEqual([0, []]);
    expect(await view(action)).toMatchObject({ state: "ready", attempts: 0 });
    published.inForce = policy;
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "succeeded" });
  });

  it("that was lost ten seconds ago nothing is sent either", async () => {
    const { putUnder, published, run, memory, clock } = await open();
    const second = refundAction(2);
    await putUnder(policy);
    await putUnder(policy, second);
    await run("refund", action);
    published.inForce = null;
    clock.now += 10_000;
    expect(await run("refund", second)).toMatchObject([{ kind: "retry", reason: "gate_unavailable" }]);
    expect(memory.effects()).toBe(1);
  });
});

describe("a grant under a version that this Worker has not heard of", () => {
  it("is no stale one: the gate is asked, and it is executed", async () => {
    const { putUnder, published, run, view, gate } = await open();
    await putUnder(policy, refundAction(2));
    await run("refund", refundAction(2));
    // The gate answers the batch without a word of the policy, as one of the release before does.
    gate.admit = async (asked) => asked.map(() => ({ kind: "admitted" }));
    published.inForce = OTHER;
    await putUnder(OTHER);
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "succeeded" });
  });

  it("is known at once where the gate's answer for the batch names other guardrails", async () => {
    const { putUnder, published, run, view } = await open();
    await putUnder(policy, refundAction(2));
    await run("refund", refundAction(2));
    const { asked } = published;
    published.inForce = OTHER;
    await putUnder(OTHER);
    await run("refund", action);
    expect(await view(action)).toMatchObject({ state: "succeeded" });
    expect(published.asked).toBe(asked + 1);
  });

  it("that was in force before is renewed before anything is read, as soon as the gate has named another", async () => {
    const { putUnder, published, run, memory, view } = await open();
    await putUnder(policy, refundAction(2));
    await run("refund", refundAction(2));
    const reads = memory.reads();
    published.inForce = OTHER;
    await putUnder(policy);
    await run("refund", action);
    expect(await view(action)).toMatchObject({ grantWanted: "renewal" });
    expect(memory.reads()).toBe(reads);
  });

  it("is not called stale where the gate is away: it fails as an outage, and waits", async () => {
    const { putUnder, published, run, view, memory, gate } = await open();
    await putUnder(policy, refundAction(2));
    await run("refund", refundAction(2));
    gate.admit = async (asked) => asked.map(() => ({ kind: "admitted" }));
    published.inForce = null;
    await putUnder(OTHER);
    expect(await run("refund", action)).toMatchObject([{ kind: "retry", reason: "gate_unavailable" }]);
    expect(await view(action)).toMatchObject({ grantWanted: null });
    expect(memory.effects()).toBe(1);
  });

  it("is stale where the gate says that another one is in force: it is renewed, and nothing is sent", async () => {
    const { putUnder, run, view, memory, rung } = await open();
    await putUnder(OTHER);
    await run("refund", action);
    expect(await view(action)).toMatchObject({ grantWanted: "renewal" });
    expect([memory.reads(), memory.calls, rung]).toMatchObject([0, [], [{ queue: "events-batch", id: action.id }]]);
  });

  it("costs one question a batch, however many there are", async () => {
    const { putUnder, run, published } = await open();
    const second = refundAction(2);
    await putUnder(OTHER);
    await putUnder(OTHER, second);
    await run("refund", action, second);
    expect(published.asked).toBe(2);
  });
});

describe("right before something is sent", () => {
  it("a policy that was published since the gate answered stops it: it is renewed, and nothing is sent", async () => {
    const { put, run, memory, view, published, clock, whileReading } = await open();
    await put(action);
    whileReading(() => {
      clock.now += 10_001;
      published.inForce = OTHER;
    });
    await run("refund", action);
    expect(memory.calls).toEqual([]);
    expect(await view(action)).toMatchObject({ grantWanted: "renewal" });
  });

  it("a change of the envelopes alone stops nothing and renews nothing", async () => {
    const { put, run, memory, published, clock, whileReading } = await open();
    await put(action);
    whileReading(() => {
      clock.now += 10_001;
      published.inForce = ENVELOPE;
    });
    await run("refund", action);
    expect(memory.effects()).toBe(1);
  });

  it("a gate that says nothing of the policy is asked for it, and one that is away stops it", async () => {
    const { put, run, memory, published, gate, whileReading, view } = await open();
    gate.admit = async (asked) => asked.map(() => ({ kind: "admitted" }));
    await put(action);
    whileReading(() => {
      published.inForce = null;
    });
    expect(await run("refund", action)).toMatchObject([{ kind: "retry", reason: "gate_unavailable" }]);
    expect(memory.calls).toEqual([]);
    expect(await view(action)).toMatchObject({ grantWanted: null });
  });

  it("a clock that was set back makes both words worthless: the gate is asked", async () => {
    const { put, run, memory, published, clock, whileReading } = await open();
    await put(action);
    whileReading(() => {
      clock.now -= 1;
      published.inForce = OTHER;
    });
    await run("refund", action);
    expect(memory.calls).toEqual([]);
  });
});

describe("an approved action", () => {
  it("shows its grant to the gate, in the batch and before the send; any other does not", async () => {
    const { put, run, gate, clock, key, whileReading } = await open();
    const approved = {
      approval: "approval:1",
      approvers: ["person_ada"],
      overrides: ["envelope"],
      until: clock.now + 1,
    };
    const terms = { policyVersion: policy.sections.guardrails, expiresAt: clock.now + 3_600_000, notBefore: null };
    const grant = await key.sign({ ...action, approved } as unknown as typeof action, terms);
    const asked: unknown[] = [];
    const { admit } = gate;
    gate.admit = async (requests) => {
      asked.push(...requests.map((request) => request.approved?.grant.signature));
      return await admit(requests);
    };
    await put(action, { grant });
    await put(refundAction(2));
    whileReading(() => {
      clock.now += 10_001;
    });
    await run("refund", action);
    await run("refund", refundAction(2));
    expect(asked[0]).toBe(grant.signature);
    expect(asked.at(-1)).toBeUndefined();
  });
});
