/** What an executor does with the grant of its row, besides executing it. */
import { describe, expect, it } from "vitest";
import type { Action } from "../../../shared/contracts/action.ts";
import type { GateRpc } from "../../../shared/contracts/gate.ts";
import { HOUR_MS, openExecution } from "../../helpers/execution.ts";
import { createVerifier } from "../../helpers/keys.ts";
import { refundAction } from "../../helpers/ledger.ts";
import { invoiceOf, paymentOf } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";

const retry = refundAction(1, { kind: "retryPayment", invoice: "in_1" });
const refund = refundAction(1);
const owed = paymentOf({
  invoice: "in_1",
  invoiceState: invoiceOf(),
  status: "unpaid",
  capturedMinor: 0,
});
const AWAY = {
  kind: "answer",
  effect: { kind: "not_now", failure: { reason: "provider_rate_limited", detail: "" } },
} as const;

async function openWith(payment = owed) {
  const open = await openExecution([payment]);
  const later = async (action: Action, waitMs: number) => {
    const notBefore = open.clock.now + waitMs;
    const terms = {
      policyVersion: policy.sections.guardrails,
      expiresAt: notBefore + policy.guardrails.grantLifeMs,
      notBefore,
    };
    await open.put(action, { grant: await open.key.sign(action, terms), notBefore });
    return notBefore;
  };
  const revoke = async () => {
    open.deps.verify = await createVerifier([{ ...open.key.publicKey, revoked: true }]);
  };
  return { ...open, later, revoke };
}

describe("a grant that is good from a time on", () => {
  it("lets its action be executed from then on, by the executor alone", async () => {
    const { later, run, view, memory, clock, rung } = await openWith();
    const dueAt = await later(retry, 6 * HOUR_MS);
    expect(await run("retry", retry)).toEqual([{ kind: "ack", outcome: "already_scheduled" }]);
    clock.now = dueAt - 1;
    expect(await run("retry", retry)).toEqual([{ kind: "ack", outcome: "already_scheduled" }]);
    expect([memory.reads(), memory.calls, (await view(retry)).attempts]).toEqual([0, [], 0]);
    clock.now = dueAt;
    expect(await run("retry", retry)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect([memory.effects(), rung]).toEqual([1, []]);
  });

  it("is waited for where the row does not say so: nothing is written, read or told", async () => {
    const { run, view, memory, clock, ledger, key, alarms, calls } = await openWith();
    const notBefore = clock.now + HOUR_MS;
    const grant = await key.sign(retry, {
      policyVersion: policy.sections.guardrails,
      expiresAt: notBefore + 1,
      notBefore,
    });
    await ledger.putActions([
      { action: retry, eventId: "e", causedAt: null, grant, notBefore: null, caseReason: null, caseAbout: null },
    ]);
    expect(await run("retry", retry)).toEqual([{ kind: "ack", outcome: "not_yet" }]);
    expect(calls.slice(-2)).toEqual(["actions", "release"]);
    expect(await view(retry)).toMatchObject({ state: "ready", attempts: 0 });
    expect([memory.reads(), alarms]).toEqual([0, []]);
    clock.now = notBefore;
    expect(await run("retry", retry)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
  });

  it("gives its lease back where it is found too early only then", async () => {
    const { later, run, view, memory, clock, deps } = await openWith();
    const dueAt = await later(retry, HOUR_MS);
    clock.now = dueAt;
    // The executor's clock was set back between its look and its lease; the ledger's was not.
    const { begin } = deps.ledger;
    let backMs = 0;
    deps.now = () => clock.now - backMs;
    deps.ledger.begin = async (refs) => {
      const begun = await begin(refs);
      backMs = 5_000;
      return begun;
    };
    expect(await run("retry", retry)).toMatchObject([{ kind: "retry", reason: "grant_not_yet" }]);
    expect(await view(retry)).toMatchObject({ state: "ready", failures: 0, failure: { reason: "grant_not_yet" } });
    expect(memory.reads()).toBe(0);
  });

  it("is held and lifted like any other when its time has come", async () => {
    const { later, run, view, memory, clock, ledger, gate } = await openWith();
    clock.now = await later(retry, HOUR_MS);
    const hold = { scope: "all", at: 5 } as const;
    const { admit } = gate;
    gate.admit = (async (asked: unknown[]) =>
      asked.map(() => ({ kind: "held", reason: "stop", hold }))) as GateRpc["admit"];
    expect(await run("retry", retry)).toEqual([{ kind: "ack", outcome: "held" }]);
    expect(await view(retry)).toMatchObject({ state: "scheduled", held: { scope: "all" } });
    gate.admit = admit;
    expect(await ledger.wake(hold)).toBe(1);
    expect(await run("retry", retry)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect(memory.effects()).toBe(1);
  });

  it("keeps its time through a failure and a redrive", async () => {
    const { later, view, ledger, clock } = await openWith();
    const dueAt = await later(retry, 6 * HOUR_MS);
    await ledger.failAction(retry, null, { reason: "queue_exhausted", detail: "" });
    await ledger.redrive({ kind: "action", id: retry.id, subject: retry.subject }, "n");
    expect(await view(retry)).toMatchObject({ state: "scheduled", notBefore: dueAt, grantWanted: null });
    await ledger.failAction(retry, null, { reason: "provider_rate_limited", detail: "" });
    expect(await view(retry)).toMatchObject({ state: "scheduled", notBefore: dueAt });
    expect(await ledger.begin([retry])).toEqual([{ kind: "not_yet", notBefore: dueAt }]);
    clock.now = dueAt;
    expect(await ledger.begin([retry])).toMatchObject([{ kind: "granted" }]);
  });
});

describe("a grant of a revoked key", () => {
  it("is a case before anything is read, and puts nothing on hold", async () => {
    const { put, run, view, memory, alarms, holds, rung, revoke } = await openWith(paymentOf());
    await put(refund);
    await revoke();
    expect(await run("refund", refund)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(await view(refund)).toMatchObject({ state: "case_opening", failure: { reason: "grant_invalid" } });
    expect([memory.reads(), holds, alarms.length, rung.at(-1)?.queue]).toEqual([0, [], 1, "escalate"]);
  });

  it("still settles what was done while the key was good", async () => {
    const { put, run, view, memory, clock, revoke } = await openWith(paymentOf());
    await put(refund);
    memory.disturb({ kind: "lost_answer" });
    await run("refund", refund);
    await revoke();
    clock.now += 60_000;
    expect(await run("refund", refund)).toEqual([{ kind: "ack", outcome: "succeeded" }]);
    expect([(await view(refund)).outcome?.kind, memory.calls.length]).toEqual(["succeeded", 1]);
  });

  it("sends nothing where nothing was done before", async () => {
    const { put, run, memory, clock, revoke } = await openWith(paymentOf());
    await put(refund);
    memory.disturb(AWAY);
    await run("refund", refund);
    await revoke();
    clock.now += 60_000;
    expect(await run("refund", refund)).toEqual([{ kind: "ack", outcome: "case" }]);
    expect(memory.effects()).toBe(0);
  });

  it("raises an alarm for each action where the ledger does not say that it knows of the key", async () => {
    const { put, run, alarms, revoke, deps } = await openWith(paymentOf());
    const other = refundAction(2);
    await put(refund);
    await put(other);
    await revoke();
    deps.ledger = { ...deps.ledger, accept: async (items) => items.map(() => "unavailable") };
    await run("refund", refund, other);
    expect(alarms.map(({ what }) => what)).toEqual(["grant.key_revoked", "grant.key_revoked"]);
  });
});
