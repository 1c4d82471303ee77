import { readJsonText } from "./json-text.ts";
import { err, ok, type Result } from "./result.ts";

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

/** A line of a file as JSON, or what is wrong with it, for its sender. */
export function readJsonLine(bytes: Uint8Array): Result<{ text: string; value: unknown }, string> {
  const text = decodeUtf8(bytes);
  if (text === null) return err("the line is not valid UTF-8: write the file in that encoding");
  const read = readJsonText(text);
  return read.ok ? ok({ text, value: read.value }) : err(`the line ${read.error}`);
}

/** For a body whose signature is checked next: where invalid bytes are replaced, the signature does not match. */
export function decodeForSignature(bytes: Uint8Array): string {
  return lenient.decode(bytes);
}
