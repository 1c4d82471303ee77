/**
 * Every Worker that reaches the ledger can write to it. These are rows that some such Worker wrote, and calls that it made;
 * the classifier and the executors then do what they always do.
 */
import { beforeEach, describe, expect, it } from "vitest";
import type { Action } from "../../../shared/contracts/action.ts";
import type { NewAction } from "../../../shared/contracts/ledger.ts";
import type { ActionRef } from "../../../shared/contracts/views.ts";
import { actionIdOf, shardOf } from "../../../shared/core/ids.ts";
import { notBeforeOf } from "../../../shared/grant/verify.ts";
import { declineOf } from "../../../shared/providers/stripe/declines.ts";
import { partAnswer, refundAnswer } from "../../helpers/classifier.ts";
import { createKey } from "../../helpers/keys.ts";
import { newAction, refundAction } from "../../helpers/ledger.ts";
import { invoiceOf, paymentOf } from "../../helpers/memory-provider.ts";
import { openPipeline } from "../../helpers/pipeline.ts";
import { policy } from "../../helpers/policy.ts";
import { event } from "../../helpers/shard.ts";

const HOUR_MS = 3_600_000;
/** As the local ledger has them. */
const SHARDS = 3;
const DAY_MS = 24 * HOUR_MS;
const owed = paymentOf({
  payment: "pi_owed",
  charge: "ch_owed",
  invoice: "in_1",
  invoiceState: invoiceOf(),
  status: "unpaid",
  capturedMinor: 0,
  decline: declineOf("insufficient_funds", null),
});
const renewal = event({ invoice: "in_1", payment: "pi_owed", attempt: 1 });
const request = event({
  id: "request:1",
  type: "countersign.request",
  payment: "pi_1",
  text: "Refund 42.50 USD, charged twice.",
});

let open: Awaited<ReturnType<typeof openPipeline>>;
beforeEach(async () => {
  open = await openPipeline([paymentOf(), owed]);
  open.answer((projection) => (projection.includes("in_1") ? { ...refundAnswer, action: "retry" } : partAnswer));
});

const actionOf = async (id: string) => {
  const { action } = await open.trace(id);
  if (action === null) throw new Error(`${id} has no action`);
  return action;
};
const plant = async (action: Action, changes: Partial<NewAction> = {}): Promise<ActionRef> => {
  await open.ledger.putActions([newAction(action, changes)]);
  return action;
};
/** Stopped, told, and the payment on hold; nothing was sent. */
async function wasStopped(ref: ActionRef, payment = "pi_1"): Promise<void> {
  await open.pass(2 * DAY_MS);
  expect(await open.view(ref)).toMatchObject({
    state: "case_open",
    failure: { reason: "grant_invalid" },
    caseReason: expect.stringContaining("the grant is not ours"),
  });
  expect(open.alarms).toMatchObject([{ what: "grant.forged", action: ref.id }]);
  expect(open.holds).toEqual([`payment:${payment}`]);
  expect(open.memory.calls).toEqual([]);
}

const planted = refundAction(1, { amountMinor: 500 });

