/** Bindings are checked once, at the door of each Worker: a missing one is named, with what to do. */
export function requireBindings<Env extends object>(env: Env, names: readonly (keyof Env & string)[]): void {
  const missing = names.filter((name) => env[name] === undefined || env[name] === "");
  if (missing.length === 0) return;
  throw new Error(
    `missing bindings: ${missing.join(", ")}. Secrets are set with \`npx wrangler secret put NAME\`, the rest stands in wrangler.toml.`,
  );
}
