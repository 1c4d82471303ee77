import { describe, expect, it } from "vitest";
import type { ApprovalClaims, SignedApproval } from "../../../shared/contracts/case-decision.ts";
import type { CallName } from "../../../shared/contracts/ledger.ts";
import { sha256Hex } from "../../../shared/core/hash.ts";
import { shardOf } from "../../../shared/core/ids.ts";
import { canonicalJson } from "../../../shared/core/json.ts";
import { caseRowOf } from "../../../shared/records/case.ts";
import { ANN, BEN, CLEO, type Desk, openDesk } from "../../helpers/approving.ts";
import { createApprovalKey } from "../../helpers/keys.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { policy, policyWith } from "../../helpers/policy.ts";
import { event } from "../../helpers/shard.ts";

const HOUR_MS = 3_600_000;
const ASKED = "Refund 42.50 USD, charged twice.";

/** A payment of which 42.50 were refunded by hand, and a request for 42.50: a case about a duplicate. */
async function openDuplicate(capturedMinor = 10_000): Promise<Desk & { caseId: string }> {
  const desk = await openDesk([paymentOf({ capturedMinor, amountMinor: capturedMinor, customer: "cus_1" })]);
  desk.memory.addRefund("pi_1", { id: "re_hand", createdAt: desk.clock.now - 60_000 });
  desk.memory.change("pi_1", { refundedMinor: 4_250 });
  return { ...desk, caseId: await desk.asks(ASKED, { customer: "cus_1" }) };
}
const override = { overrides: ["duplicate"] as const };
const over = () => ({ overrides: [...override.overrides] });

/** The id of a payment whose rows are where those of pi_1 are, or elsewhere. The desk's ledger has three shards. */
function idIn(isSame: boolean): string {
  const ids = Array.from({ length: 50 }, (_, n) => `pi_other${n}`);
  const found = ids.find((id) => (shardOf(id, 3) === shardOf("pi_1", 3)) === isSame);
  if (found === undefined) throw new Error("no such id");
  return found;
}

async function outcomeOf(desk: Desk, id: string | null) {
  const view = await desk.ledger.eventView(id ?? "");
  return view?.outcome ?? null;
}

