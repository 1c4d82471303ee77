const encoder = new TextEncoder();

/** workerd's own comparison, which Node has not. */
type Subtle = { timingSafeEqual?(a: Uint8Array, b: Uint8Array): boolean };

/** Takes as long for a near miss as for a far one. Only the lengths may show: compare hashes where they are secret. */
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

/** `a, b` is two secrets, both valid at once: that is how one is rotated. */
export function splitSecrets(list: string): string[] {
  return list
    .split(",")
    .map((secret) => secret.trim())
    .filter((secret) => secret !== "");
}
