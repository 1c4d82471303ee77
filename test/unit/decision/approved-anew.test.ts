import { describe, expect, it } from "vitest";
import { ANN, BEN, openDesk } from "../../helpers/approving.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { policyWith } from "../../helpers/policy.ts";

const over = () => ({ overrides: ["duplicate" as const] });

/** What the console could not know, or what policy said otherwise by then, is asked where it is decided anew. */
describe("an approval by one person", () => {
  async function open() {
    const desk = await openDesk([
      paymentOf({ customer: "cus_1" }),
      paymentOf({
        ...{ payment: "pi_2", charge: "ch_2", invoice: null, customer: "cus_1" },
        ...{ amountMinor: 500_000, capturedMinor: 500_000, refundedMinor: 120_000 },
      }),
    ]);
    desk.memory.addRefund("pi_1", { id: "re_hand", createdAt: desk.clock.now - 60_000 });
    desk.memory.change("pi_1", { refundedMinor: 4_250 });
    return { ...desk, caseId: await desk.asks("Refund 42.50 USD, charged twice.", { customer: "cus_1" }) };
  }

  it("of another target of which much was refunded before comes back, and needs two from then on", async () => {
    const desk = await open();
    const before = await desk.caseView(desk.caseId);
    const body = { change: { payment: "pi_2" }, overrides: ["four_eyes" as const] };
    expect(await desk.approves(desk.caseId, ANN, body)).toMatchObject({ kind: "approved" });
    await desk.settles();
    expect(desk.sent()).toEqual([]);
    const back = await desk.caseView(desk.caseId);
    expect(back).toMatchObject({ caseRound: 2, caseAbout: { rule: "four_eyes" } });
    expect(back.caseReason).toContain("two must approve it");
    // Of pi_2 nothing was shown: what the case shows is still that of pi_1.
    expect(back.caseSeen).toEqual(before.caseSeen);

    await desk.keep(desk.caseId);
    expect(await desk.approves(desk.caseId, ANN, body)).toMatchObject({ kind: "half", needs: 2 });
    expect(await desk.approves(desk.caseId, BEN, body)).toMatchObject({ kind: "approved" });
    await desk.settles();
    expect(desk.sent()).toMatchObject([{ what: "refund" }]);
  });

  it("over what policy lets nobody override any more comes back, and nothing is sent", async () => {
    const desk = await open();
    await desk.approves(desk.caseId, ANN, over());
    desk.deps.policy = await policyWith((document) => {
      document.approvals.mayOverride = ["window"];
    });
    await desk.settles();
    const back = await desk.caseView(desk.caseId);
    expect(back.caseRound).toBe(2);
    expect(back.caseReason).toContain("policy lets nobody override duplicate any more");
    expect(desk.sent()).toEqual([]);
  });
});