describe("a case that one person approves over its duplicate", () => {
  it("is executed once, in the approver's name, and each verdict says who let it pass", async () => {
    const desk = await openDuplicate();
    expect(await desk.caseView(desk.caseId)).toMatchObject({ state: "case_open", caseAbout: { rule: "duplicate" } });
    const answer = await desk.approves(desk.caseId, ANN, over());
    expect(answer).toMatchObject({ kind: "approved", approvers: ["Ann"], needs: 1 });
    await desk.settles();
    expect(desk.sent()).toMatchObject([{ what: "refund", amountMinor: 4_250 }]);
    const view = await desk.caseView(desk.caseId);
    expect(view.state).toBe("succeeded");
    const approval = "event" in answer ? answer.event : null;
    expect(JSON.parse(view.grant?.claims ?? "{}")).toMatchObject({
      approved: { approval, approvers: [ANN.id], overrides: ["duplicate"] },
    });
    const { fact } = await desk.trace(approval ?? "");
    expect(fact?.decision.record).toMatchObject({
      by: "person",
      approved: { approval, approvers: [{ id: ANN.id, name: "Ann" }] },
    });
    expect(fact?.decision.record.verdicts).toContainEqual(
      expect.objectContaining({ rule: "duplicate", verdict: "overridden", approval, refund: "re_hand" }),
    );
    expect(await outcomeOf(desk, approval)).toMatchObject({ kind: "action", actionId: view.action.id });
    expect(desk.acts).toMatchObject([
      { what: "case.approve", after: { approvers: [ANN.id], overrides: ["duplicate"] } },
    ]);
  });

  it("and does not name the duplicate comes back with it, and nothing is sent", async () => {
    const desk = await openDuplicate();
    await desk.approves(desk.caseId);
    await desk.settles();
    const view = await desk.caseView(desk.caseId);
    expect(view).toMatchObject({ caseRound: 2, caseAbout: { rule: "duplicate", refund: "re_hand" } });
    expect(view.caseReason).toContain("it was approved, and refused: possible duplicate");
    expect(desk.sent()).toEqual([]);
  });

  it("by a double click is one approval, and is executed once", async () => {
    const desk = await openDuplicate();
    const seen = await desk.shown(desk.caseId);
    const both = await Promise.all(
      [1, 2].map(() => desk.approves(desk.caseId, ANN, { ...seen, ...over() }, "one key")),
    );
    expect(both[0]).toEqual(both[1]);
    await desk.settles();
    expect(await desk.approves(desk.caseId, ANN, { ...seen, ...over() }, "one key")).toEqual(both[0]);
    expect(await desk.approves(desk.caseId, BEN, { ...seen, ...over() })).toMatchObject({
      kind: "refused",
      status: 409,
    });
    await desk.settles();
    expect(desk.sent()).toHaveLength(1);
  });

  it("and sends again after a publication is one event still, and its answer names the same", async () => {
    const desk = await openDuplicate();
    const first = await desk.approves(desk.caseId, ANN, over(), "once");
    desk.usePolicy(
      await policyWith((document) => {
        document.guardrails.refund.mediumConfidenceMaxUsdCents += 1;
      }),
    );
    expect(await desk.approves(desk.caseId, ANN, { ...over(), ...(await desk.shown(desk.caseId)) }, "once")).toEqual(
      first,
    );
    await desk.settles();
    expect(desk.sent()).toHaveLength(1);
    expect((await desk.ledger.totals()).conflicts).toBe(0);
    expect(await outcomeOf(desk, "event" in first ? first.event : null)).toMatchObject({ kind: "action" });
  });

  it("that was accepted under the id of before, and again under that of today, is executed once", async () => {
    const desk = await openDuplicate();
    const answer = await desk.approves(desk.caseId, ANN, over());
    const id = "event" in answer ? (answer.event ?? "") : "";
    const raw = (await desk.ledger.rawOf(id)) ?? "";
    const { claims } = JSON.parse(raw) as SignedApproval;
    const before = `approval:${(await sha256Hex(claims)).slice(0, 32)}`;
    const stored = await desk.ledger.eventView(id);
    if (stored === null) throw new Error("it was not accepted");
    await desk.ledger.accept([{ event: { ...stored.event, id: before }, raw, provenance: "own" }]);
    await desk.ring(before);
    await desk.ring(id);
    await desk.settles();
    expect(desk.sent()).toHaveLength(1);
    expect(await outcomeOf(desk, before)).toMatchObject({ kind: "action" });
    expect(await outcomeOf(desk, id)).toMatchObject({ kind: "none", reason: expect.stringContaining("void") });
    expect(desk.alarms).toEqual([]);
  });

  it("as it was shown before it changed is refused", async () => {
    const desk = await openDuplicate();
    const seen = await desk.shown(desk.caseId);
    await desk.approves(desk.caseId);
    await desk.settles();
    expect(await desk.approves(desk.caseId, ANN, { ...seen, ...over() })).toMatchObject({
      kind: "refused",
      detail: expect.stringContaining("has changed since you looked"),
    });
  });

  it("over what policy lets nobody override is refused before anything is written", async () => {
    const desk = await openDuplicate();
    desk.deps.policy = await policyWith((document) => {
      document.approvals.mayOverride = ["window"];
    });
    expect(await desk.approves(desk.caseId, ANN, over())).toMatchObject({ kind: "refused", status: 422 });
    expect((await desk.caseView(desk.caseId)).caseApprovals).toBeNull();
  });

  it("stands under another policy under which no verdict is new, and not under one with a new verdict", async () => {
    const stands = await openDuplicate();
    const answer = await stands.approves(stands.caseId, ANN, over());
    stands.deps.policy = await policyWith((document) => {
      document.guardrails.refund.mediumConfidenceMaxUsdCents += 1;
    });
    await stands.ring("event" in answer ? (answer.event ?? "") : "");
    expect((await stands.caseView(stands.caseId)).state).toBe("ready");

    const refused = await openDuplicate();
    await refused.approves(refused.caseId, ANN, over());
    refused.deps.policy = await policyWith((document) => {
      document.guardrails.refund.fourEyesAboveUsdCents = 1;
    });
    await refused.settles();
    expect(await refused.caseView(refused.caseId)).toMatchObject({ caseRound: 2, caseAbout: { rule: "four_eyes" } });
    expect(refused.sent()).toEqual([]);
  });
});

