import { sha256Hex } from "../core/hash.ts";
import { err, ok, type Result } from "../core/result.ts";
import { equalText } from "../core/secrets.ts";
import { problem } from "./problem.ts";
import type { Refusal } from "./refusals.ts";

export const CHALLENGE = 'Bearer realm="countersign"';

/** Longer than any key of ours: what cannot be one is not hashed. */
const LONGEST_KEY = 1_024;

/** The SHA-256 of the caller's key, which identifies the caller; or why the caller is refused. */
export type Authenticate = (request: Request) => Promise<Result<string, Refusal>>;

/**
 * Authenticates `Authorization: Bearer` with any of `keys`; `what` names such a key in the 401. Hashes are compared, so
 * the time reveals neither a key's length nor the position of the first difference.
 */
export function createAuthenticator(keys: readonly string[], what: string): Authenticate {
  let hashes: string[] | null = null;
  return async (request) => {
    const presented = bearerOf(request);
    if (presented === null) return err(refused("no key", `Send Authorization: Bearer and ${what}.`));
    if (presented.length > LONGEST_KEY) return err(refused("unknown key", `This key is not ${what}. Send ${what}.`));
    hashes ??= await Promise.all(keys.map(sha256Hex));
    const hash = await sha256Hex(presented);
    let known = false;
    for (const candidate of hashes) known = equalText(candidate, hash) || known;
    return known ? ok(hash) : err(refused("unknown key", `This key is not ${what}. Send ${what}.`));
  };
}

/** The key that the caller sent; null without one or for another scheme. */
export function bearerOf(request: Request): string | null {
  const header = request.headers.get("authorization") ?? "";
  const key = /^Bearer /i.test(header) ? header.slice("Bearer ".length).trim() : "";
  return key === "" ? null : key;
}

function refused(why: string, detail: string): Refusal {
  return { why, response: problem(401, detail, { "www-authenticate": CHALLENGE }) };
}
