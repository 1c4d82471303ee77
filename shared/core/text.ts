const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The first characters of a text, as a text of their own. A mere `slice` is a view of the whole in V8, and keeps all of
 * it in memory for as long as the few characters are needed.
 */
export function startOf(text: string, maxLength: number): string {
  return decoder.decode(encoder.encode(text.slice(0, maxLength)));
}
