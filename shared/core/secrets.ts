import { parseJson } from "./json.ts";
import { err, ok, type Result } from "./result.ts";

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

/**
 * The values of a secret: a line each, or a JSON list of texts. Neither can cut one: no secret has a line break, and none
 * begins with a bracket. Blanks and line breaks around a value do not count. Whether each is a whole one: secret-forms.ts.
 */
export function valuesIn(text: string): Result<string[], string> {
  const trimmed = text.trim();
  if (!trimmed.startsWith("[")) return ok(withoutEmpty(trimmed.split(/\r\n|\r|\n/)));
  const parsed = parseJson(trimmed);
  return parsed.ok && isTexts(parsed.value) ? ok(withoutEmpty(parsed.value)) : err(NO_LIST);
}

const NO_LIST = 'begins with [ and is no JSON list of texts, such as ["new", "old"]';
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");
const withoutEmpty = (values: readonly string[]): string[] =>
  values.map((value) => value.trim()).filter((value) => value !== "");

/**
 * The same for the secrets of webhooks, which commas may separate too: no such secret has a comma, and each part has a form that
 * a piece of one lacks. What is no list has no values.
 */
export function splitSecrets(list: string): string[] {
  const values = valuesIn(list);
  return values.ok ? withoutEmpty(values.value.flatMap((value) => value.split(","))) : [];
}
