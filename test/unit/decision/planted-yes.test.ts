import { describe, expect, it } from "vitest";
import type { CaseDecision, CaseDecisionAnswer } from "../../../shared/contracts/case-decision.ts";
import { unproven } from "../../../workers/console/decisions/counted.ts";
import { deny } from "../../../workers/console/decisions/decline.ts";
import { ANN, BEN, type Desk, openDesk } from "../../helpers/approving.ts";
import { createApprovalKey } from "../../helpers/keys.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";

const LARGE = 200_000;
const HOUR_MS = 3_600_000;
const DORA = { id: "person_dora", name: "Dora" };
const eyes = () => ({ overrides: ["four_eyes" as const] });

/** A refund that two people must approve. */
async function openLarge(): Promise<Desk & { caseId: string }> {
  const desk = await openDesk([paymentOf({ capturedMinor: LARGE, amountMinor: LARGE, customer: "cus_1" })]);
  return { ...desk, caseId: await desk.asks("Refund 1500.00 USD, charged twice.", { customer: "cus_1" }) };
}
type Yes = Extract<CaseDecision, { kind: "approve" }>;
/** As whoever can call the ledger writes it into the row: no console has heard it. */
async function plants(desk: Desk & { caseId: string }, changes: Partial<Yes>): Promise<CaseDecisionAnswer> {
  return await desk.ledger.decideCase(desk.rowOf(desk.caseId), {
    kind: "approve",
    ...(await desk.shown(desk.caseId)),
    by: { id: ANN.id, name: ANN.name },
    key: "planted",
    ...eyes(),
    change: null,
    needs: 2,
    notWith: [],
    expiresAt: desk.clock.now + 24 * HOUR_MS,
    ...changes,
  });
}
const proofOf = async (desk: Desk & { caseId: string }): Promise<Partial<Yes>> => {
  const yes = (await desk.caseView(desk.caseId)).caseApprovals?.approvals[0];
  if (yes?.proof === undefined) throw new Error("no yes with a proof");
  return { proof: yes.proof, key: yes.key };
};
async function nothingSent(desk: Desk): Promise<void> {
  await desk.settles();
  expect(desk.sent()).toEqual([]);
}

describe("a yes that somebody has written into the row", () => {
  it("is no first one: whoever really approves is the first, and two real people execute it", async () => {
    const desk = await openLarge();
    expect(await plants(desk, {})).toMatchObject({ kind: "half" });
    expect(await desk.approves(desk.caseId, BEN, eyes())).toMatchObject({ kind: "half", approvers: ["Ben"] });
    await nothingSent(desk);
    expect(await desk.approves(desk.caseId, ANN, eyes())).toMatchObject({ kind: "approved" });
    await desk.settles();
    expect(desk.sent()).toHaveLength(1);
  });

  it("in an approver's own name, as if one were enough, is not signed when that approver sends the same request", async () => {
    const desk = await openLarge();
    expect(await plants(desk, { needs: 1, key: "mine" })).toMatchObject({ kind: "approved" });
    expect(await desk.approves(desk.caseId, ANN, eyes(), "mine")).toMatchObject({
      kind: "refused",
      status: 409,
      detail: expect.stringContaining("this console has not heard that"),
    });
    expect(desk.alarms).toMatchObject([{ what: "approval.unproven", case: desk.caseId, names: [ANN.id] }]);
    await nothingSent(desk);
  });

  it("by all whom policy wants shuts nobody out: it can be approved, and denied", async () => {
    const approved = await openLarge();
    await plants(approved, { needs: 1, by: DORA });
    expect(await approved.approves(approved.caseId, ANN, eyes())).toMatchObject({ kind: "half", approvers: ["Ann"] });

    const denied = await openLarge();
    await plants(denied, { needs: 1, by: DORA });
    const body = { ...(await denied.shown(denied.caseId)), code: "not_meant" };
    expect(await deny({ caseId: denied.caseId, person: ANN, key: "no" }, body, denied.consoleDeps())).toMatchObject({
      kind: "denied",
    });
    await nothingSent(denied);
  });

  it("with the proof of one that has ended is not good once more", async () => {
    const desk = await openLarge();
    await desk.approves(desk.caseId, ANN, eyes());
    const kept = await proofOf(desk);
    desk.clock.now += 25 * HOUR_MS;
    await plants(desk, { ...kept, expiresAt: desk.clock.now + HOUR_MS });
    expect(await desk.approves(desk.caseId, BEN, eyes())).toMatchObject({ kind: "half", approvers: ["Ben"] });
    await nothingSent(desk);
  });

  it("is unproven where the row makes it good for longer than it was given", async () => {
    const desk = await openLarge();
    await desk.approves(desk.caseId, ANN, eyes());
    const view = await desk.caseView(desk.caseId);
    const given = view.caseApprovals;
    if (given === null) throw new Error("no yes");
    expect(await unproven(view, given, desk.consoleDeps())).toEqual([]);
    const longer = { ...given, expiresAt: given.expiresAt + 1 };
    expect(await unproven(view, longer, desk.consoleDeps())).toHaveLength(1);
  });

  it("with the proof of a yes to something else does not count", async () => {
    const desk = await openLarge();
    await desk.approves(desk.caseId, ANN, { ...eyes(), change: { amountMinor: 140_000 } });
    await plants(desk, await proofOf(desk));
    expect(await desk.approves(desk.caseId, BEN, eyes())).toMatchObject({ kind: "half", approvers: ["Ben"] });
    await nothingSent(desk);
  });
});

describe("the first of two yeses", () => {
  it("does not count once its person was revoked, or approves nothing any more: the second is the first", async () => {
    const desk = await openLarge();
    await desk.approves(desk.caseId, ANN, eyes());
    desk.gone.add(ANN.id);
    expect(await desk.approves(desk.caseId, BEN, eyes())).toMatchObject({ kind: "half", approvers: ["Ben"] });
    await nothingSent(desk);
  });

  it("is said once more where the console has another key by then", async () => {
    const desk = await openLarge();
    await desk.approves(desk.caseId, ANN, eyes());
    desk.approvals.prove = (await createApprovalKey("approval-2")).prove;
    expect(await desk.approves(desk.caseId, BEN, eyes())).toMatchObject({ kind: "half", approvers: ["Ben"] });
    expect(await desk.approves(desk.caseId, ANN, eyes())).toMatchObject({ kind: "approved" });
  });
});
