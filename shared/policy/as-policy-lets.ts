import type { ApprovedBy } from "../contracts/overridable.ts";
import type { PolicyDocument } from "../contracts/policy.ts";

/** What people let pass, as far as the policy in force still lets anybody: it may have been narrowed since they said it. */
export const asPolicyLets = (
  approved: ApprovedBy | null,
  { approvals: { mayOverride } }: Pick<PolicyDocument, "approvals">,
): ApprovedBy | null =>
  approved && { ...approved, overrides: approved.overrides.filter((rule) => mayOverride.includes(rule)) };
