import { sha256Hex } from "../../shared/core/hash.ts";
import type { Callers } from "../../shared/core/secret-forms.ts";

/** The hashes of a caller's keys, the one in use first. They name the caller in the ids of its requests. */
export type CallerNames = readonly [string, ...string[]];
/** By the hash of the key that the caller used, which the authenticator gives. */
export type NamesOf = (keyHash: string) => Promise<CallerNames>;

/** The same caller has the same names whichever of its keys it uses: a request survives the rotation of its key. */
export function createNames(callers: Callers): NamesOf {
  let hashed: string[][] | null = null;
  return async (keyHash) => {
    hashed ??= await Promise.all(callers.map((keys) => Promise.all(keys.map(sha256Hex))));
    const [first, ...others] = hashed.find((names) => names.includes(keyHash)) ?? [];
    return first === undefined ? [keyHash] : [first, ...others];
  };
}