describe("a row that somebody put into the ledger", () => {
  it("without a grant is not signed: it is stopped, told, and its payment held", async () => {
    await wasStopped(await plant(planted, { grant: null }));
  });

  it("without a grant, for later, is stopped when its time has come", async () => {
    const later = { grant: null, notBefore: open.clock.now + HOUR_MS };
    await wasStopped(await plant(planted, later));
  });

  it("that says it is older than grants is no older", async () => {
    const old = { grant: null, version: 0, grantWanted: "first" } as Partial<NewAction>;
    const ref = await plant(planted, old);
    expect((await open.view(ref)).version).toBe(1);
    await wasStopped(ref);
  });

  it("with the grant of another action is stopped", async () => {
    await open.decide(request);
    const { grant } = await actionOf("request:1");
    const twin = refundAction(7, { subject: "pi_1", payment: "pi_1", amountMinor: 100 });
    const ref = await plant(twin, { grant });
    await open.answerBell(ref);
    expect((await open.view(ref)).caseReason).toContain("signed for another action");
    expect([open.alarms.length, open.memory.calls]).toEqual([1, []]);
  });

  it("with another amount than its own grant's is stopped", async () => {
    const grant = await open.key.sign(planted, {
      policyVersion: policy.sections.guardrails,
      expiresAt: open.clock.now + HOUR_MS,
      notBefore: null,
    });
    await wasStopped(await plant({ ...planted, amountMinor: 50_000 }, { grant }));
  });

  it("under a key that is not ours is stopped", async () => {
    const stranger = await createKey("key-1");
    const terms = { policyVersion: policy.sections.guardrails, expiresAt: open.clock.now + HOUR_MS, notBefore: null };
    await wasStopped(await plant(planted, { grant: await stranger.sign(planted, terms) }));
  });

  it("with something that is no grant at all is stopped", async () => {
    await wasStopped(await plant(planted, { grant: { kid: 1, claims: null, signature: [] } as never }));
  });

  it("with a retry's own grant and a time in the past waits for the time that was signed", async () => {
    const { ledger } = open.deps;
    // The classifier dies between the fact and the action, and somebody else puts the action.
    open.deps.ledger = { ...ledger, putActions: () => Promise.reject(new Error("died")) };
    await open.decide(renewal);
    open.deps.ledger = ledger;
    const [recorded] = await ledger.decisionsOf(["-/test/failed_renewal/in_1:1"]);
    if (recorded?.decision.kind !== "action") throw new Error("nothing was recorded");
    const { action } = recorded.decision;
    const ref = await plant(action, { grant: recorded.grant, notBefore: 0 });
    expect((await open.view(ref)).state).toBe("ready");
    const dueAt = notBeforeOf(recorded.grant) ?? 0;
    await open.pass(dueAt - 1 - open.clock.now);
    expect([open.memory.calls, (await open.view(ref)).attempts, open.alarms]).toEqual([[], 0, []]);
    await open.pass(HOUR_MS);
    expect(open.memory.calls).toMatchObject([{ what: "payInvoice", actionId: action.id }]);
  });
});

describe("a row of ours that somebody put into another shard", () => {
  it("with its own good grant, to have it executed though it is a case, cannot be begun", async () => {
    await open.decide(request);
    const twin = event({ ...request, id: "request:2" });
    await open.decide(twin);
    const second = await actionOf("request:2");
    const [recorded] = await open.ledger.decisionsOf(["-/test/request/request:2"]);
    expect([second.state, recorded?.grant?.kid]).toEqual(["case_opening", "key-1"]);
    const { subject } = second.action;
    const elsewhere = (shardOf(subject, SHARDS) + 1) % SHARDS;
    const item = newAction(second.action, { grant: recorded?.grant ?? null });
    await open.shard(elsewhere).call(SHARDS, "putActions", [[item]]);
    const name = Array.from({ length: 99 }, (_, n) => `pi_other_${n}`).find(
      (one) => shardOf(one, SHARDS) === elsewhere,
    );
    const found = { id: second.action.id, subject: name ?? "" };
    expect(await open.view(found)).toMatchObject({ state: "ready", action: { subject } });
    await open.answerBell(found);
    expect(open.memory.calls).toEqual([]);
    await open.pass(HOUR_MS / 2);
    expect(open.memory.effects()).toBe(1);
  });
});

describe("a fact row that somebody put into the ledger", () => {
  const recordFor = (grant: unknown) =>
    open.ledger.recordDecisions([
      {
        factRowKey: "-/test/request/request:1",
        eventId: "request:1",
        decision: {
          kind: "action",
          caseReason: null,
          action: planted,
          record: { by: "rule", reason: "r", proposal: null, verdicts: [], policyVersion: "p", agent: null },
        },
        grant,
        version: 0,
      } as never,
    ]);

  it("without a grant, before the event is decided, has its action stopped", async () => {
    await recordFor(null);
    await open.decide(request);
    await wasStopped(planted);
  });

  it("with the grant of another action has its action stopped", async () => {
    const other = await open.key.sign(refundAction(9), { policyVersion: "p", expiresAt: 9e15, notBefore: null });
    await recordFor(other);
    await open.decide(request);
    await wasStopped(planted);
  });
});

