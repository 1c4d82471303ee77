import { EXECUTOR_QUEUES } from "../../shared/contracts/actions.ts";
import { generateGrantPair } from "../stack/keys.ts";

/** Prints a new pair of keys for a deployment. It is not stored. */
export function keys(options: { json?: true }): void {
  const { GRANT_SIGNING_KEY, GRANT_PUBLIC_KEYS } = generateGrantPair("grant");
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ GRANT_SIGNING_KEY, GRANT_PUBLIC_KEYS })}\n`);
    return;
  }
  process.stdout.write(`For the classifier only (npx wrangler secret put GRANT_SIGNING_KEY -c workers/classifier/wrangler.toml):
${GRANT_SIGNING_KEY}

For classifier, ${EXECUTOR_QUEUES.join(", ")} (GRANT_PUBLIC_KEYS; after a rotation the list contains the old key too, retired or revoked):
${GRANT_PUBLIC_KEYS}
`);
}
