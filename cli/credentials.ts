import { UserError } from "./errors.ts";
import type { KeyName, Keys } from "./stack/keys.ts";

/** The credentials that `start` reads from the environment. No other command reads a provider's credentials. */
export type Credentials = {
  claude: { standIn: true } | { standIn: false; baseUrl: string | null; key: string };
  stripe: { standIn: true } | { standIn: false; baseUrl: string | null; key: string; readKey?: string };
  keys: Partial<Keys>;
};

export type Environment = Readonly<Record<string, string | undefined>>;

const FROM_ENVIRONMENT = [
  "STRIPE_WEBHOOK_SECRET",
  "INGEST_KEY",
  "READ_KEY",
  "CONTENT_HASH_KEY",
  "CONSOLE_TOKEN",
] as const satisfies KeyName[];

/** The keys that are sent where only a base URL is set. */
const NO_KEY = { claude: "no-key-given", stripe: "sk_test_no_key_given" };

export function readCredentials(env: Environment): Credentials {
  const stripeKey = given(env, "STRIPE_SECRET_KEY");
  const readKey = given(env, "STRIPE_READ_KEY");
  for (const [name, key] of Object.entries({ STRIPE_SECRET_KEY: stripeKey, STRIPE_READ_KEY: readKey })) {
    if (key === null || !/^[a-z]+_live_/.test(key) || env.ALLOW_LIVE === "1") continue;
    throw new UserError(
      `${name} is a live key: real money would move. Use a test key, or set ALLOW_LIVE=1 if you mean it.`,
    );
  }
  const stripe = providerOf(stripeKey, baseUrl(env, "STRIPE_API_BASE"), NO_KEY.stripe);
  return {
    claude: providerOf(given(env, "ANTHROPIC_API_KEY"), baseUrl(env, "ANTHROPIC_BASE_URL"), NO_KEY.claude),
    stripe: stripe.standIn || readKey === null ? stripe : { ...stripe, readKey },
    keys: Object.fromEntries(
      FROM_ENVIRONMENT.flatMap((name) => (given(env, name) === null ? [] : [[name, given(env, name)]])),
    ),
  };
}

function providerOf(key: string | null, url: string | null, noKey: string): Credentials["claude"] {
  return key === null && url === null ? { standIn: true } : { standIn: false, baseUrl: url, key: key ?? noKey };
}

/** An empty variable counts as not set: `INGEST_KEY= npm start` must not admit everyone. */
function given(env: Environment, name: string): string | null {
  const value = env[name]?.trim();
  return value === undefined || value === "" ? null : value;
}

function baseUrl(env: Environment, name: string): string | null {
  const value = given(env, name);
  if (value === null) return null;
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw new UserError(`${name} must be a URL such as https://api.example.com, not ${JSON.stringify(value)}`);
  }
  return value.replace(/\/+$/, "");
}

/** One line per provider and variable, for people. A credential is never shown whole. */
export function describeCredentials({ claude, stripe, keys }: Credentials): string[] {
  return [
    `Claude  ${describeProvider(claude, "https://api.anthropic.com", "ANTHROPIC_API_KEY")}`,
    `Stripe  ${describeProvider(stripe, "https://api.stripe.com", "STRIPE_SECRET_KEY")}`,
    ...Object.keys(keys).map((name) => `${name} from the environment`),
  ];
}

function describeProvider(provider: Credentials["claude"], home: string, keyName: string): string {
  if (provider.standIn) return "a built-in stand-in: nothing leaves this machine, no money moves";
  const isKeyGiven = !Object.values(NO_KEY).includes(provider.key);
  const where = withoutSecrets(provider.baseUrl ?? home);
  return isKeyGiven
    ? `${where}, with ${keyName} ${shorten(provider.key)}`
    : `${where}, without a key (${keyName} is not set)`;
}

/** A base URL may contain a user and a password, or a key in its query. */
function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname === "/" ? "" : pathname}`;
}

/** Enough to distinguish two keys, too little to use one. */
export function shorten(secret: string): string {
  return secret.length < 16 ? "(set)" : `${secret.slice(0, 8)}…${secret.slice(-4)}`;
}
