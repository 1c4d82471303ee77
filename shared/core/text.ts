const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * A copy of the first characters of a text. In V8, `slice` is a view of the whole text and keeps all of it in memory.
 */
export function startOf(text: string, maxLength: number): string {
  return decoder.decode(encoder.encode(text.slice(0, maxLength)));
}

/** The first characters of a text on one line, for people: what cannot be printed becomes a space. */
export function oneLine(text: string, maxLength: number): string {
  return startOf(text, maxLength).replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ");
}
