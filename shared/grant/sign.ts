import type { Action, Grant, GrantClaims } from "../contracts/action.ts";
import type { ApprovedBy } from "../contracts/overridable.ts";
import { toHex } from "../core/hash.ts";
import { canonicalJson } from "../core/json.ts";
import type { PrivateJwk, SigningKey } from "./keys.ts";

/**
 * Of a grant: under which policy, until when and from when, in epoch milliseconds. `notBefore` null: from now. `approved`: the
 * approval behind it, where people let it be executed.
 */
export type Terms = { policyVersion: string; expiresAt: number; notBefore: number | null; approved?: ApprovedBy };
/**
 * A grant is a signature over the whole action and its terms: Ed25519 (RFC 8032) over their canonical JSON. The classifier
 * signs; executors have public keys only.
 */
export type Sign = (action: Action, terms: Terms) => Promise<Grant>;

export const ED25519 = { name: "Ed25519" };
export const encoder = new TextEncoder();

export async function createSigner({ kid, privateKey }: SigningKey): Promise<Sign> {
  const signatureOf = await createSignature(privateKey);
  return async (action, { policyVersion, expiresAt, notBefore, approved }) => {
    const terms = { policyVersion, expiresAt, notBefore, ...(approved === undefined ? {} : { approved }) };
    const claims = canonicalJson({ ...action, ...terms } satisfies GrantClaims);
    return { kid, claims, signature: await signatureOf(claims) };
  };
}

/** Signs a text; in hexadecimal. */
export async function createSignature({ kty, crv, x, d }: PrivateJwk): Promise<(text: string) => Promise<string>> {
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, d }, ED25519, false, ["sign"]);
  return async (text) => toHex(new Uint8Array(await crypto.subtle.sign(ED25519, key, encoder.encode(text))));
}
