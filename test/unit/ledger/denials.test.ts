import { describe, expect, it } from "vitest";
import type { NewAction } from "../../../shared/contracts/ledger.ts";
import { caseOf } from "../../../shared/records/case.ts";
import { ANN, caseItem, DAY_MS, GRANT, keep, no, openCaseOf, signedOf, use, yes } from "../../helpers/deciding.ts";
import { openShard, refund, START } from "../../helpers/shard.ts";

const NUMBERS: NonNullable<NewAction["numbers"]> = {
  refundWindowMs: 180 * DAY_MS,
  declinedMax: 10,
  declinedWindowMs: DAY_MS,
  contradictionWindowMs: 60_000,
  denialMs: {
    refund: 30 * DAY_MS,
    authorize: 30 * DAY_MS,
    retryPayment: 30 * DAY_MS,
    pause: 0,
    resume: 0,
    downgrade: 0,
    cancel: 0,
  },
};
/** Another request for the same payment, in another amount. */
const later = (row: Partial<NewAction> = {}, amountMinor = 99): NewAction =>
  refund(2, { subject: "pi_1", payment: "pi_1", amountMinor }, { numbers: NUMBERS, ...row });

function denied() {
  const open = openShard();
  const item = openCaseOf(open);
  no(open, item, ANN);
  return open;
}

describe("a denial", () => {
  it("stands for its target and kind for policy's time: what is asked for later is a case that names it, when and why", () => {
    const open = denied();
    open.pass(30 * DAY_MS);
    expect(open.put(later())).toEqual(["case_opening"]);
    expect(open.view(later())).toMatchObject({
      caseAbout: { rule: "duplicate", refund: null },
      caseReason: expect.stringMatching(
        /^denied before: refund on pi_1 was denied by Ann at 2026-10-23.09:00:00 UTC \(not_owed; act_0+1\)\./,
      ),
    });
  });

  it("stands no longer than that", () => {
    const open = denied();
    open.pass(30 * DAY_MS + 1);
    expect(open.put(later())).toEqual(["ready"]);
  });

  it("stands for ever for a caller that names no policy", () => {
    const open = denied();
    open.pass(10_000 * DAY_MS);
    const { numbers: _none, ...unsaid } = later();
    expect(open.put(unsaid)).toEqual(["case_opening"]);
  });

  it("stands for no other payment and no other kind", () => {
    const open = denied();
    expect(open.put(refund(3, {}, { numbers: NUMBERS }))).toEqual(["ready"]);
    expect(open.put({ ...later(), action: { ...later().action, kind: "authorize" } })).toEqual(["ready"]);
  });

  it("is no closing: what was closed without a no says nothing of what comes later", () => {
    const open = openShard();
    const item = openCaseOf(open);
    no(open, item, ANN, { kind: "close" });
    expect(open.put(later())).toEqual(["ready"]);
  });

  it("is named by what is a case for another reason, too", () => {
    const open = denied();
    open.put(later({ grant: null, caseReason: "low confidence", caseAbout: { rule: "confidence", refund: null } }));
    expect(open.view(later())).toMatchObject({
      caseAbout: { rule: "confidence", denied: expect.stringMatching(/^act_0+1$/) },
      caseReason: expect.stringMatching(/^low confidence\. It was denied before: .*not_owed/),
    });
    // Whoever lists what was denied before finds it.
    expect(caseOf(open.view(later()))).toMatchObject({ about: "denied_before", rule: "confidence" });
  });

  it("moved no money: it is no duplicate of what has another amount once its time is over", () => {
    const open = denied();
    open.pass(30 * DAY_MS + 1);
    expect(open.put(later({}, 4_250))).toEqual(["ready"]);
  });

  it("must be overridden by name by whoever approves a case of before", () => {
    const open = openShard();
    const first = openCaseOf(open);
    const second = openCaseOf(open, later({ grant: null, caseReason: "low confidence" }));
    no(open, first, ANN);
    const approval = signedOf(yes(open, second, ANN));
    expect(use(open, second, approval, { numbers: NUMBERS })).toMatchObject({
      kind: "duplicate",
      reason: expect.stringContaining("denied before"),
    });
    open.shard.approvalRefused(
      open.refOf(second),
      approval,
      { reason: "denied before", about: { rule: "duplicate", refund: null }, seen: null },
      START,
    );
    keep(open, second);
    const over = signedOf(yes(open, second, ANN, { key: "over", overrides: ["duplicate"] }), "approval:2");
    expect(use(open, second, over, { numbers: NUMBERS, grant: GRANT })).toMatchObject({ kind: "approved" });
  });

  it("of one target stands for a fact that people want to execute there", () => {
    const open = denied();
    expect(
      open.put(caseItem(9, { action: { ...later().action, id: "act_9", factKey: "fact_9" }, numbers: NUMBERS })),
    ).toEqual(["case_opening"]);
    const approved = { approval: "approval:1", approvers: [ANN.id], overrides: [], until: START } as const;
    expect(open.put(later({ approved }))).toEqual(["case_opening"]);
  });
});