describe("above the threshold of policy", () => {
  const LARGE = 200_000;
  async function openLarge() {
    const desk = await openDesk([paymentOf({ capturedMinor: LARGE, amountMinor: LARGE, customer: "cus_1" })]);
    return { ...desk, caseId: await desk.asks("Refund 1500.00 USD, charged twice.", { customer: "cus_1" }) };
  }
  const eyes = () => ({ overrides: ["four_eyes" as const] });

  it("a second person must approve it too, and before that nothing is executed", async () => {
    const desk = await openLarge();
    expect(await desk.approves(desk.caseId, ANN, eyes())).toMatchObject({ kind: "half", needs: 2, event: null });
    await desk.settles();
    expect(desk.sent()).toEqual([]);
    expect(await desk.approves(desk.caseId, BEN, eyes())).toMatchObject({
      kind: "approved",
      approvers: ["Ann", "Ben"],
    });
    await desk.settles();
    expect(desk.sent()).toMatchObject([{ amountMinor: 150_000 }]);
    const { grant } = await desk.caseView(desk.caseId);
    expect(JSON.parse(grant?.claims ?? "{}")).toMatchObject({ approved: { approvers: [ANN.id, BEN.id] } });
    // Whoever reads the case, or a rebuild of it, reads both names.
    const row = caseRowOf(await desk.caseView(desk.caseId));
    expect(row).toMatchObject({ state: "approved", decidedBy: "Ann and Ben" });
  });

  it("neither the same person nor one whom that person has added is a second one", async () => {
    const desk = await openLarge();
    await desk.approves(desk.caseId, ANN, eyes());
    for (const person of [ANN, CLEO])
      expect(await desk.approves(desk.caseId, person, eyes())).toMatchObject({
        kind: "refused",
        detail: expect.stringContaining("Another person must approve it too"),
      });
    await desk.settles();
    expect(desk.sent()).toEqual([]);
  });

  it("who changes it is the first: the one before has not approved the change", async () => {
    const desk = await openLarge();
    await desk.approves(desk.caseId, ANN, eyes());
    const changed = { ...eyes(), change: { amountMinor: 140_000 } };
    expect(await desk.approves(desk.caseId, BEN, changed)).toMatchObject({ kind: "half", approvers: ["Ben"] });
    await desk.settles();
    expect(desk.sent()).toEqual([]);
    expect(await desk.approves(desk.caseId, ANN, changed)).toMatchObject({ kind: "approved" });
    await desk.settles();
    expect(desk.sent()).toMatchObject([{ amountMinor: 140_000 }]);
  });
});

