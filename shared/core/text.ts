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

/** A text with every character written out that cannot be seen, as \\u{200B}: nothing can hide in what people read. */
export const visible = (text: string): string =>
  text.replace(
    /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
  );
