import type { Result } from "../core/result.ts";

/**
 * What the verifiers of all providers share. The error is for the log: a stranger is told only that the signature is
 * missing or does not match.
 */
export type SignatureVerdict = Result<null, string>;

/** How far a signed timestamp may lie from now, in both directions. Stripe's and Standard Webhooks' own default. */
export const TOLERANCE_SECONDS = 300;

const encoder = new TextEncoder();

/** The type has another name in each runtime. */
export type HmacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

export function importHmacKey(bytes: Uint8Array<ArrayBuffer>): Promise<HmacKey> {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

export async function hmacBase64(key: HmacKey, text: string): Promise<string> {
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
  return btoa(String.fromCharCode(...mac));
}

/** Null when the text is not base64, or nothing. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return bytes.length > 0 ? bytes : null;
  } catch {
    return null;
  }
}

/** Null when the text is not whole bytes in hexadecimal, or nothing. */
export function bytesOfHex(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^(?:[0-9a-f]{2})+$/i.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
