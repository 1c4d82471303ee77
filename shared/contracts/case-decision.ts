/** What a person decides about a case, as the action's row takes it. The row, not D1, decides races. */
import type { Action, ActionState } from "./action.ts";
import type { Overridable } from "./overridable.ts";
import type { PersonRef } from "./people.ts";

export { type ApprovedBy, isOverridable, OVERRIDABLE, type Overridable } from "./overridable.ts";

/** What is to be executed instead of the proposal. Absent: as proposed. */
export type ProposalChange = {
  amountMinor?: number;
  currency?: string;
  variant?: Action["variant"];
  /** Another target, by the provider's id of it. */
  payment?: string;
  invoice?: string;
  subscription?: string;
};

/**
 * One person's yes. `at` and `until` in epoch milliseconds. `proof`: the console's, that this person has said it: whoever can
 * write to a row could name anybody. A row of before has none, and its yes does not count.
 */
export type Approval = { by: PersonRef; at: number; key: string; until?: number; proof?: string };

/** Which opening of the case is meant (`round`, from 1), and the hash of exactly what was shown: docs/decisions/0045. */
export type CaseAddress = { round: number; proposal: string };

export type CaseDecision = CaseAddress & {
  key: string;
  by: PersonRef;
  /** The ids of those whose yes does not count: what they have approved is not approved. */
  without?: readonly string[];
} & (
    | {
        kind: "approve";
        overrides: readonly Overridable[];
        change: ProposalChange | null;
        /** How many people policy wants. */
        needs: 1 | 2;
        /** The ids of those who are no other person for this one. */
        notWith: readonly string[];
        /** See `Approval`. */
        proof?: string;
        expiresAt: number;
      }
    | { kind: "deny" | "close"; code: string }
  );

/** The yeses of one round, as its row has them. A changed proposal (`change`, `overrides`) begins anew: who changes it is the first. */
export type CaseApprovals = CaseAddress & {
  approvals: readonly Approval[];
  overrides: readonly Overridable[];
  change: ProposalChange | null;
  needs: 1 | 2;
  expiresAt: number;
};

/** As many people as policy wants have said yes. Whether it is still good, `expiresAt` says. */
export const isApproved = ({ caseApprovals: given }: { caseApprovals: CaseApprovals | null }): boolean =>
  given !== null && given.approvals.length >= given.needs;

/** Why the row did not take it: it stands otherwise than the person saw. */
export type NotTaken =
  | "not_open"
  /** This person has sent something else about this round under the same key. */
  | "other_request"
  | "other_round"
  | "other_proposal"
  | "approved_before"
  | "same_person"
  | "begun"
  | "uncertain"
  | "missing";
export type CaseDecisionAnswer =
  /** All approvals are there: the console signs them. The same answer to the same request again. */
  | { kind: "approved"; given: CaseApprovals }
  /** Another person is wanted. */
  | { kind: "half"; given: CaseApprovals }
  | { kind: "denied" | "closed" }
  /** `stands`: what the other one has decided, or how the case stands otherwise; null where there is no such row. */
  | { kind: "not_taken"; why: NotTaken; stands: CaseStands | null };

/** A no, or an end without a decision. `round`: which opening of the case it is about. */
export type CaseDecided = {
  kind: "denied" | "closed";
  code: string;
  by: PersonRef;
  at: number;
  round: number;
  key: string;
};
/** `isComing`: the case is on its way to people; the same request will be taken in a moment. */
export type CaseStands = CaseAddress & {
  state: ActionState;
  isComing: boolean;
  decided: CaseDecided | null;
  given: CaseApprovals | null;
};

/**
 * What the console signs: Ed25519 over `APPROVAL_DOMAIN` and the canonical JSON, so that no signature of a grant is one. The
 * event's id is `approval:` and 32 digits of the hash of the canonical JSON without `policy`: it covers the case, what was shown,
 * the round and the people, so that the same approval is one event under whatever policy it is sent on.
 */
export type ApprovalClaims = CaseAddress & {
  caseId: string;
  actionId: string;
  /** Where the action's row is. */
  subject: string;
  mode: Action["mode"];
  change: ProposalChange | null;
  overrides: readonly Overridable[];
  approvers: readonly PersonRef[];
  /** The guardrails' section under which the verdicts were shown. */
  policy: string;
  at: number;
  expiresAt: number;
};
export type SignedApproval = { kid: string; claims: string; signature: string };
export const APPROVAL_TYPE = "countersign.approval";
/** What the console has heard one person say: Ed25519 over `YES_DOMAIN` and the canonical JSON is its proof. */
export type SpokenYes = CaseAddress & {
  actionId: string;
  subject: string;
  mode: Action["mode"];
  change: ProposalChange | null;
  overrides: readonly Overridable[];
  by: PersonRef;
  key: string;
  until: number;
};
export const YES_DOMAIN = "countersign.yes\n";
/** Stands in front of the claims in what is signed. */
export const APPROVAL_DOMAIN = "countersign.approval\n";
