const encoder = new TextEncoder();

/** workerd has this comparison, Node does not. */
type Subtle = { timingSafeEqual?(a: Uint8Array, b: Uint8Array): boolean };

/** Constant-time comparison. It reveals whether the lengths differ: where a length is secret, compare hashes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  const subtle = crypto.subtle as unknown as Subtle;
  if (subtle.timingSafeEqual !== undefined) return subtle.timingSafeEqual(a, b);
  let difference = 0;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}

/** The same for texts, such as a signature in base64 or a hash in hexadecimal. */
export const equalText = (a: string, b: string): boolean => equalBytes(encoder.encode(a), encoder.encode(b));

/** `"a, b"` is two secrets. Both are valid, so that a secret can be rotated without a pause. */
export function splitSecrets(list: string): string[] {
  return list
    .split(",")
    .map((secret) => secret.trim())
    .filter((secret) => secret !== "");
}
