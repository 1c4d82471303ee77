import type { Action, Grant, GrantClaims } from "../contracts/action.ts";
import { toHex } from "../core/hash.ts";
import { canonicalJson } from "../core/json.ts";

/**
 * A grant is a signature over the whole action: Ed25519 (RFC 8032) over its canonical JSON. The classifier signs;
 * executors have public keys only.
 */
export type Jwk = { kty: string; crv?: string; x?: string; d?: string };
export type SigningKey = { kid: string; privateKey: Jwk };
/** `expiresAt` in epoch milliseconds. */
export type Sign = (action: Action, policyVersion: string, expiresAt: number) => Promise<Grant>;

export const ED25519 = { name: "Ed25519" };
export const encoder = new TextEncoder();

export async function createSigner({ kid, privateKey }: SigningKey): Promise<Sign> {
  const key = await crypto.subtle.importKey("jwk", privateKey, ED25519, false, ["sign"]);
  return async (action, policyVersion, expiresAt) => {
    const claims = canonicalJson({ ...action, policyVersion, expiresAt } satisfies GrantClaims);
    const signature = await crypto.subtle.sign(ED25519, key, encoder.encode(claims));
    return { kid, claims, signature: toHex(new Uint8Array(signature)) };
  };
}