describe("a next try that somebody put into the ledger", () => {
  const due = policy.guardrails.retry.firstDelayMs;
  const idOfStep = (step: number) =>
    actionIdOf({ account: null, mode: "test", factKey: "failed_renewal/in_1:1", step });
  const firstTry = async () => {
    await open.decide(renewal);
    return (await actionOf(renewal.id)).action;
  };
  const begin = async (first: Action): Promise<number> => {
    open.clock.now += due;
    const [begun] = await open.ledger.begin([first]);
    if (begun?.kind !== "granted") throw new Error("not begun");
    return begun.fence;
  };
  const settleAs = (first: Action, fence: number, step: number, actionId: string) =>
    open.ledger.settle([
      {
        ref: first,
        fence,
        outcome: {
          kind: "declined",
          note: "so they say",
          declineCode: null,
          next: { actionId, step, notBefore: open.clock.now },
        },
      },
    ]);

  it.each(["with the grant of the try before it", "without one"])("as its second, %s, is stopped", async (how) => {
    const first = await firstTry();
    const { grant } = await open.view(first);
    const second = { ...first, id: await idOfStep(2), step: 2 };
    await plant(second, { grant: how === "without one" ? null : grant, notBefore: 0 });
    await open.answerBell(second);
    expect(await open.view(second)).toMatchObject({ state: "case_opening", failure: { reason: "grant_invalid" } });
    expect([open.memory.calls, open.alarms.length, open.holds]).toEqual([[], 1, ["payment:pi_owed"]]);
  });

  it("as its second, when the first is over, is stopped", async () => {
    const first = await firstTry();
    const { grant } = await open.view(first);
    const fence = await begin(first);
    await open.ledger.settle([{ ref: first, fence, outcome: { kind: "skipped", note: "" } }]);
    const second = { ...first, id: await idOfStep(2), step: 2 };
    await plant(second, { grant, notBefore: 0 });
    await wasStopped(second, "pi_owed");
  });

  it("by settling a first that the provider was never asked for ends as a case, after a few looks", async () => {
    const first = await firstTry();
    await settleAs(first, await begin(first), 2, await idOfStep(2));
    const second = { id: await idOfStep(2), subject: first.subject };
    await open.pass(HOUR_MS / 6);
    expect(await open.view(second)).toMatchObject({ state: "scheduled", failure: { reason: "decline_unseen" } });
    await open.pass(2 * DAY_MS);
    expect(await open.view(second)).toMatchObject({
      state: "case_open",
      caseAbout: { rule: "grant" },
      caseReason: expect.stringContaining("the provider shows no declined try"),
    });
    expect([open.memory.calls, open.alarms]).toEqual([[], []]);
  });

  it("is not justified by the decline that the first try was to follow", async () => {
    open.memory.change("pi_owed", { declinedAt: open.clock.now });
    const first = await firstTry();
    await settleAs(first, await begin(first), 2, await idOfStep(2));
    await open.pass(2 * DAY_MS);
    const second = await open.view({ id: await idOfStep(2), subject: first.subject });
    expect(second).toMatchObject({ state: "case_open", caseReason: expect.stringContaining("none later than") });
    expect(open.memory.calls).toEqual([]);
  });

  it("earlier than the schedule has it waits for the schedule", async () => {
    const first = await firstTry();
    const fence = await begin(first);
    const declinedAt = open.clock.now;
    open.memory.change("pi_owed", { declinedAt });
    await settleAs(first, fence, 2, await idOfStep(2));
    const second = { id: await idOfStep(2), subject: first.subject };
    await open.pass(HOUR_MS);
    const view = await open.view(second);
    expect(view).toMatchObject({ state: "scheduled", grantWanted: null });
    expect(view.notBefore).toBeGreaterThanOrEqual(declinedAt + due);
    expect(open.memory.calls).toEqual([]);
    await open.pass(DAY_MS);
    expect(open.memory.calls).toHaveLength(1);
  });

  it.each([
    ["under another id than its step has", 2, 3],
    ["that leaves out a step", 3, 3],
  ])("%s is stopped", async (_what, step, ofStep) => {
    const first = await firstTry();
    const fence = await begin(first);
    open.memory.change("pi_owed", { declinedAt: open.clock.now });
    const id = await idOfStep(ofStep);
    await settleAs(first, fence, step, id);
    await wasStopped({ id, subject: first.subject }, "pi_owed");
  });

  it("beyond policy's last is a case, for which the provider is not even read", async () => {
    const first = await firstTry();
    const last = {
      ...first,
      step: policy.guardrails.retry.maxSteps,
      id: await idOfStep(policy.guardrails.retry.maxSteps),
    };
    const terms = {
      policyVersion: policy.sections.guardrails,
      expiresAt: open.clock.now + 9 * HOUR_MS,
      notBefore: null,
    };
    await open.ledger.failAction(first, null, { reason: "guardrail", detail: "out of the way" });
    await plant(last, { grant: await open.key.sign(last, terms) });
    const fence = await begin(last);
    open.memory.change("pi_owed", { declinedAt: open.clock.now });
    const id = await idOfStep(policy.guardrails.retry.maxSteps + 1);
    await settleAs(last, fence, policy.guardrails.retry.maxSteps + 1, id);
    const reads = open.memory.reads();
    await open.pass(DAY_MS);
    expect(open.memory.reads()).toBe(reads);
    expect(await open.view({ id, subject: first.subject })).toMatchObject({
      state: "case_open",
      caseAbout: { rule: "retries_left" },
    });
    expect(open.memory.calls).toEqual([]);
  });

  it("whose first try has not led to it is a case", async () => {
    const first = await firstTry();
    const fence = await begin(first);
    open.memory.change("pi_owed", { declinedAt: open.clock.now });
    const second = { id: await idOfStep(2), subject: first.subject };
    const { actions } = open.deps.ledger;
    await settleAs(first, fence, 2, second.id);
    // What a row says whose end somebody wrote otherwise.
    open.deps.ledger.actions = async (refs) =>
      (await actions(refs)).map((view) => view && (view.action.id === first.id ? { ...view, outcome: null } : view));
    await open.pass(DAY_MS);
    open.deps.ledger.actions = actions;
    expect(await open.view(second)).toMatchObject({
      state: "case_open",
      caseReason: expect.stringContaining("which has not led to it"),
    });
    expect(open.memory.calls).toEqual([]);
  });
});

