import { EXECUTOR_QUEUES } from "../../shared/contracts/actions.ts";
import { printJson, printLines } from "../print.ts";
import { generateApprovalPair, generateGrantPair } from "../stack/keys.ts";

/** Prints a new pair of keys for a deployment. It is not stored. `approvals`: those of approvals instead of those of grants. */
export function keys(options: { json?: true; approvals?: true }): void {
  const pair = options.approvals === true ? generateApprovalPair("approval") : generateGrantPair("grant");
  if (options.json === true) printJson(pair);
  else printLines("GRANT_SIGNING_KEY" in pair ? grantLines(pair) : approvalLines(pair));
}

const OLD_TOO = "after a rotation the list contains the old key too, retired or revoked";

const grantLines = ({ GRANT_SIGNING_KEY, GRANT_PUBLIC_KEYS }: ReturnType<typeof generateGrantPair>): string[] => [
  "For the classifier only (npx wrangler secret put GRANT_SIGNING_KEY -c workers/classifier/wrangler.toml):",
  GRANT_SIGNING_KEY,
  "",
  `For classifier, ledger, ${EXECUTOR_QUEUES.join(", ")} (GRANT_PUBLIC_KEYS; ${OLD_TOO}):`,
  GRANT_PUBLIC_KEYS,
];

const approvalLines = (pair: ReturnType<typeof generateApprovalPair>): string[] => [
  "For the console only (npx wrangler secret put APPROVAL_SIGNING_KEY -c workers/console/wrangler.toml):",
  pair.APPROVAL_SIGNING_KEY,
  "",
  `For classifier and console (APPROVAL_PUBLIC_KEYS; ${OLD_TOO}):`,
  pair.APPROVAL_PUBLIC_KEYS,
];
