/** What becomes of an approval once the classifier has verified it: the arguments and answers of the ledger's calls for it. */
import type { Action, ActionState, Grant } from "./action.ts";
import type { ApprovalClaims, CaseStands, NotTaken } from "./case-decision.ts";
import type { CaseSeen } from "./case-seen.ts";
import type { DuplicateNumbers } from "./policy.ts";
import type { CaseAbout } from "./rules.ts";

/** An approval, by the id of its event. The row compares all of it with the yeses that it has. */
export type GivenApproval = { id: string } & Pick<
  ApprovalClaims,
  "round" | "proposal" | "change" | "overrides" | "approvers" | "expiresAt"
>;
/** Why an approval is not used. `expired`, `other_action`: it must not be asked for again under this approval. */
export type NotApproved =
  | NotTaken
  /** The row does not have these yeses: they are half, of others, or void. */
  | "not_approved"
  | "expired"
  /** What is to be executed is of another target or fact than the row's. */
  | "other_action"
  | "not_executable";
/** `action`: as the guardrails let it pass now. `notBefore`: as in the grant's claims. */
export type Approving = {
  approval: GivenApproval;
  action: Action;
  grant: Grant;
  notBefore: number | null;
  numbers?: DuplicateNumbers;
};
export type ApproveAnswer =
  /** Or it was before, by this approval. `state`: the row's, now. */
  | { kind: "approved"; state: ActionState }
  /** It is a duplicate, and the approval does not override that. */
  | { kind: "duplicate"; reason: string; about: CaseAbout }
  | { kind: "not_taken"; why: NotApproved; stands: CaseStands | null };
export type SupersedeAnswer =
  | { kind: "superseded" }
  | { kind: "not_taken"; why: NotApproved; stands: CaseStands | null };
/** Why the guardrails, or what has changed, refuse the approval. `seen`: what was read now. */
export type ApprovalRefusal = { reason: string; about: CaseAbout; seen: CaseSeen | null };
/** `reopened`: the case comes back in the next round; ring for it. `as_it_is`: the approval was used, or is void already. */
export type RefusedAnswer =
  | { kind: "reopened"; round: number }
  | { kind: "as_it_is"; state: ActionState }
  | { kind: "missing" };
