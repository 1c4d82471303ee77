import { sha256Hex } from "../../shared/core/hash.ts";
import { problem } from "../../shared/http/problem.ts";
import { splitSecrets } from "../../shared/providers/signature.ts";

/** Answers with the hash of the caller's key, which names the caller; or with the 401. */
export type Gatekeeper = (request: Request) => Promise<{ ok: true; caller: string } | { ok: false; error: Response }>;

/**
 * `Authorization: Bearer` with one of several keys. Hashes are compared, so neither the length nor the place of the
 * first difference shows in the time it takes; the keys' own hashes are computed once.
 */
export function createGatekeeper(keyList: string, what: string): Gatekeeper {
  const keys = splitSecrets(keyList);
  let hashes: string[] | null = null;
  return async (request) => {
    const presented = /^Bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (presented === undefined) return { ok: false, error: unauthorized(`Send Authorization: Bearer and ${what}.`) };
    hashes ??= await Promise.all(keys.map(sha256Hex));
    const hash = await sha256Hex(presented);
    let known = false;
    for (const candidate of hashes) known = sameHash(candidate, hash) || known;
    return known ? { ok: true, caller: hash } : { ok: false, error: unauthorized(`This key is not ${what}.`) };
  };
}

function sameHash(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

function unauthorized(detail: string): Response {
  return problem(401, detail, { "www-authenticate": 'Bearer realm="countersign"' });
}
