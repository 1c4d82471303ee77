import { describe, expect, it } from "vitest";
import type { ActionView } from "../../../shared/contracts/views.ts";
import type { ApprovalCheck } from "../../../shared/grant/approval.ts";
import { approvedLost } from "../../chaos/book-approved.ts";
import { type KeptCase, NOTHING_BY_PEOPLE } from "../../chaos/crew/gathered.ts";
import { approvalClaims, click, kept, matter, people } from "../../helpers/chaos-crew.ts";
import { evidence, view } from "../../helpers/chaos-evidence.ts";

const ID = `approval:${"a".repeat(32)}`;
const signed: ApprovalCheck = { kind: "authentic", claims: approvalClaims, isRetired: false };

function found(
  own: ActionView | null,
  its?: KeptCase,
  approvals: [string, ApprovalCheck][] = [[ID, signed]],
): string[] {
  const base = evidence({}, own ?? view());
  const clicks = [click({ value: { kind: "approved", event: ID } })];
  return approvedLost({
    ...base,
    actions: new Map(own === null ? [] : [["act_1", own]]),
    acts: { ...base.acts, crew: { matters: [matter(clicks)], policy: [], people } },
    people: {
      ...NOTHING_BY_PEOPLE,
      approvals: new Map(approvals),
      cases: new Map(its === undefined ? [] : [["act_1", its]]),
    },
  }).map(({ invariant, why }) => {
    expect(invariant).toBe("approvedLost");
    return why;
  });
}

describe("the book of what people approved", () => {
  it("finds nothing where it was executed, declined, or came back and says why", () => {
    for (const state of ["succeeded", "pending", "declined", "skipped"] as const)
      expect(found(view({ state, caseRound: 1 }), kept({ state: "approved" })), state).toEqual([]);
    expect(found(view({ state: "case_open", caseRound: 2, caseReason: "the payment has changed" }), kept())).toEqual(
      [],
    );
    // It has not ended: that is lost, and said there.
    expect(found(view({ state: "ready", caseRound: 1 }))).toEqual([]);
  });

  it("finds an approval of which nothing came: the case stands in the same round, or the row is nowhere", () => {
    const stands = view({ state: "case_open", caseRound: 1, caseReason: "large" });
    expect(found(stands, kept())).toEqual([`${ID}: approved was act_1, and its case stands as before (round 1)`]);
    expect(found(null)).toEqual([`${ID}: approved was act_1, and no row of it can be executed`]);
  });

  it("finds a case that came back without a reason, or that is not among the open ones", () => {
    const back = (change: Partial<ActionView>) =>
      view({ state: "case_open", caseRound: 2, caseReason: "why", ...change });
    expect(found(back({ caseReason: null }), kept())).toEqual([`${ID}: act_1 came back, and does not say why`]);
    expect(found(back({}), kept({ state: "approved" }))).toEqual([`${ID}: act_1 came back, and its case is approved`]);
  });

  it("finds what was approved and then ended by a no, and not what came back before that", () => {
    for (const state of ["denied", "case_closed"] as const) {
      expect(found(view({ state, caseRound: 1 }))).toEqual([`${ID}: approved was act_1, and it is ${state}`]);
      expect(found(view({ state, caseRound: 2 }))).toEqual([]);
    }
  });

  it("finds a case that is still open though what was approved is done", () => {
    expect(found(view({ caseRound: 1 }), kept())).toEqual([`${ID}: act_1 is succeeded, and its case is open`]);
  });

  it("finds a person who was told that it is approved, where no signed approval is there", () => {
    const own = view({ caseRound: 1 });
    const told = [`ann was told that act_1 is approved, and ${ID} is not there`];
    expect(found(own, kept({ state: "approved" }), [])).toEqual(told);
    expect(found(own, kept({ state: "approved" }), [[ID, { kind: "forged", reason: "no key" }]])).toEqual(told);
  });
});