describe("a call that somebody makes", () => {
  it("requestGrant renews nothing but what was signed, and keeps its time", async () => {
    await open.decide(renewal);
    const { action, grant } = await actionOf(renewal.id);
    const dueAt = notBeforeOf(grant) ?? 0;
    open.clock.now = dueAt;
    const [begun] = await open.ledger.begin([action]);
    if (begun?.kind !== "granted") throw new Error("not begun");
    // The classifier's clock, and the grant's time, are later than the ledger's.
    open.clock.now = dueAt - HOUR_MS;
    await open.ledger.requestGrant(action, begun.fence, "so they say");
    await open.answerBell(action);
    const renewed = await open.view(action);
    expect(renewed.history.map(({ what }) => what).slice(-2)).toEqual(["grant requested", "granted"]);
    expect([renewed.state, renewed.notBefore, notBeforeOf(renewed.grant)]).toEqual(["scheduled", dueAt, dueAt]);
    expect(open.memory.calls).toEqual([]);
  });

  it("regrant with a grant that is not ours has the action stopped", async () => {
    await open.decide(request);
    const { action } = await actionOf("request:1");
    const [begun] = await open.ledger.begin([action]);
    if (begun?.kind !== "granted") throw new Error("not begun");
    await open.ledger.requestGrant(action, begun.fence, "so they say");
    await open.ledger.regrant([
      { ref: action, grant: { kid: "key-1", claims: "{}", signature: "00" }, notBefore: null },
    ]);
    await wasStopped(action);
  });

  it("regrant for a row that waits for its time changes nothing", async () => {
    await open.decide(renewal);
    const { action, grant } = await actionOf(renewal.id);
    await open.ledger.regrant([{ ref: action, grant: { kid: "k", claims: "{}", signature: "00" }, notBefore: null }]);
    expect(await open.view(action)).toMatchObject({ state: "scheduled", grant });
  });
});

