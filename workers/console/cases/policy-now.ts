import type { PolicyDocument } from "../../../shared/contracts/policy.ts";
import type { RequestDeps } from "../deps.ts";

/** The document in force, asked of the gate now; null where it does not say. The default is no answer. */
export async function policyNow(gate: Pick<RequestDeps["gate"], "policy">): Promise<PolicyDocument | null> {
  return await gate.policy(null).then(
    ({ document }) => document,
    () => null,
  );
}
