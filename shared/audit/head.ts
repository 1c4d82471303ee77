/** The head of the audit: its newest entry, signed by the one writer (Ed25519, RFC 8032). */
import type { AuditHead } from "../contracts/audit.ts";
import { toHex } from "../core/hash.ts";
import { canonicalJson } from "../core/json.ts";
import type { ChainEnd } from "./chain.ts";

const ED25519 = { name: "Ed25519" };
const encoder = new TextEncoder();

type PublicJwk = { kty: "OKP"; crv: "Ed25519"; x: string };
/** The key documents that shared/grant/keys.ts reads. */
type SigningKey = { kid: string; privateKey: PublicJwk & { d: string } };
type PublicKey = { kid: string; publicKey: PublicJwk; revoked?: boolean | undefined };

/** What is signed says what it is: no signature over anything else is one over a head. */
const signedText = ({ n, hash }: ChainEnd): string => canonicalJson({ what: "countersign.audit", n, hash });

export type SignHead = { kid: string; sign(end: ChainEnd): Promise<AuditHead> };

export async function createHeadSigner({ kid, privateKey }: SigningKey): Promise<SignHead> {
  const { kty, crv, x, d } = privateKey;
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, d }, ED25519, false, ["sign"]);
  return {
    kid,
    async sign({ n, hash }) {
      const signature = await crypto.subtle.sign(ED25519, key, encoder.encode(signedText({ n, hash })));
      return { n, hash, kid, signature: toHex(new Uint8Array(signature)) };
    },
  };
}

export type HeadCheck = "signed" | "unsigned" | "unknown_key" | "revoked_key";

/** A retired key has signed well; a revoked one may have been somebody else's. */
export async function checkHead(head: AuditHead, keys: readonly PublicKey[]): Promise<HeadCheck> {
  const known = keys.find(({ kid }) => kid === head.kid);
  if (head.signature === "") return "unsigned";
  if (known === undefined) return "unknown_key";
  if (known.revoked === true) return "revoked_key";
  const bytes = bytesOf(head.signature);
  if (bytes === null) return "unsigned";
  const { kty, crv, x } = known.publicKey;
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x }, ED25519, false, ["verify"]);
  const isSigned = await crypto.subtle.verify(ED25519, key, bytes, encoder.encode(signedText(head)));
  return isSigned ? "signed" : "unsigned";
}

/** Null for what is no hexadecimal of a signature's 64 bytes. */
function bytesOf(hex: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[0-9a-f]{128}$/.test(hex)) return null;
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