describe("a changed proposal", () => {
  it("of another amount is executed in that amount", async () => {
    const desk = await openDuplicate();
    expect(await desk.approves(desk.caseId, ANN, { change: { amountMinor: 1_000 } })).toMatchObject({
      kind: "approved",
    });
    await desk.settles();
    expect(desk.sent()).toMatchObject([{ amountMinor: 1_000 }]);
    expect(await desk.caseView(desk.caseId)).toMatchObject({ state: "succeeded", action: { amountMinor: 1_000 } });
  });

  it("of more than was captured comes back, whoever approves it", async () => {
    const desk = await openDuplicate();
    await desk.approves(desk.caseId, ANN, { change: { amountMinor: 9_000 }, ...over() });
    await desk.settles();
    expect(await desk.caseView(desk.caseId)).toMatchObject({ caseRound: 2, caseAbout: { rule: "captured" } });
    expect(desk.sent()).toEqual([]);
  });

  it.each(["the same shard", "another shard"])("of another target in %s is executed there, once", async (where) => {
    const other = idIn(where === "the same shard");
    const desk = await openDesk([
      paymentOf({ customer: "cus_1" }),
      paymentOf({ payment: other, charge: "ch_2", invoice: null, customer: "cus_1" }),
    ]);
    desk.memory.addRefund("pi_1", { id: "re_hand", createdAt: desk.clock.now - 60_000 });
    desk.memory.change("pi_1", { refundedMinor: 4_250 });
    const caseId = await desk.asks(ASKED, { customer: "cus_1" });
    const before = await desk.caseView(caseId);
    expect(await desk.approves(caseId, ANN, { change: { payment: other } })).toMatchObject({ kind: "approved" });
    await desk.settles();
    if (where === "another shard")
      expect(await desk.caseView(caseId)).toMatchObject({ state: "superseded", superseded: { subject: other } });
    const there = await desk.view({ id: before.action.id, subject: other });
    expect(there).toMatchObject({ state: "succeeded", action: { payment: other, amountMinor: 4_250 }, caseRound: 1 });
    expect(there.action.factKey).toBe(before.action.factKey);
    expect(desk.sent()).toMatchObject([{ what: "refund", actionId: before.action.id }]);
  });

  it("of another customer's payment comes back: no approval makes it theirs", async () => {
    const desk = await openDesk([
      paymentOf({ customer: "cus_1" }),
      paymentOf({ payment: "pi_2", charge: "ch_2", invoice: null, customer: "cus_2" }),
    ]);
    desk.memory.addRefund("pi_1", { id: "re_hand", createdAt: desk.clock.now - 60_000 });
    desk.memory.change("pi_1", { refundedMinor: 4_250 });
    const caseId = await desk.asks(ASKED, { customer: "cus_1" });
    await desk.approves(caseId, ANN, { change: { payment: "pi_2" }, ...over() });
    await desk.settles();
    expect(await desk.caseView(caseId)).toMatchObject({ caseRound: 2, caseAbout: { rule: "customer" } });
    expect(desk.sent()).toEqual([]);
  });

  it.each([
    ["no id of the provider", { payment: "order-17" }, "payment: order-17 is no id"],
    ["an invoice under the name of a payment", { payment: "in_1" }, "payment: in_1 is no id of a payment"],
    ["a subscription for a refund", { subscription: "sub_1" }, "subscription: a refund is about a payment"],
    ["two targets", { payment: "pi_2", invoice: "in_2" }, "name one target"],
    ["another currency", { amountMinor: 5, currency: "eur" }, "the proposal is in USD"],
    ["a currency alone", { currency: "usd" }, "name an amount with it"],
    ["a variant that refunds do not have", { variant: "capture" }, "variant: a refund has none"],
  ])("to %s is refused before anything is written", async (_what, change, why) => {
    const desk = await openDuplicate();
    expect(await desk.approves(desk.caseId, ANN, { change, ...over() })).toMatchObject({
      kind: "refused",
      status: 422,
      detail: expect.stringContaining(why),
    });
    expect((await desk.caseView(desk.caseId)).caseApprovals).toBeNull();
  });
});

