import type { Policy } from "../../../shared/contracts/policy.ts";
import { createPolicyCopy } from "../../../shared/gate/policy-copy.ts";
import type { RequestDeps } from "../deps.ts";

/** The policy in force, asked of the gate now; null where it does not say, or says what is none. The default is no answer. */
export async function policyNow(gate: Pick<RequestDeps["gate"], "policy">, now: () => number): Promise<Policy | null> {
  const told = await createPolicyCopy(now).again(gate);
  return told.ok ? told.value : null;
}
