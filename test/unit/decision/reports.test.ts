import { describe, expect, it } from "vitest";
import type { PaymentEvent } from "../../../shared/contracts/event.ts";
import { openClassifier } from "../../helpers/classifier.ts";
import { newAction, refundAction } from "../../helpers/ledger.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { event } from "../../helpers/shard.ts";

const action = refundAction(1);
const ref = { id: action.id, subject: action.subject };
const told = (id: string, type: string, changes: Partial<PaymentEvent> = {}): PaymentEvent =>
  event({ id: `stripe:${id}`, type, actionId: action.id, payment: "pi_1", refund: "re_1", ...changes });
const failed = (id: string, changes: Partial<PaymentEvent> = {}) =>
  told(id, "refund.failed", { refundStatus: "failed", ...changes });

/** A refund of ours on pi_1 that ended so at the provider. */
async function open(kind: "succeeded" | "pending") {
  const classifier = await openClassifier([paymentOf(), paymentOf({ payment: "pi_2", charge: "ch_2" })]);
  const { ledger } = classifier;
  await ledger.putActions([newAction(action)]);
  const [begun] = await ledger.begin([ref]);
  if (begun?.kind !== "granted") throw new Error("not granted");
  const effect = { providerObject: "re_1", amountMinor: 4_250, note: "" };
  const outcome = kind === "pending" ? { kind, ...effect, checkAfterMs: 21_600_000 } : { kind, ...effect };
  await ledger.settle([{ ref, fence: begun.fence, outcome }]);
  const state = async () => (await ledger.actions([ref]))[0]?.state;
  const reasonOf = async (id: string) => (await classifier.trace(`stripe:${id}`)).event.outcome?.reason;
  const cases = async (subject: string) =>
    (await ledger.actionsOf(subject)).filter(({ action }) => action.kind === "escalate").length;
  return { ...classifier, state, reasonOf, cases };
}

describe("an event that reports on an action of ours", () => {
  it("rings the executor of what it makes due, says so, and opens no case of its own", async () => {
    const { decide, rung, state, reasonOf, cases, asked } = await open("succeeded");
    expect(await decide(failed("evt_1"))).toEqual([{ kind: "ack", outcome: "report" }]);
    expect([await state(), rung]).toEqual(["pending", [{ queue: "refund", id: action.id }]]);
    expect(await reasonOf("evt_1")).toBe(`reports on ${action.id}, which is read again at the provider`);
    expect([await cases("pi_1"), asked]).toEqual([0, []]);
  });

  it("makes a pending refund due when it says that the bank is done", async () => {
    const { decide, rung } = await open("pending");
    await decide(told("evt_1", "refund.updated", { refundStatus: "succeeded" }));
    expect(rung).toEqual([{ queue: "refund", id: action.id }]);
  });

  it("says how the action has ended where there is nothing to do", async () => {
    const { decide, rung, state, reasonOf } = await open("succeeded");
    await decide(told("evt_1", "refund.created", { refundStatus: "succeeded" }), told("evt_2", "charge.refunded"));
    expect([await state(), rung]).toEqual(["succeeded", []]);
    expect(await reasonOf("evt_1")).toBe(`reports on ${action.id}, which has ended as succeeded`);
    expect(await reasonOf("evt_2")).toBe(await reasonOf("evt_1"));
  });

  it("told three times in one batch, as Stripe tells it, rings once", async () => {
    const { decide, rung } = await open("succeeded");
    const all = ["refund.failed", "refund.updated", "charge.refund.updated"];
    await decide(...all.map((type, n) => told(`evt_${n}`, type, { refundStatus: "failed" })));
    expect(rung).toEqual([{ queue: "refund", id: action.id }]);
  });

  it("stays due when the ledger does not answer, and its neighbours are decided", async () => {
    const { decide, ring, broken, clock, trace, state } = await open("succeeded");
    broken.add("recheck");
    const other = event({ id: "stripe:evt_9", type: "review.opened", dispute: "prv_1", payment: "pi_2" });
    const [first, second] = await decide(failed("evt_1"), other);
    expect([first?.kind, second]).toMatchObject(["threw", { kind: "ack" }]);
    expect((await trace("stripe:evt_1")).terminal).toBe(false);
    expect(await state()).toBe("succeeded");
    broken.clear();
    clock.now += 61_000;
    await ring("stripe:evt_1");
    expect([(await trace("stripe:evt_1")).state, await state()]).toEqual(["none", "pending"]);
  });
});

describe("a failed refund that is not ours, though it carries an id of ours", () => {
  it.each([
    ["of another payment's action", { payment: "pi_2", charge: "ch_2", refund: "re_2" }],
    ["of this payment's action, on another refund", { refund: "re_copied" }],
    ["that no row has", { actionId: `act_${"f".repeat(32)}` }],
  ])("copied: one %s is a case of its own, and changes nothing there", async (_what, changes) => {
    const { decide, state, rung, trace } = await open("succeeded");
    await decide(failed("evt_1", changes));
    expect(await state()).toBe("succeeded");
    expect(await trace("stripe:evt_1")).toMatchObject({
      state: "case_opening",
      action: { action: { kind: "escalate" } },
    });
    expect(rung.filter(({ queue }) => queue === "refund")).toEqual([]);
  });

  it("is one case, however often and by whichever event it is told", async () => {
    const { decide, cases } = await open("succeeded");
    const copied = { payment: "pi_2", charge: "ch_2", refund: "re_2" };
    await decide(failed("evt_1", copied), told("evt_2", "refund.updated", { ...copied, refundStatus: "failed" }));
    await decide(failed("evt_3", copied));
    expect(await cases("pi_2")).toBe(1);
  });
});

it("an echo that names no row of ours is over as before", async () => {
  const { decide, reasonOf } = await open("succeeded");
  const stranger = `act_${"f".repeat(32)}`;
  await decide(told("evt_1", "refund.created", { actionId: stranger, refundStatus: "succeeded" }));
  expect(await reasonOf("evt_1")).toBe(`echo of our own action ${stranger}`);
});
