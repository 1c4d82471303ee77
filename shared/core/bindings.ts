import type { Mode } from "./ids.ts";

type Form = { fits(value: string): boolean; must: string };
const ABOVE_ZERO: Form = { fits: (value) => Number(value) > 0, must: "must be a number above 0" };

/** The variables that are more than a text. Nothing of them is secret, so an error may quote them. */
const FORMS = {
  LEDGER_SHARDS: { fits: (value) => /^[1-9]\d{0,5}$/.test(value), must: "must be a whole number of at least 1" },
  PROVIDER_MODE: { fits: isMode, must: "must be live or test" },
  SWEEP_MS: ABOVE_ZERO,
  CLAUDE_DEADLINE_MS: ABOVE_ZERO,
  PROVIDER_DEADLINE_MS: ABOVE_ZERO,
  RETRY_DELAY_SCALE: { fits: (value) => value !== "" && Number(value) >= 0, must: "must be a number of at least 0" },
} satisfies Record<string, Form>;
type Formed = keyof typeof FORMS;

/**
 * Bindings are checked once, at the door of each Worker. All that are missing or malformed are named at once, with what
 * to do. Those in `mayBeEmpty` must be set, and may be set to nothing.
 */
export function requireBindings<Env extends object>(
  env: Env,
  names: readonly (keyof Env & string)[],
  mayBeEmpty: readonly (keyof Env & string)[] = [],
): void {
  const isMissing = (name: keyof Env): boolean => env[name] === undefined || env[name] === null;
  const missing = [...names.filter((name) => isMissing(name) || env[name] === ""), ...mayBeEmpty.filter(isMissing)];
  const malformed = names.filter((name) => !missing.includes(name)).flatMap((name) => complaintOf(name, env[name]));
  const errors = [
    missing.length === 0
      ? []
      : `missing bindings: ${missing.join(", ")}. Secrets are set with \`npx wrangler secret put NAME\`, the rest stands in wrangler.toml.`,
    malformed.length === 0 ? [] : `malformed bindings: ${malformed.join("; ")}. Correct them in wrangler.toml.`,
  ].flat();
  if (errors.length > 0) throw new Error(errors.join(" "));
}

function complaintOf(name: string, value: unknown): string[] {
  const form: Form | undefined = Object.hasOwn(FORMS, name) ? FORMS[name as Formed] : undefined;
  return form === undefined || form.fits(String(value)) ? [] : [`${name} ${form.must}, not ${JSON.stringify(value)}`];
}

function isMode(value: string): value is Mode {
  return value === "live" || value === "test";
}

/** The number of shards; throws where it is none. */
export const shardsOf = (env: { LEDGER_SHARDS: string }): number => numberOf(env, "LEDGER_SHARDS");

/** The provider's mode; throws where it is none. */
export function modeOf({ PROVIDER_MODE }: { PROVIDER_MODE: string }): Mode {
  if (isMode(PROVIDER_MODE)) return PROVIDER_MODE;
  throw new Error(complaintOf("PROVIDER_MODE", PROVIDER_MODE).join());
}

/** A variable that is a number; throws where it is none. */
export function numberOf<Name extends Exclude<Formed, "PROVIDER_MODE">>(
  env: { readonly [Key in Name]: string },
  name: Name,
): number {
  requireBindings(env, [name]);
  return Number(env[name]);
}

/**
 * What is made of bindings alone and holds nothing of a request (an idle client, a key) is made once an isolate. The
 * value is kept, never a promise: requests must not wait for each other's.
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
