/**
 * A text as the masks search it: digits of every script, wide letters, spaces and dashes in their ASCII form, without what
 * cannot be seen, and with what HTML, a URL or JSON escaped as it was meant. Each character knows where it stood, so that a
 * mask replaces what was really written.
 */
export type Folded = { text: string; from: (index: number) => number; to: (index: number) => number };

/** Nothing to fold, and nothing that escapes. */
const PLAIN = /^[\n\x20-\x24\x27-\x3b\x3d-\x5b\x5d-\x7e]*$/;
/** U+20E3 is the frame of a keycap: 4️⃣ is a four. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\u2800]|\u20e3/u;
const hasUnseen = new RegExp(`(?![\\t\\n\\r])(?:${UNSEEN.source})`, "u");

/** What stands for one character, and every other character. */
const PIECE =
  /&#(?:x[0-9a-f]{1,6}|\d{1,7});?|&[a-z]{2,6};|%c2%a[0d]|%e2%80%[89ab][0-9a-f]|%(?:[0-3][0-9a-f]|40|5[bdf]|7[bcde])|\\u[0-9a-f]{4}|\\[nrt]|<\/?(?:b|br|div|em|font|i|p|span|strong|td|tr|u|wbr)(?=[\s/>])[^<>]{0,60}>|[\s\S]/giu;
/** https://html.spec.whatwg.org/multipage/named-characters.html */
const ENTITIES: Record<string, string> = {
  ...{ nbsp: " ", ensp: " ", emsp: " ", thinsp: " ", hairsp: " ", numsp: " ", shy: "", zwj: "", zwnj: "" },
  ...{ ndash: "-", mdash: "-", minus: "-", dash: "-", hyphen: "-", middot: "·", commat: "@", period: ".", plus: "+" },
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", sol: "/", lpar: "(", rpar: ")", num: "#", colon: ":" },
};

export function fold(raw: string): Folded {
  if (PLAIN.test(raw)) return { text: raw, from: (index) => index, to: (index) => index };
  const starts: number[] = [];
  const ends: number[] = [];
  let text = "";
  const pieces = Array.from(raw.matchAll(PIECE), ({ 0: piece, index }) => ({ piece, index }));
  for (const [nth, { piece, index }] of pieces.entries()) {
    const isInNumber = isNumberSign(pieces[nth - 1]?.piece) || isNumberSign(pieces[nth + 1]?.piece);
    const meant = meantBy(piece);
    // What escapes nothing stands as it is written.
    const folded = meant === null ? piece : Array.from(meant, (char) => foldedChar(char, isInNumber)).join("");
    for (let unit = 0; unit < folded.length; unit += 1) {
      starts.push(meant === null ? index + unit : index);
      ends.push(meant === null ? index + unit + 1 : index + piece.length);
    }
    text += folded;
  }
  return {
    text,
    from: (index) => starts[index] ?? raw.length,
    to: (index) => (index === 0 ? 0 : (ends[index - 1] ?? raw.length)),
  };
}

/** Whether something was hidden in what a mask covers. */
export const hidesUnseen = (written: string): boolean => hasUnseen.test(written);

/** The character that a piece stands for; null where it is no escape that is known. */
function meantBy(piece: string): string | null {
  if (piece.length < 3 && !/^\\[nrt]$/i.test(piece)) return piece;
  const lower = piece.toLowerCase();
  if (lower.startsWith("&#")) return charOf(lower.replace(/^&#/, "0").replace(/;$/, ""));
  if (lower.startsWith("&")) return ENTITIES[lower.slice(1, -1)] ?? null;
  if (lower.startsWith("%")) return decodeURIComponent(lower);
  if (lower.startsWith("\\u")) return charOf(`0x${lower.slice(2)}`);
  return " ";
}

function charOf(point: string): string | null {
  const code = Number(point);
  return code <= 0x10_ffff ? String.fromCodePoint(code) : null;
}

/** Alone, ² and ① say something about the number beside them. Several are a number. */
const isNumberSign = (char: string | undefined): boolean => char !== undefined && char > "~" && /\p{No}/u.test(char);

function foldedChar(char: string, isInNumber: boolean): string {
  if (char === "\t" || char === "\r") return " ";
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
