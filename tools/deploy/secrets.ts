/** The secrets of a deployment: which are missing, and the file that they are written into. Pure but for the generator. */
import {
  generateApprovalPair,
  generateAuditPair,
  generateGrantPair,
  generateKeys,
  KEY_NAMES,
  type KeyName,
} from "../../cli/stack/keys.ts";
import type { PlannedWorker } from "./plan.ts";
import { readLines } from "./secrets-file.ts";

/** The names that Cloudflare has for each Worker, by its name there. A Worker that is not deployed yet has none. */
export type SetSecrets = ReadonlyMap<string, ReadonlySet<string>>;

/** What only the owner of an account can know, and where it is found. */
const FOUND_AT: Record<string, string> = {
  ANTHROPIC_API_KEY: "from the Claude Console, under API keys",
  STRIPE_SECRET_KEY:
    "from Stripe, under Developers, API keys: of the mode that PROVIDER_MODE in the wrangler.toml files says",
  STRIPE_READ_KEY: "a restricted key of Stripe (rk_…) that can only read; README lists what",
  STRIPE_WEBHOOK_SECRET:
    "from Stripe, of the webhook endpoint https://countersign-ingest.<your subdomain>.workers.dev/webhooks/stripe",
  ADYEN_HMAC_KEY: "generated, so that its door is shut; with Adyen, the HMAC key of your webhook there",
};

const isKeyName = (name: string): name is KeyName => KEY_NAMES.some((known) => known === name);
const isGenerated = (name: string): name is KeyName => isKeyName(name) && name !== "STRIPE_WEBHOOK_SECRET";

/** The secrets that a Worker requires and that Cloudflare does not have. */
export function missingOf({ name, secrets }: PlannedWorker, set: SetSecrets): string[] {
  return secrets.filter((secret) => !set.get(name)?.has(secret));
}

export function missingNames(workers: readonly PlannedWorker[], set: SetSecrets): string[] {
  return [...new Set(workers.flatMap((worker) => missingOf(worker, set)))];
}

/** What a private key and its public one have in their names. */
const PAIRS = ["GRANT_", "APPROVAL_", "AUDIT_"] as const;

export const FILE = "secrets.env";

/** The values of the file; an empty one counts as none. */
export function readSecrets(text: string): Record<string, string> {
  return Object.fromEntries(Object.entries(readLines(FILE, text)).filter(([, value]) => value !== ""));
}

/**
 * The file with a line for each secret that is missing. What it says already stays as it is. What can be generated is,
 * but never where another Worker has that secret: a second value would not fit the first.
 */
export function completedFile(
  text: string,
  workers: readonly PlannedWorker[],
  set: SetSecrets,
): { text: string; toFillIn: string[] } {
  const present = readLines(FILE, text);
  const fresh = {
    ...generateKeys(),
    ...generateGrantPair("grant"),
    ...generateApprovalPair("approval"),
    ...generateAuditPair("audit"),
  };
  const added = missingNames(workers, set)
    .filter((name) => present[name] === undefined)
    .map((name) => {
      const owners = workers.filter(({ secrets }) => secrets.includes(name)).map(({ worker }) => worker);
      const holders = workers.filter((worker) => set.get(worker.name)?.has(name)).map(({ worker }) => worker);
      // The two keys of a pair belong together: with one of them set somewhere, a new other one fits nothing.
      const pair = PAIRS.find((prefix) => name.startsWith(prefix));
      const isPaired = pair !== undefined && isSetAnywhere(set, (one) => one.startsWith(pair));
      const value = isGenerated(name) && holders.length === 0 && !isPaired ? fresh[name] : "";
      const where =
        holders.length > 0 || isPaired
          ? `the value that you set before${holders.length > 0 ? ` (${holders.join(", ")} has it)` : ""}`
          : (FOUND_AT[name] ?? (isGenerated(name) ? "generated" : "yours"));
      return `# ${owners.join(", ")}: ${where}\n${name}=${quoted(value)}\n`;
    });
  const head = text === "" ? HEAD : text.replace(/\n*$/, "\n");
  const whole = added.length === 0 ? text : [head, ...added].join("\n");
  const values = readSecrets(whole);
  return { text: whole, toFillIn: missingNames(workers, set).filter((name) => values[name] === undefined) };
}

const HEAD = `# The secrets of a deployment: \`npm run deploy\` gives each Worker those that it requires, and no other.
# It sends only what Cloudflare does not have yet. Keep this file where you keep secrets, never in git.
`;

const isSetAnywhere = (set: SetSecrets, is: (name: string) => boolean): boolean =>
  [...set.values()].some((names) => [...names].some(is));

/** Single quotes: a JSON document has double ones, and nothing in them is expanded. */
const quoted = (value: string): string => (value === "" ? "" : `'${value}'`);
