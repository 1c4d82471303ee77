import type { Policy, PolicyDocument } from "../../shared/contracts/policy.ts";
import { DEFAULT_DOCUMENT, policyOf } from "../../shared/policy/document.ts";

/** The default document, as a policy. Tests read its numbers from here and write none of them down. */
export const policy: Policy = await policyOf(DEFAULT_DOCUMENT);

/** Another policy: the default document, with what `change` changes in it. */
export async function policyWith(change: (document: PolicyDocument) => unknown): Promise<Policy> {
  const document = structuredClone(DEFAULT_DOCUMENT);
  change(document);
  return await policyOf(document);
}