describe("an approval is void", () => {
  it("when the payment was refunded by hand in between, and the case says what changed", async () => {
    const desk = await openDuplicate();
    const answer = await desk.approves(desk.caseId, ANN, over());
    desk.memory.addRefund("pi_1", { id: "re_again", amountMinor: 100, createdAt: desk.clock.now });
    desk.memory.change("pi_1", { refundedMinor: 4_350 });
    await desk.settles();
    const view = await desk.caseView(desk.caseId);
    expect(view).toMatchObject({ caseRound: 2, caseApprovals: null });
    expect(view.caseReason).toContain("what was approved has changed at the provider since");
    expect(view.caseReason).toContain("re_again");
    expect(await outcomeOf(desk, "event" in answer ? answer.event : null)).toMatchObject({ kind: "none" });
    expect(desk.sent()).toEqual([]);
  });

  it("when it was not used by its end", async () => {
    const desk = await openDuplicate();
    await desk.approves(desk.caseId, ANN, over());
    desk.clock.now += policy.approvals.lifeMs;
    await desk.settles();
    expect(await desk.caseView(desk.caseId)).toMatchObject({
      caseRound: 2,
      caseReason: expect.stringContaining("was good until"),
    });
    expect(desk.sent()).toEqual([]);
  });

  it("when its key is retired or revoked meanwhile", async () => {
    for (const mark of ["retired", "revoked"] as const) {
      const desk = await openDuplicate();
      await desk.approves(desk.caseId, ANN, over());
      desk.approvalKeys.splice(0, 1, { ...desk.approvals.publicKey, [mark]: true });
      await desk.settles();
      expect(await desk.caseView(desk.caseId)).toMatchObject({
        caseRound: 2,
        caseReason: expect.stringContaining(mark),
      });
      expect(desk.alarms.map(({ what }) => what)).toEqual(mark === "revoked" ? ["approval.key_revoked"] : []);
      expect(desk.sent()).toEqual([]);
    }
  });

  it("after the case was denied", async () => {
    const desk = await openDuplicate();
    const seen = await desk.shown(desk.caseId);
    await desk.ledger.decideCase(desk.rowOf(desk.caseId), {
      kind: "deny",
      ...seen,
      key: "no",
      by: { id: BEN.id, name: BEN.name },
      code: "already_given",
    });
    expect(await desk.approves(desk.caseId, ANN, { ...seen, ...over() })).toMatchObject({
      kind: "refused",
      detail: expect.stringContaining("was denied by Ben"),
    });
    await desk.settles();
    expect(desk.sent()).toEqual([]);
  });
});

