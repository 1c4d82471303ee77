import type { Result } from "../core/result.ts";

/**
 * The result of every provider's verifier. The error is for the log; the sender only gets that the signature is missing or
 * does not match.
 */
export type SignatureVerdict = Result<null, string>;

/** How far a signed timestamp may be from now, in both directions. The default of Stripe and of Standard Webhooks. */
export const TOLERANCE_SECONDS = 300;

const encoder = new TextEncoder();

/** `CryptoKey` has another type in each runtime. */
export type HmacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

export function importHmacKey(bytes: Uint8Array<ArrayBuffer>): Promise<HmacKey> {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

export async function hmacBase64(key: HmacKey, text: string): Promise<string> {
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
  return btoa(String.fromCharCode(...mac));
}

/** Null when the text is empty or not base64. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return bytes.length > 0 ? bytes : null;
  } catch {
    return null;
  }
}

/** Null when the text is empty or not whole bytes in hexadecimal. */
export function bytesOfHex(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^(?:[0-9a-f]{2})+$/i.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
