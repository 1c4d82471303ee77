const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
const lenient = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** Null when the bytes are not valid UTF-8: no byte is replaced silently. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** For a body whose signature is checked next: where invalid bytes are replaced, the signature does not match. */
export function decodeForSignature(bytes: Uint8Array): string {
  return lenient.decode(bytes);
}