describe("a row of ours whose key is revoked", () => {
  it("is a case each, with one alarm for the key and no hold", async () => {
    const second = event({ ...request, id: "request:2", payment: "pi_2" });
    await open.decide(request);
    const { action, grant } = await actionOf("request:1");
    const other = refundAction(2, { subject: "pi_2", payment: "pi_2" });
    const terms = { policyVersion: policy.sections.guardrails, expiresAt: open.clock.now + HOUR_MS, notBefore: null };
    await plant(other, { grant: await open.key.sign(other, terms), eventId: second.id });
    const next = await createKey("key-2");
    await open.useKeys({ ...open.key.publicKey, revoked: true }, next.publicKey);
    await open.pass(HOUR_MS / 2);
    for (const ref of [action, other])
      expect(await open.view(ref), ref.id).toMatchObject({
        state: "case_open",
        caseReason: expect.stringContaining("the key key-1, which is revoked"),
      });
    expect(open.alarms).toMatchObject([{ what: "grant.key_revoked", kid: "key-1" }]);
    expect([open.holds, open.memory.calls, grant?.kid]).toEqual([[], [], "key-1"]);
  });

  it("is a case also where it waits for the classifier", async () => {
    await open.decide(request);
    const { action } = await actionOf("request:1");
    const [begun] = await open.ledger.begin([action]);
    if (begun?.kind !== "granted") throw new Error("not begun");
    await open.ledger.requestGrant(action, begun.fence, "expired");
    const next = await createKey("key-2");
    open.deps.sign = next.sign;
    await open.useKeys({ ...open.key.publicKey, revoked: true }, next.publicKey);
    await open.pass(HOUR_MS / 2);
    expect(await open.view(action)).toMatchObject({ state: "case_open", failure: { reason: "grant_invalid" } });
    expect([open.alarms.length, open.holds]).toEqual([1, []]);
  });
});

describe("what is ours", () => {
  it("is renewed under the same id when its key is retired, and executed once", async () => {
    await open.decide(request);
    const { action } = await actionOf("request:1");
    const next = await createKey("key-2");
    open.deps.sign = next.sign;
    await open.useKeys({ ...open.key.publicKey, retired: true }, next.publicKey);
    await open.pass(HOUR_MS / 2);
    expect(await open.view(action)).toMatchObject({ state: "succeeded", grant: { kid: "key-2" } });
    expect([open.memory.effects(), open.alarms, open.holds]).toEqual([1, [], []]);
  });

  it("is tried a second time when the first was declined, also when the decline's answer was lost and read later", async () => {
    await open.decide(renewal);
    const declined = {
      kind: "answer",
      effect: { kind: "declined", decline: declineOf("insufficient_funds", null), note: "no money" },
    } as const;
    open.memory.disturb({ kind: "answer", effect: { kind: "unclear", note: "timeout", storedError: false } }, declined);
    await open.pass(2 * DAY_MS);
    expect(open.memory.calls.map(({ key, effect }) => [key.slice(-2), effect])).toEqual([
      [":0", false],
      [":0", false],
      [":0", true],
    ]);
    expect((await open.ledger.actionsOf("pi_owed")).map(({ state }) => state).toSorted()).toEqual([
      "declined",
      "succeeded",
    ]);
    expect([open.alarms, open.holds]).toEqual([[], []]);
  });

  it("is skipped where nothing is owed any more when the next try is due", async () => {
    await open.decide(renewal);
    open.memory.disturb({
      kind: "answer",
      effect: { kind: "declined", decline: declineOf("insufficient_funds", null), note: "no money" },
    });
    await open.pass(policy.guardrails.retry.firstDelayMs);
    const invoiceState = invoiceOf({ status: "paid", amountRemainingMinor: 0 });
    open.memory.change("pi_owed", { status: "paid", declinedAt: null, invoiceState });
    await open.pass(2 * DAY_MS);
    const [, second] = (await open.ledger.actionsOf("pi_owed")).toSorted((a, b) => a.action.step - b.action.step);
    expect(second).toMatchObject({ state: "skipped", attempts: 0, outcome: { kind: "skipped" } });
    expect(open.memory.calls).toHaveLength(1);
  });
});
