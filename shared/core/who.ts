import { err, ok, type Result } from "./result.ts";
import { secretComplaint, secretValues } from "./secret-forms.ts";
import { serviceUrl } from "./url.ts";

/**
 * Who says who a person is at the console: Cloudflare Access, or local tokens. `issuer`: the team's address, where its keys
 * are and which its tokens name. `first`: the subject of the first admin; null: nobody is one by configuration. With local
 * tokens it is a name, and CONSOLE_TOKEN is that person's token.
 */
export type Who =
  | { kind: "access"; issuer: string; audience: string; first: string | null }
  | { kind: "local"; tokens: readonly string[]; first: string };

/** Reads it from the console's bindings. The error names the variables and what to do, and quotes no secret. */
export function whoOf(env: object): Result<Who, string> {
  const [team, audience, first] = ["ACCESS_TEAM_DOMAIN", "ACCESS_AUDIENCE", "FIRST_ADMIN"].map((name) =>
    textIn(env, name),
  );
  const hasToken = textIn(env, "CONSOLE_TOKEN") !== null;
  if (team == null && audience == null) return hasToken ? localIn(env, first ?? null) : err(NEITHER);
  if (hasToken) return err(BOTH);
  if (team == null || audience == null)
    return err(
      `${team == null ? "ACCESS_TEAM_DOMAIN" : "ACCESS_AUDIENCE"} is not set, and the other one is. ${ACCESS}`,
    );
  const address = serviceUrl(team.includes("://") ? team : `https://${team}`);
  if (!address.ok || new URL(address.value).origin !== address.value)
    return err(`ACCESS_TEAM_DOMAIN must be the team's domain, such as example.cloudflareaccess.com, without a path.`);
  if (!/^[0-9a-f]{64}$/.test(audience))
    return err("ACCESS_AUDIENCE must be the Application Audience (AUD) tag: 64 digits of hexadecimal.");
  return ok({ kind: "access", issuer: address.value, audience, first: first ?? null });
}

function localIn(env: object, first: string | null): Result<Who, string> {
  const complaint = secretComplaint("CONSOLE_TOKEN", env);
  if (complaint !== null) return err(`CONSOLE_TOKEN ${complaint}`);
  return ok({ kind: "local", tokens: secretValues("CONSOLE_TOKEN", env), first: first ?? "first admin" });
}

const ACCESS = "Cloudflare Access needs ACCESS_TEAM_DOMAIN and ACCESS_AUDIENCE: docs/deploy.md.";
const NEITHER = `nobody could be known: set ACCESS_TEAM_DOMAIN and ACCESS_AUDIENCE (Cloudflare Access) in wrangler.toml, or the secret CONSOLE_TOKEN (local tokens).`;
const BOTH =
  "CONSOLE_TOKEN is set, and so is ACCESS_TEAM_DOMAIN or ACCESS_AUDIENCE: a deployment uses Cloudflare Access or local tokens, never both. " +
  "Remove the variables from wrangler.toml, or delete the secret: npx wrangler secret delete CONSOLE_TOKEN.";

function textIn(env: object, name: string): string | null {
  const value: unknown = Reflect.get(env, name);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}
