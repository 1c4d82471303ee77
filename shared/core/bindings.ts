import type { Mode } from "./ids.ts";
import { isSecretName, secretComplaint } from "./secret-forms.ts";
import { serviceUrl } from "./url.ts";

type Form = { fits(value: string): boolean; must: string };
const ABOVE_ZERO: Form = { fits: (value) => Number(value) > 0, must: "must be a number above 0" };

/** The variables with a format. None of them is secret, so an error may quote its value; those of ADDRESSES may contain one. */
const FORMS = {
  LEDGER_SHARDS: { fits: (value) => /^[1-9]\d{0,5}$/.test(value), must: "must be a whole number of at least 1" },
  PROVIDER_MODE: { fits: isMode, must: "must be live or test" },
  RETENTION_DAYS: { fits: (value) => /^[1-9]\d{0,4}$/.test(value), must: "must be a whole number of at least 1" },
  SWEEP_MS: ABOVE_ZERO,
  CLAUDE_DEADLINE_MS: ABOVE_ZERO,
  PROVIDER_DEADLINE_MS: ABOVE_ZERO,
  PATIENCE_SCALE: ABOVE_ZERO,
  RETRY_DELAY_SCALE: { fits: (value) => value !== "" && Number(value) >= 0, must: "must be a number of at least 0" },
} satisfies Record<string, Form>;
type Formed = keyof typeof FORMS;

/** Where credentials are sent. */
const ADDRESSES: ReadonlySet<string> = new Set(["STRIPE_API_BASE", "ANTHROPIC_BASE_URL"]);

/**
 * Checks a Worker's bindings at its start. The error names all that are missing or malformed, and says what to do.
 * Those in `mayBeEmpty` must be set, and may be the empty string.
 */
export function requireBindings<Env extends object>(
  env: Env,
  names: readonly (keyof Env & string)[],
  mayBeEmpty: readonly (keyof Env & string)[] = [],
): void {
  const isMissing = (name: keyof Env): boolean => env[name] === undefined || env[name] === null;
  const missing = [...names.filter((name) => isMissing(name) || env[name] === ""), ...mayBeEmpty.filter(isMissing)];
  const set = [...names, ...mayBeEmpty].filter((name) => !missing.includes(name));
  const malformed = set.flatMap((name) => complaintOf(name, env[name]));
  const refused = set.flatMap((name) => complaintOfSecret(name, env));
  const errors = [
    missing.length === 0
      ? []
      : `missing bindings: ${missing.join(", ")}. Set secrets with \`npx wrangler secret put NAME\`, the others in wrangler.toml.`,
    malformed.length === 0 ? [] : `malformed bindings: ${malformed.join("; ")}. Correct them in wrangler.toml.`,
    refused.length === 0
      ? []
      : `refused secrets: ${refused.join("; ")}. Set them with \`npx wrangler secret put NAME\`; see "Keys and their rotation" in docs/runbook.md.`,
  ].flat();
  if (errors.length > 0) throw new Error(errors.join(" "));
}

/** Why a Worker would not start with this value; empty where it would. */
export function complaintOf(name: string, value: unknown): string[] {
  if (ADDRESSES.has(name)) {
    const address = serviceUrl(String(value));
    return address.ok ? [] : [`${name} ${address.error}`];
  }
  const form: Form | undefined = Object.hasOwn(FORMS, name) ? FORMS[name as Formed] : undefined;
  return form === undefined || form.fits(String(value)) ? [] : [`${name} ${form.must}, not ${JSON.stringify(value)}`];
}

/** The same for a secret, which may depend on its neighbours: its provider's address and mode. It is never quoted. */
function complaintOfSecret(name: string, env: object): string[] {
  const complaint = isSecretName(name) ? secretComplaint(name, env) : null;
  return complaint === null ? [] : [`${name} ${complaint}`];
}

function isMode(value: string): value is Mode {
  return value === "live" || value === "test";
}

/** The number of shards; throws where the variable is not a whole number of at least 1. */
export const shardCountOf = (env: { LEDGER_SHARDS: string }): number => numberOf(env, "LEDGER_SHARDS");

/** The provider's mode; throws where it is neither live nor test. */
export function modeOf({ PROVIDER_MODE }: { PROVIDER_MODE: string }): Mode {
  if (isMode(PROVIDER_MODE)) return PROVIDER_MODE;
  throw new Error(complaintOf("PROVIDER_MODE", PROVIDER_MODE).join());
}

/** A numeric variable; throws where its format is wrong. */
export function numberOf<Name extends Exclude<Formed, "PROVIDER_MODE">>(
  env: { readonly [Key in Name]: string },
  name: Name,
): number {
  requireBindings(env, [name]);
  return Number(env[name]);
}

/**
 * Makes a value once per isolate. For what depends on bindings alone and holds no state of a request (a client, a key).
 * The value is cached, never its promise: in workerd a request must not await another request's promise.
 */
export function oncePerEnv<Env extends object, Made>(make: (env: Env) => Promise<Made>): (env: Env) => Promise<Made> {
  const madeByEnv = new WeakMap<Env, Made>();
  return async (env) => {
    const known = madeByEnv.get(env);
    if (known !== undefined) return known;
    const made = await make(env);
    madeByEnv.set(env, made);
    return made;
  };
}
