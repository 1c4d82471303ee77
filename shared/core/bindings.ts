/** Bindings are checked once, at the door of each Worker: a missing one is named, with what to do. */
export function requireBindings<Env extends object>(env: Env, names: readonly (keyof Env & string)[]): void {
  const missing = names.filter((name) => env[name] === undefined || env[name] === "");
  if (missing.length === 0) return;
  throw new Error(
    `missing bindings: ${missing.join(", ")}. Secrets are set with \`npx wrangler secret put NAME\`, the rest stands in wrangler.toml.`,
  );
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
