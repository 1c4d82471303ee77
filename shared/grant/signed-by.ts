import type { PublicKey } from "./keys.ts";
import { ED25519, encoder } from "./sign.ts";

/** Whatever one of our keys signs: which key, the exact text, and the signature in hexadecimal. */
export type SignedText = { kid: string; claims: string; signature: string };
/** The key that signed, or why none of them did. */
export type SignerCheck = { isRetired: boolean; isRevoked: boolean } | { reason: string };
/** `what`: for people. `text`: what must have been signed, which is not always the claims alone. */
export type CheckSigner = (signed: SignedText, what: string, text: string) => Promise<SignerCheck>;

/** Who signed a text. What is signed comes from a row that others may have written. */
export async function createSignerCheck(publicKeys: readonly PublicKey[]): Promise<CheckSigner> {
  const keys = new Map(
    await Promise.all(
      publicKeys.map(async ({ kid, publicKey: { kty, crv, x }, retired, revoked }) => {
        const key = await crypto.subtle.importKey("jwk", { kty, crv, x }, ED25519, false, ["verify"]);
        return [kid, { key, isRetired: retired === true, isRevoked: revoked === true }] as const;
      }),
    ),
  );
  return async ({ kid, claims, signature }, what, text) => {
    const isText = [kid, claims, signature].every((part) => typeof part === "string");
    if (!isText) return { reason: `it has not the form of ${what === "approval" ? "an" : "a"} ${what}` };
    const known = keys.get(kid);
    if (!known) return { reason: `it names the unknown key ${kid}` };
    const bytes = fromHex(signature);
    if (bytes === null || !(await crypto.subtle.verify(ED25519, known.key, bytes, encoder.encode(text))))
      return { reason: "its signature does not fit its claims" };
    return { isRetired: known.isRetired, isRevoked: known.isRevoked };
  };
}

/** A signature of Ed25519 has 64 bytes. The runtime of Workers throws at any other, where Node only says that it does not fit. */
function fromHex(hex: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[0-9a-f]{128}$/.test(hex)) return null;
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}