describe("an approval that somebody plants", () => {
  type Planted = { id: string; signed: unknown };
  async function open() {
    const desk = await openDuplicate();
    const { round, proposal } = await desk.shown(desk.caseId);
    const { id: actionId, subject } = desk.rowOf(desk.caseId);
    const claims: ApprovalClaims = {
      caseId: desk.caseId,
      round,
      proposal,
      actionId,
      subject,
      mode: "test",
      change: null,
      overrides: ["duplicate"],
      approvers: [{ id: ANN.id, name: "Ann" }],
      policy: policy.sections.guardrails,
      at: desk.clock.now,
      expiresAt: desk.clock.now + HOUR_MS,
    };
    const plant = async ({ id, signed }: Planted, mode: "live" | "test" = "test") => {
      const stored = event({ id, type: "countersign.approval", mode });
      await desk.ledger.accept([{ event: stored, raw: JSON.stringify(signed), provenance: "own" }]);
      await desk.settles();
    };
    return { ...desk, claims, plant };
  }
  type Opened = Awaited<ReturnType<typeof open>>;
  const edited = (signed: SignedApproval): SignedApproval => ({
    ...signed,
    claims: signed.claims.replace('"approvers":[{"id":"person_ann"', '"approvers":[{"id":"person_ben"'),
  });

  it.each([
    [
      "without a signature",
      async ({ approvals, claims }: Opened): Promise<Planted> => {
        const { id, signed } = await approvals.sign(claims);
        return { id, signed: { ...signed, signature: "" } };
      },
    ],
    [
      "signed with a key of its own",
      async ({ claims }: Opened) => (await createApprovalKey("approval-1")).sign(claims),
    ],
    [
      "signed with the key of grants",
      async ({ key, claims, approvals }: Opened) => {
        const { id } = await approvals.sign(claims);
        const grant = await key.sign(claims as never, { policyVersion: "p", expiresAt: 1, notBefore: null });
        return {
          id,
          signed: { kid: approvals.publicKey.kid, claims: canonicalJson(claims), signature: grant.signature },
        };
      },
    ],
    [
      "whose claims were edited",
      async ({ approvals, claims }: Opened) => {
        const { id, signed } = await approvals.sign(claims);
        return { id, signed: edited(signed) };
      },
    ],
    [
      "under an id that is not its own",
      async ({ approvals, claims }: Opened) => {
        const { signed } = await approvals.sign(claims);
        return { id: `approval:${"0".repeat(32)}`, signed };
      },
    ],
    ["that is no approval at all", async () => ({ id: `approval:${"0".repeat(32)}`, signed: { yes: true } })],
  ])("%s is stopped, alarmed, a case, and nothing else", async (_what, make) => {
    const desk = await open();
    const planted = await make(desk);
    await desk.plant(planted);
    expect(desk.alarms).toMatchObject([{ what: "approval.forged", event: planted.id }]);
    const trace = await desk.trace(planted.id);
    expect(trace.action).toMatchObject({
      state: "case_open",
      action: { kind: "escalate", subject: `event:${planted.id}` },
      caseReason: expect.stringContaining("was not signed by the console"),
    });
    expect(await desk.caseView(desk.caseId)).toMatchObject({ state: "case_open", caseRound: 1 });
    expect(desk.sent()).toEqual([]);
  });

  it("with the console's own signature and nobody's yes in the row changes nothing", async () => {
    const desk = await open();
    const signed = await desk.approvals.sign(desk.claims);
    await desk.plant(signed);
    expect(await outcomeOf(desk, signed.id)).toMatchObject({
      reason: expect.stringContaining("does not have these yeses"),
    });
    expect(await desk.caseView(desk.caseId)).toMatchObject({ state: "case_open", caseRound: 1 });
    // It has no side effect at all: nothing was signed, and nothing is recorded.
    expect((await desk.trace(signed.id)).fact).toBeNull();
    expect(desk.calls).not.toContain("approvalRefused");
    expect(desk.sent()).toEqual([]);
  });

  it.each([
    ["of another case", { caseId: `case_${"1".repeat(32)}` }],
    ["of another action", { actionId: `act_${"1".repeat(32)}` }],
    ["of another round", { round: 2 }],
    ["of another proposal", { proposal: "1".repeat(32) }],
    ["of other people", { approvers: [{ id: BEN.id, name: "Ben" }] }],
    ["of another amount", { change: { amountMinor: 9_000 } }],
    ["over more than was approved", { overrides: ["duplicate", "window"] as const }],
    ["with another end", { expiresAt: Date.parse("2030-01-01T00:00:00Z") }],
  ])("%s is not used, though the console signed it and somebody has approved the case", async (_what, changes) => {
    const desk = await open();
    const answer = await desk.approves(desk.caseId, ANN, over());
    const own = "event" in answer ? answer.event : null;
    const given = (await desk.caseView(desk.caseId)).caseApprovals;
    const right = { ...desk.claims, expiresAt: given?.expiresAt ?? 0 };
    const { id, signed } = await desk.approvals.sign({ ...right, ...changes });
    expect(id).not.toBe(own);
    await desk.ledger.accept([
      { event: event({ id, type: "countersign.approval" }), raw: JSON.stringify(signed), provenance: "own" },
    ]);
    await desk.ring(id);
    expect(await outcomeOf(desk, id)).toMatchObject({ kind: "none" });
    expect(await desk.caseView(desk.caseId)).toMatchObject({ state: "case_open", caseRound: 1 });
    await desk.settles();
    expect(desk.sent()).toHaveLength(1);
  });

  it("of another mode is forged", async () => {
    const desk = await open();
    const signed = await desk.approvals.sign(desk.claims);
    await desk.plant(signed, "live");
    expect(desk.alarms).toMatchObject([{ what: "approval.forged" }]);
    expect(desk.sent()).toEqual([]);
  });

  it("once more, when it was used, changes nothing", async () => {
    const desk = await open();
    const answer = await desk.approves(desk.caseId, ANN, over());
    await desk.settles();
    const id = "event" in answer ? (answer.event ?? "") : "";
    const raw = (await desk.ledger.rawOf(id)) ?? "";
    await desk.plant({ id, signed: JSON.parse(raw) });
    expect(desk.sent()).toHaveLength(1);
    expect((await desk.caseView(desk.caseId)).state).toBe("succeeded");
  });
});

