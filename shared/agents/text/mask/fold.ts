/**
 * A text as the masks search it: digits of every script, wide letters, spaces and dashes in their ASCII form, without what
 * cannot be seen. Each character knows where it stood, so that a mask replaces what was really written.
 */
export type Folded = { text: string; from: (index: number) => number; to: (index: number) => number };

const ASCII = /^[\t\n\r\x20-\x7e]*$/;
/** U+20E3 is the frame of a keycap: 4️⃣ is a four. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\u2800]|\u20e3/u;
const hasUnseen = new RegExp(`(?![\\t\\n\\r])(?:${UNSEEN.source})`, "u");

export function fold(raw: string): Folded {
  if (ASCII.test(raw)) {
    const itself = (index: number): number => index;
    return { text: raw.replace(/[\t\r]/g, " "), from: itself, to: itself };
  }
  const starts: number[] = [];
  const ends: number[] = [];
  let text = "";
  let at = 0;
  const chars = Array.from(raw);
  for (const [index, char] of chars.entries()) {
    const isInNumber = isNumberSign(chars[index - 1]) || isNumberSign(chars[index + 1]);
    const folded = foldedChar(char, isInNumber);
    for (let unit = 0; unit < folded.length; unit += 1) {
      starts.push(at);
      ends.push(at + char.length);
    }
    text += folded;
    at += char.length;
  }
  return {
    text,
    from: (index) => starts[index] ?? raw.length,
    to: (index) => (index === 0 ? 0 : (ends[index - 1] ?? at)),
  };
}

/** Whether something was hidden in what a mask covers. */
export const hidesUnseen = (written: string): boolean => hasUnseen.test(written);

/** Alone, ² and ① say something about the number beside them. Several are a number. */
const isNumberSign = (char: string | undefined): boolean => char !== undefined && char > "~" && /\p{No}/u.test(char);

function foldedChar(char: string, isInNumber: boolean): string {
  if (/[\t\r]/.test(char)) return " ";
  if (char >= " " && char <= "~") return char;
  if (/[\n\v\f\u0085\u2028\u2029]/.test(char)) return "\n";
  if (UNSEEN.test(char)) return "";
  if (/\p{Nd}/u.test(char)) return String(digitOf(char));
  if (/\p{Zs}/u.test(char)) return " ";
  if (/[\p{Pd}\u2212]/u.test(char)) return "-";
  const compatible = char.normalize("NFKC");
  if (/^[!-~]$/.test(compatible) && !/\d/.test(compatible)) return compatible;
  // ⒋ and ⑷ are a four; ½ is none.
  const numbered = isInNumber ? /^\(?([0-9])[).]?$/.exec(compatible)?.[1] : undefined;
  return numbered ?? char;
}

/** The digits of a script stand in blocks of ten, from zero: https://www.unicode.org/versions/latest/core-spec/chapter-4/ (4.6) */
function digitOf(char: string): number {
  const point = char.codePointAt(0) ?? 0;
  let before = 0;
  while (before < 60 && /\p{Nd}/u.test(String.fromCodePoint(point - before - 1))) before += 1;
  return before % 10;
}
