/** Policy may be narrowed after people have let something pass: what they named counts only as far as anybody may name it now. */
import { describe, expect, it } from "vitest";
import { ANN, openDesk } from "../../helpers/approving.ts";
import { paymentOf } from "../../helpers/memory-provider.ts";
import { policy, policyWith } from "../../helpers/policy.ts";

const NARROWED = await policyWith((document) => {
  document.approvals.mayOverride = ["window"];
});
/** As long as a grant is good, and a while. */
const A_GRANT_LATER = policy.guardrails.grantLifeMs + 60_000;

/** A refund that Ann has approved over its duplicate, with its grant. */
async function open() {
  const desk = await openDesk([paymentOf({ customer: "cus_1" })]);
  desk.memory.addRefund("pi_1", { id: "re_hand", createdAt: desk.clock.now - 60_000 });
  desk.memory.change("pi_1", { refundedMinor: 4_250 });
  const caseId = await desk.asks("Refund 42.50 USD, charged twice.", { customer: "cus_1" });
  const answer = await desk.approves(caseId, ANN, { overrides: ["duplicate"] });
  await desk.ring("event" in answer ? (answer.event ?? "") : "");
  expect((await desk.caseView(caseId)).state).toBe("ready");
  return { ...desk, caseId };
}
const isBack = { state: "case_open", caseRound: 2, caseAbout: { rule: "duplicate" } } as const;

describe("an override that policy lets nobody name any more", () => {
  it("is none when the action is executed: nothing is sent, and its case comes back with the verdict", async () => {
    const desk = await open();
    // Of another section than guardrails: the grant is no stale one by it.
    expect(NARROWED.sections.guardrails).toBe(policy.sections.guardrails);
    desk.usePolicy(NARROWED);
    await desk.settles();
    expect(desk.sent()).toEqual([]);
    expect(await desk.caseView(desk.caseId)).toMatchObject(isBack);
  });

  it("is none when the grant is renewed: nothing is signed, also where the executor has not heard yet", async () => {
    const desk = await open();
    const { grant } = await desk.caseView(desk.caseId);
    desk.clock.now += A_GRANT_LATER;
    desk.deps.policy = NARROWED;
    await desk.settles();
    expect(desk.sent()).toEqual([]);
    const view = await desk.caseView(desk.caseId);
    expect(view).toMatchObject(isBack);
    expect([null, grant?.signature]).toContain(view.grant?.signature ?? null);
  });

  it("counts as long as policy lets people name it: the grant is renewed with it, and executed", async () => {
    const desk = await open();
    desk.clock.now += A_GRANT_LATER;
    await desk.settles();
    expect(desk.sent()).toMatchObject([{ what: "refund", amountMinor: 4_250 }]);
  });
});
