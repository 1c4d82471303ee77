import type { CaseDecision, CaseDecisionAnswer } from "../../shared/contracts/case-decision.ts";
import { proposalOf } from "../../shared/contracts/case-proposal.ts";
import type { ApproveAnswer, Approving, GivenApproval, NewAction } from "../../shared/contracts/ledger.ts";
import type { PersonRef } from "../../shared/contracts/people.ts";
import { ABOUT_NOTHING } from "../../shared/contracts/rules.ts";
import { type OpenShard, refund, START } from "./shard.ts";

/** People deciding about the case of an action of a shard. */
export const ANN: PersonRef = { id: "person_ann", name: "Ann" };
export const BEN: PersonRef = { id: "person_ben", name: "Ben" };
export const CLEO: PersonRef = { id: "person_cleo", name: "Cleo" };
export const DAY_MS = 86_400_000;
export const LATER = START + 30 * DAY_MS;
export const GRANT = { kid: "k", claims: "{}", signature: "approved" };

export const caseItem = (n = 1, row: Partial<NewAction> = {}): NewAction =>
  refund(
    n,
    {},
    { grant: null, caseReason: "medium confidence", caseAbout: { rule: "confidence", refund: null }, ...row },
  );

/** The case is in D1, and open. */
export function openCaseOf(open: OpenShard, item = caseItem()): NewAction {
  open.put(item);
  keep(open, item);
  return item;
}
export const keep = (open: OpenShard, item: NewAction): void =>
  open.shard.caseOpened(
    [{ ...open.refOf(item), standingAt: open.view(item).caseStanding?.at ?? null }],
    open.clock.now,
  );

type Yes = Extract<CaseDecision, { kind: "approve" }>;
export const shown = (open: OpenShard, item: NewAction) => {
  const view = open.view(item);
  return { round: view.caseRound, proposal: proposalOf(view) };
};
export const yes = (open: OpenShard, item: NewAction, by: PersonRef, changes: Partial<Yes> = {}): CaseDecisionAnswer =>
  open.shard.decideCase(
    open.refOf(item),
    {
      kind: "approve",
      by,
      key: `yes of ${by.name}`,
      ...shown(open, item),
      overrides: ["confidence"],
      change: null,
      needs: 1,
      notWith: [],
      expiresAt: LATER,
      ...changes,
    },
    open.clock.now,
  );
export const no = (
  open: OpenShard,
  item: NewAction,
  by: PersonRef,
  changes: Partial<Extract<CaseDecision, { kind: "deny" | "close" }>> = {},
): CaseDecisionAnswer =>
  open.shard.decideCase(
    open.refOf(item),
    { kind: "deny", by, key: `no of ${by.name}`, ...shown(open, item), code: "not_owed", ...changes },
    open.clock.now,
  );

/** The approval as it is signed from the yeses that the row has. */
export function signedOf(answer: CaseDecisionAnswer, id = "approval:1"): GivenApproval {
  if (answer.kind !== "approved") throw new Error(`not approved: ${JSON.stringify(answer)}`);
  const { round, proposal, change, overrides, expiresAt, approvals } = answer.given;
  return { id, round, proposal, change, overrides, expiresAt, approvers: approvals.map(({ by }) => by) };
}
export const use = (
  open: OpenShard,
  item: NewAction,
  approval: GivenApproval,
  changes: Partial<Approving> = {},
): ApproveAnswer =>
  open.shard.approve(
    open.refOf(item),
    { approval, action: item.action, grant: GRANT, notBefore: null, ...changes },
    open.clock.now,
  );
export const refuse = (open: OpenShard, item: NewAction, approval: GivenApproval, reason = "the payment changed") =>
  open.shard.approvalRefused(open.refOf(item), approval, { reason, about: ABOUT_NOTHING, seen: null }, open.clock.now);
