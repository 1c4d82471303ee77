import { complaintOf } from "../shared/core/bindings.ts";
import { readProviderKey } from "../shared/core/provider-key.ts";
import { type SecretName, secretComplaint } from "../shared/core/secret-forms.ts";
import { commonValues } from "../shared/core/secrets-apart.ts";
import { isLoopbackUrl } from "../shared/core/url.ts";
import { UserError } from "./errors.ts";
import { type Environment, given } from "./settings.ts";
import type { KeyName, Keys } from "./stack/keys.ts";
import type { Provider, StripeProvider } from "./stack/options.ts";

/** The credentials that `start` reads from the environment. No other command reads a provider's credentials. */
export type Credentials = { claude: Provider; stripe: StripeProvider; keys: Partial<Keys> };

const FROM_ENVIRONMENT = [
  "STRIPE_WEBHOOK_SECRET",
  "INGEST_KEY",
  "READ_KEY",
  "CONTENT_HASH_KEY",
  "CONSOLE_TOKEN",
] as const satisfies (KeyName & SecretName)[];

/** The keys that are sent where only a base URL is set. */
const NO_KEY = {
  claude: "no-key-is-given-for-this-base-url",
  stripe: "sk_test_no_key_given",
  stripeRead: "rk_test_read_no_key_given",
};

export function readCredentials(env: Environment): Credentials {
  return {
    claude: claudeOf(env),
    stripe: stripeOf(env),
    keys: Object.fromEntries(
      FROM_ENVIRONMENT.flatMap((name) => {
        const value = given(env, name);
        if (value === null) return [];
        requireSecret(name, { [name]: value });
        return [[name, value]];
      }),
    ),
  };
}

function claudeOf(env: Environment): Provider {
  const key = given(env, "ANTHROPIC_API_KEY");
  const url = baseUrl(env, "ANTHROPIC_BASE_URL");
  if (key === null && url === null) return { standIn: true };
  if (key !== null) requireSecret("ANTHROPIC_API_KEY", { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: url ?? "" });
  return { standIn: false, baseUrl: url, key: key ?? NO_KEY.claude };
}

/** The two keys of Stripe come together: who decides never has the one that moves money. */
function stripeOf(env: Environment): StripeProvider {
  const url = baseUrl(env, "STRIPE_API_BASE");
  const keys = { STRIPE_SECRET_KEY: given(env, "STRIPE_SECRET_KEY"), STRIPE_READ_KEY: given(env, "STRIPE_READ_KEY") };
  for (const [name, key] of Object.entries(keys)) if (key !== null) requireLeave(name, key, env);
  if (keys.STRIPE_SECRET_KEY === null && keys.STRIPE_READ_KEY === null && url === null) return { standIn: true };
  const isHere = url !== null && isLoopbackUrl(url);
  const key = keys.STRIPE_SECRET_KEY ?? (isHere ? NO_KEY.stripe : missing("STRIPE_SECRET_KEY", "the executors' key"));
  const readKey = keys.STRIPE_READ_KEY ?? (isHere ? readKeyFor(key) : missing("STRIPE_READ_KEY", HOW_TO_READ));
  const together = {
    STRIPE_SECRET_KEY: key,
    STRIPE_READ_KEY: readKey,
    STRIPE_API_BASE: url ?? "",
    PROVIDER_MODE: readProviderKey(key).mode ?? "",
  };
  requireSecret("STRIPE_SECRET_KEY", together);
  requireSecret("STRIPE_READ_KEY", together);
  const [common] = commonValues(together);
  if (common !== undefined) throw new UserError(`${common}. Who decides must not have the key that moves money.`);
  return { standIn: false, baseUrl: url, key, readKey };
}

const HOW_TO_READ =
  "a restricted key that can only read, for the classifier. Make one in Stripe's dashboard (Developers, API keys, Create restricted key); " +
  'README, "With Claude and Stripe test mode", lists its permissions';

/** A server on this machine takes any key, so one of the same mode is enough. */
const readKeyFor = (key: string): string =>
  readProviderKey(key).mode === "live" ? NO_KEY.stripeRead.replace("test", "live") : NO_KEY.stripeRead;

function missing(name: string, what: string): never {
  throw new UserError(`${name} is not set: ${what}.`);
}

/** Each key is for tests, or live with leave. A key of which nobody can say is neither. */
function requireLeave(name: string, key: string, env: Environment): void {
  const { mode } = readProviderKey(key);
  if (mode !== "live" || env.ALLOW_LIVE === "1") return;
  throw new UserError(
    `${name} is a live key: real money would move. Use a test key, or set ALLOW_LIVE=1 if you mean it.`,
  );
}

function requireSecret(name: SecretName, env: Readonly<Record<string, string>>): void {
  const complaint = secretComplaint(name, env);
  if (complaint !== null) throw new UserError(`${name} ${complaint}.`.replace(/\.+$/, "."));
}

function baseUrl(env: Environment, name: "STRIPE_API_BASE" | "ANTHROPIC_BASE_URL"): string | null {
  const value = given(env, name);
  if (value === null) return null;
  const [complaint] = complaintOf(name, value);
  if (complaint !== undefined) throw new UserError(`${complaint}.`);
  return value.replace(/\/+$/, "");
}

/** One line per provider and variable, for people. A credential is never shown whole. */
export function describeCredentials({ claude, stripe, keys }: Credentials): string[] {
  return [
    `Claude  ${describeProvider(claude, "https://api.anthropic.com", "ANTHROPIC_API_KEY")}`,
    `Stripe  ${describeProvider(stripe, "https://api.stripe.com", "STRIPE_SECRET_KEY")}${readKeyIn(stripe)}`,
    ...Object.keys(keys).map((name) => `${name} from the environment`),
  ];
}

function describeProvider(provider: Provider, home: string, keyName: string): string {
  if (provider.standIn) return "a built-in stand-in: nothing leaves this machine, no money moves";
  const where = provider.baseUrl ?? home;
  return isGiven(provider.key)
    ? `${where}, with ${keyName} ${shorten(provider.key)}`
    : `${where}, without a key (${keyName} is not set)`;
}

function readKeyIn(stripe: StripeProvider): string {
  return stripe.standIn || !isGiven(stripe.readKey) ? "" : ` and STRIPE_READ_KEY ${shorten(stripe.readKey)}`;
}

const isGiven = (key: string): boolean => ![...Object.values(NO_KEY), readKeyFor("sk_live_")].includes(key);

/** Enough to distinguish two keys, too little to use one. */
export function shorten(secret: string): string {
  return secret.length < 16 ? "(set)" : `${secret.slice(0, 8)}…${secret.slice(-4)}`;
}
