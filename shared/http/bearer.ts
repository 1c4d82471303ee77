import { sha256Hex } from "../core/hash.ts";
import { err, ok, type Result } from "../core/result.ts";
import { equalText } from "../core/secrets.ts";
import { problem } from "./problem.ts";

/** Answers with the hash of the caller's key, which names the caller; or with the 401. */
export type Gatekeeper = (request: Request) => Promise<Result<string, Response>>;

/**
 * `Authorization: Bearer` with one of `keys`, all valid at once. Hashes are compared, so neither the length of a key nor
 * the place of the first difference shows in the time it takes; the keys' own hashes are computed once.
 */
export function createGatekeeper(keys: readonly string[], what: string): Gatekeeper {
  let hashes: string[] | null = null;
  return async (request) => {
    const presented = bearerOf(request);
    if (presented === null) return err(unauthorized(`Send Authorization: Bearer and ${what}.`));
    hashes ??= await Promise.all(keys.map(sha256Hex));
    const hash = await sha256Hex(presented);
    let known = false;
    for (const candidate of hashes) known = equalText(candidate, hash) || known;
    return known ? ok(hash) : err(unauthorized(`This key is not ${what}. Send ${what}.`));
  };
}

/** The key that the caller presents; null for none, and for another scheme. */
function bearerOf(request: Request): string | null {
  const header = request.headers.get("authorization") ?? "";
  const key = /^Bearer /i.test(header) ? header.slice("Bearer ".length).trim() : "";
  return key === "" ? null : key;
}

function unauthorized(detail: string): Response {
  return problem(401, detail, { "www-authenticate": 'Bearer realm="countersign"' });
}