describe("an approval whose writer dies", () => {
  it.each<CallName>(["rawOf", "actions", "decisionsOf", "recordDecisions", "approve", "close"])(
    "at %s goes on with the next doorbell, and is executed once",
    async (call) => {
      const desk = await openDuplicate();
      const answer = await desk.approves(desk.caseId, ANN, over());
      const id = "event" in answer ? (answer.event ?? "") : "";
      desk.broken.add(call);
      await desk.ring(id).catch(() => undefined);
      expect(desk.sent()).toEqual([]);
      desk.broken.delete(call);
      await desk.settles();
      await desk.settles();
      expect(desk.sent()).toHaveLength(1);
      expect((await desk.caseView(desk.caseId)).state).toBe("succeeded");
    },
  );

  const cuts = (["supersede", "putActions", "close"] as const).flatMap((call) =>
    [true, false].map((isSame) => [call, isSame] as const),
  );
  it.each(cuts)(
    "at %s of another target (in the same shard: %s) goes on, and is executed once and there",
    async (call, isSame) => {
      const other = idIn(isSame);
      const desk = await openDesk([
        paymentOf({ customer: "cus_1" }),
        paymentOf({ payment: other, charge: "ch_2", invoice: null, customer: "cus_1" }),
      ]);
      desk.memory.addRefund("pi_1", { id: "re_hand", createdAt: desk.clock.now - 60_000 });
      desk.memory.change("pi_1", { refundedMinor: 4_250 });
      const caseId = await desk.asks(ASKED, { customer: "cus_1" });
      const answer = await desk.approves(caseId, ANN, { change: { payment: other } });
      desk.broken.add(call);
      await desk.ring("event" in answer ? (answer.event ?? "") : "").catch(() => undefined);
      desk.broken.delete(call);
      await desk.settles();
      await desk.settles();
      expect(desk.sent()).toMatchObject([{ what: "refund", amountMinor: 4_250 }]);
      const there = await desk.view({ ...desk.rowOf(caseId), subject: other });
      expect(there).toMatchObject({ state: "succeeded", action: { payment: other } });
    },
  );
});

describe("a grant in people's names", () => {
  it("is renewed with what they let pass, until their approval ends; then it is a case", async () => {
    for (const [laterMs, state] of [
      [2 * HOUR_MS, "succeeded"],
      [policy.approvals.lifeMs + HOUR_MS, "case_open"],
    ] as const) {
      const desk = await openDuplicate();
      const answer = await desk.approves(desk.caseId, ANN, over());
      await desk.ring("event" in answer ? (answer.event ?? "") : "");
      expect((await desk.caseView(desk.caseId)).state).toBe("ready");
      desk.clock.now += laterMs;
      await desk.settles();
      const view = await desk.caseView(desk.caseId);
      expect(view.state).toBe(state);
      expect(desk.sent()).toHaveLength(state === "succeeded" ? 1 : 0);
      if (state === "case_open") expect(view.caseReason).toContain("people approved it until");
    }
  });

  it("whose execution fails comes back as a case of the next round", async () => {
    const desk = await openDuplicate();
    const answer = await desk.approves(desk.caseId, ANN, over());
    await desk.ring("event" in answer ? (answer.event ?? "") : "");
    desk.memory.change("pi_1", { refundedMinor: 10_000 });
    await desk.settles();
    const view = await desk.caseView(desk.caseId);
    expect(view).toMatchObject({ state: "case_open", caseRound: 2, caseAbout: { rule: "captured" } });
    expect(desk.sent()).toEqual([]);
  });
});
