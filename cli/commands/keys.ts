import { EXECUTOR_QUEUES } from "../../shared/contracts/actions.ts";
import { printJson, printLines } from "../print.ts";
import { generateGrantPair } from "../stack/keys.ts";

/** Prints a new pair of keys for a deployment. It is not stored. */
export function keys(options: { json?: true }): void {
  const { GRANT_SIGNING_KEY, GRANT_PUBLIC_KEYS } = generateGrantPair("grant");
  if (options.json === true) printJson({ GRANT_SIGNING_KEY, GRANT_PUBLIC_KEYS });
  else printLines(keyLines(GRANT_SIGNING_KEY, GRANT_PUBLIC_KEYS));
}

const keyLines = (signing: string, verifying: string): string[] => [
  "For the classifier only (npx wrangler secret put GRANT_SIGNING_KEY -c workers/classifier/wrangler.toml):",
  signing,
  "",
  `For classifier, ledger, ${EXECUTOR_QUEUES.join(", ")} (GRANT_PUBLIC_KEYS; after a rotation the list contains the old key too, retired or revoked):`,
  verifying,
];
