import type { Action, Grant, GrantClaims } from "../contracts/action.ts";
import { toHex } from "../core/hash.ts";
import { canonicalJson } from "../core/json.ts";
import type { SigningKey } from "./keys.ts";

/** Of a grant: under which policy, until when and from when, in epoch milliseconds. `notBefore` null: from now. */
export type Terms = { policyVersion: string; expiresAt: number; notBefore: number | null };
/**
 * A grant is a signature over the whole action and its terms: Ed25519 (RFC 8032) over their canonical JSON. The classifier
 * signs; executors have public keys only.
 */
export type Sign = (action: Action, terms: Terms) => Promise<Grant>;

export const ED25519 = { name: "Ed25519" };
export const encoder = new TextEncoder();

export async function createSigner({ kid, privateKey }: SigningKey): Promise<Sign> {
  const { kty, crv, x, d } = privateKey;
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, d }, ED25519, false, ["sign"]);
  return async (action, { policyVersion, expiresAt, notBefore }) => {
    const claims = canonicalJson({ ...action, policyVersion, expiresAt, notBefore } satisfies GrantClaims);
    const signature = await crypto.subtle.sign(ED25519, key, encoder.encode(claims));
    return { kid, claims, signature: toHex(new Uint8Array(signature)) };
  };
}
