import { describe, expect, it } from "vitest";
import type { Reference } from "../../../shared/contracts/provider.ts";
import { ok } from "../../../shared/core/result.ts";
import { namedBesideOf } from "../../../shared/decision/resolve.ts";
import { openClassifier, partAnswer } from "../../helpers/classifier.ts";
import { newAction, refundAction } from "../../helpers/ledger.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { policy } from "../../helpers/policy.ts";
import { event } from "../../helpers/shard.ts";

const HOUR_MS = 3_600_000;

/** A guest's payment, of which requests ask for amounts in turn. */
async function open(capturedMinor = 10_000) {
  const classifier = await openClassifier([paymentOf({ capturedMinor, amountMinor: capturedMinor })]);
  classifier.answer(() => partAnswer);
  let count = 0;
  const asks = async (amount: string) => {
    count += 1;
    const id = `request:${count}`;
    const text = `Refund ${amount} USD, charged twice.`;
    await classifier.decide(event({ id, type: "countersign.request", payment: "pi_1", text }));
    const { state, action } = await classifier.trace(id);
    if (action === null) throw new Error(`${id} has no action`);
    return { state, action, rule: action.caseAbout?.rule ?? null };
  };
  return { ...classifier, asks };
}

describe("a request for what was refunded before", () => {
  it("by hand a minute ago is a case that names the refund", async () => {
    const { asks, memory, clock } = await open();
    memory.addRefund("pi_1", { id: "re_hand", createdAt: clock.now - 60_000 });
    memory.change("pi_1", { refundedMinor: 4_250 });
    const { state, action } = await asks("42.50");
    expect([state, action.grant]).toEqual(["case_opening", null]);
    expect(action.caseAbout).toEqual({ rule: "duplicate", refund: "re_hand" });
    expect(action.caseReason).toContain("re_hand of 42.50 USD");
    expect(action.action).toMatchObject({ kind: "refund", payment: "pi_1", amountMinor: 4_250 });
  });

  it("by an action of ours 25 hours ago is a case that names the action", async () => {
    const { asks, memory, clock } = await open();
    const ours = `act_${"c".repeat(32)}`;
    memory.addRefund("pi_1", { id: "re_ours", actionId: ours, createdAt: clock.now - 25 * HOUR_MS });
    memory.change("pi_1", { refundedMinor: 4_250 });
    const { action } = await asks("42.50");
    expect(action.caseAbout).toEqual({ rule: "duplicate", refund: "re_ours" });
    expect(action.caseReason).toContain(`by our action ${ours}`);
  });

  it("in another part is executed", async () => {
    const { asks, memory } = await open();
    memory.addRefund("pi_1", { amountMinor: 4_000 });
    memory.change("pi_1", { refundedMinor: 4_000 });
    expect((await asks("42.50")).state).toBe("ready");
  });

  it("and whose grant is renewed is a case that names the refund", async () => {
    const { asks, memory, ledger, deliver } = await open();
    const { action } = await asks("42.50");
    const ref = { id: action.action.id, subject: action.action.subject };
    const [begun] = await ledger.begin([ref]);
    if (begun?.kind !== "granted") throw new Error("not granted");
    await ledger.requestGrant(ref, begun.fence, "the grant expired");
    memory.addRefund("pi_1", { id: "re_hand" });
    memory.change("pi_1", { refundedMinor: 4_250 });
    await deliver({ kind: "regrant", ...ref, nonce: "n", summary: "s" });
    const [view] = await ledger.actions([ref]);
    expect(view).toMatchObject({ state: "case_opening", caseAbout: { rule: "duplicate", refund: "re_hand" } });
  });
});

describe("slices of one payment", () => {
  const thresholdMinor = policy.guardrails.refund.fourEyesAboveUsdCents;

  it("need four eyes as soon as they are together above the threshold", async () => {
    const { asks } = await open(20 * thresholdMinor);
    expect((await asks("500.00")).state).toBe("ready");
    expect((await asks("499.99")).rule).toBe("four_eyes");
    expect((await asks("0.01")).rule).toBe("four_eyes");
  });

  it("count while they wait for a grant, too", async () => {
    const { asks, ledger } = await open(20 * thresholdMinor);
    const waiting = refundAction(9, { subject: "pi_1", payment: "pi_1", amountMinor: thresholdMinor - 100 });
    await ledger.putActions([newAction(waiting, { grant: null, notBefore: Number.MAX_SAFE_INTEGER })]);
    expect((await asks("1.01")).rule).toBe("four_eyes");
    expect((await asks("1.00")).state).toBe("ready");
  });
});

describe("an invoice that is named beside the payment", () => {
  const found = paymentOf({ invoice: null });
  const named = async (invoice: string | null) => {
    const references = [
      { ref: "r1", kind: "payment", value: "pi_1" },
      { ref: "r2", kind: "invoiceNumber", value: "INV-1042" },
    ];
    const lookups = { find: async (_reference: Reference) => ok(paymentOf({ invoice })) };
    const proposed = { proposal: { action: "refund", target: "pi_1" } };
    const beside = await namedBesideOf(proposed as never, found, { reading: { references }, lookups } as never);
    return beside.ok ? beside.value : null;
  };

  it("bounds the refund as if it had been chosen, by the id that the provider gave it", async () => {
    expect(await named("in_1")).toEqual({ payments: [], invoice: "in_1" });
  });

  it("is none where the provider says of none", async () => {
    expect(await named(null)).toEqual({ payments: [], invoice: null });
  });

  it("and that another payment paid too bounds it by what this payment paid, whichever the look-up leads to", async () => {
    const invoiceParts = [
      { invoice: "in_two", subscription: null, paidMinor: 6_000, creditedMinor: 0, overpaidMinor: 0 },
    ];
    for (const [kind, value] of [
      ["invoice", "in_two"],
      ["invoiceNumber", "INV-1042"],
    ]) {
      const lookups = { find: async () => ok(paymentOf({ payment: "pi_2", invoice: "in_two" })) };
      const proposed = { proposal: { action: "refund", target: "pi_1" } };
      const reading = { references: [{ ref: "r1", kind, value }] };
      const beside = await namedBesideOf(proposed as never, { ...found, invoiceParts }, { reading, lookups } as never);
      expect(beside).toEqual(ok({ payments: [], invoice: "in_two" }));
      const other = await namedBesideOf(proposed as never, found, { reading, lookups } as never);
      expect(other).toEqual(ok({ payments: [value], invoice: null }));
    }
  });

  it("of several that one payment paid is a person's, though the payment was chosen", async () => {
    const invoiceParts = [
      { invoice: "in_1", subscription: null, paidMinor: 5_000, creditedMinor: 0, overpaidMinor: 0 },
      { invoice: "in_2", subscription: null, paidMinor: 5_000, creditedMinor: 0, overpaidMinor: 0 },
    ];
    const { decide, answer, trace } = await openClassifier([paymentOf({ invoice: "in_1", invoiceParts })]);
    answer(() => partAnswer);
    const text = "Refund 42.50 USD, charged twice.";
    await decide(event({ id: "request:1", type: "countersign.request", payment: "pi_1", invoice: "in_1", text }));
    expect((await trace("request:1")).action).toMatchObject({
      state: "case_opening",
      caseAbout: { rule: "one_payment", refund: null },
      action: { invoice: "in_1", payment: "pi_1" },
    });
  });
});
