import { describe, expect, it } from "vitest";
import { caseRowOf } from "../../../shared/records/case.ts";
import { detailsOf } from "../../../workers/console/cases/details.ts";
import { approve } from "../../../workers/console/decisions/approve.ts";
import { approvalOf } from "../../../workers/escalate/approval-stands.ts";
import { ANN, BEN, openDesk } from "../../helpers/approving.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";

/** All have said yes, and the console died before the ledger had the signed event. */
async function unsent() {
  const desk = await openDesk([paymentOf()]);
  desk.memory.addRefund("pi_1", { id: "re_hand", createdAt: desk.clock.now - 60_000 });
  desk.memory.change("pi_1", { refundedMinor: 4_250 });
  const caseId = await desk.asks("Refund 42.50 USD, charged twice.");
  const body = { ...(await desk.shown(caseId)), overrides: ["duplicate" as const] };
  const dies = { ...desk.consoleDeps(), sign: async () => Promise.reject(new Error("killed")) };
  await expect(approve({ caseId, person: ANN, key: "k" }, body, dies)).rejects.toThrow("killed");
  const row = async () => {
    const kept = caseRowOf(await desk.caseView(caseId));
    if (kept === null) throw new Error("no case");
    return kept;
  };
  return { ...desk, caseId, body, row };
}

describe("an approval that was never sent on", () => {
  it("executes nothing, and its case says that it is approved and what to do", async () => {
    const desk = await unsent();
    await desk.settles();
    expect(desk.sent()).toEqual([]);
    const action = await desk.caseView(desk.caseId);
    const { event, fact } = await desk.trace("request:1");
    const trace = { id: "t", state: action.state, terminal: false, event, fact, action } as never;
    const { says, given } = detailsOf({ row: await desk.row(), trace, others: [], overridden: [], now: 5 });
    expect(says[0]).toMatchObject({
      label: "approved",
      text: expect.stringContaining("over duplicate, and not yet sent on"),
    });
    expect(given).toMatchObject({ overrides: ["duplicate"], isUnsent: true });
    expect(await approvalOf(await desk.row(), desk.ledger)).toBe("unused");
  });

  it("goes on when one who gave it repeats it, under another key too, and is executed once", async () => {
    const desk = await unsent();
    for (const key of ["another", "k"]) {
      const again = await approve({ caseId: desk.caseId, person: ANN, key }, desk.body, desk.consoleDeps());
      expect(again).toMatchObject({ kind: "approved", approvers: ["Ann"] });
    }
    await desk.settles();
    expect(desk.sent()).toHaveLength(1);
    expect(await approvalOf(await desk.row(), desk.ledger)).toBe("used");
    expect(await desk.row()).toMatchObject({ state: "approved" });
  });

  it("is not repeated by somebody else, and not to something else", async () => {
    const desk = await unsent();
    const deps = desk.consoleDeps();
    for (const [person, changes] of [
      [BEN, {}],
      [ANN, { overrides: [] }],
      [ANN, { change: { amountMinor: 1 } }],
    ] as const) {
      const asked = { caseId: desk.caseId, person, key: `k ${JSON.stringify(changes)}` };
      expect(await approve(asked, { ...desk.body, ...changes } as typeof desk.body, deps)).toMatchObject({
        status: 409,
        detail: expect.stringContaining("was approved by Ann"),
      });
    }
    await desk.settles();
    expect(desk.sent()).toEqual([]);
  });
});
