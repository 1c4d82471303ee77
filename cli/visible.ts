/** What cannot be seen, or breaks, moves or turns a line. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;
/** A letter carries so many marks; Hebrew, Thai and Vietnamese need three. More would cover the lines above and below. */
const MARKED_LETTER = /\p{L}\p{M}{1,4}|\p{M}/gu;
/** The beginning of what we write for a character that cannot be seen. */
const OUR_ESCAPE = /\\(?=u\{)/g;
/** What a person sees as one sign: an escape of ours, or a character with its marks. */
const SIGNS = /\\u\{[0-9A-F]+\}|\P{M}\p{M}*|\p{M}/gu;

/**
 * A text from outside, as people may see it. What breaks a line, moves the cursor, changes the direction or cannot be seen is
 * written out as `\u{202E}`; so are marks without a letter and marks that are piled up. `\u{` that the text itself contains
 * becomes `\u{5C}u{`: no text can pass for an escape. Apply it once.
 */
export const visible = (text: string): string => harmless(text.replace(OUR_ESCAPE, "\\u{5C}"));

/** The same without the backslash, so that it may be applied to what has been made visible: the last net before a terminal. */
export const harmless = (text: string): string =>
  text.replace(UNSEEN, escapeOf).replace(MARKED_LETTER, (sign) => (/^\p{M}$/u.test(sign) ? escapeOf(sign) : sign));

const escapeOf = (sign: string): string => `\\u{${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`;

/** Ranges that a terminal shows two columns wide (Unicode's East Asian Width W and F, in whole blocks). */
const WIDE = new RegExp(
  `[${[
    "\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97f\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f",
    "\\uff01-\\uff60\\uffe0-\\uffe6\\u{16fe0}-\\u{18cff}\\u{1b000}-\\u{1b2ff}\\u{20000}-\\u{3fffd}\\p{Emoji_Presentation}",
  ].join("")}]`,
  "u",
);

/** The columns that a visible text takes in a terminal. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return Array.from(text, (sign) => (/[\p{Mn}\p{Me}]/u.test(sign) ? 0 : WIDE.test(sign) ? 2 : 1)).reduce<number>(
    (sum, width) => sum + width,
    0,
  );
}

/** A visible text in at most `width` columns. It ends in … where something is left out; no escape is cut in two. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const [sign] of text.matchAll(SIGNS)) {
    used += widthOf(sign);
    if (used > width - 1) break;
    kept += sign;
  }
  return `${kept.trimEnd()}…`;
}

export const padTo = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)));

/** A visible text in at most `most` lines of `width` columns, broken between words; the last one ends in … if it is cut. */
export function wrapTo(text: string, width: number, most: number): string[] {
  const lines: string[] = [];
  const words = text.split(" ");
  let line = words.shift() ?? "";
  while (words.length > 0 && lines.length < most - 1) {
    const longer = `${line} ${words[0]}`;
    if (widthOf(longer) <= width) line = longer;
    else {
      lines.push(cutTo(line, width));
      line = words[0] ?? "";
    }
    words.shift();
  }
  return [...lines, cutTo([line, ...words].join(" "), width)];
}
