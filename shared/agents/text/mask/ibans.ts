import type { Found } from "./found.ts";

/**
 * What stands behind the two check digits, by country: n a digit, a a letter, c either.
 * https://www.swift.com/resource/iban-registry-pdf
 */
const REGISTRY = `
  AD 8n12c AE 19n AL 8n16c AT 16n AZ 4a20c BA 16n BE 12n BG 4a6n8c BH 4a14c BI 23n BR 23n1a1c BY 4c4n16c CH 5n12c CR 18n
  CY 8n16c CZ 20n DE 18n DJ 23n DK 14n DO 4c20n EE 16n EG 25n ES 20n FI 14n FK 2a12n FO 14n FR 10n11c2n GB 4a14n GE 2a16n
  GI 4a15c GL 14n GR 7n16c GT 24c HN 4a20n HR 17n HU 24n IE 4a14n IL 19n IQ 4a15n IS 22n IT 1a10n12c JO 4a4n18c KW 4a22c
  KZ 3n13c LB 4n20c LC 4a24c LI 5n12c LT 16n LU 3n13c LV 4a13c LY 21n MC 10n11c2n MD 20c ME 18n MK 3n10c2n MN 16n MR 23n
  MT 4a5n18c MU 4a19n3a NI 4a20n NL 4a10n NO 11n OM 3n16c PK 4a16c PL 24n PS 4a21c PT 21n QA 4a21c RO 4a16c RS 18n
  RU 14n15c SA 2n18c SC 4a20n3a SD 14n SE 20n SI 15n SK 20n SM 1a10n12c SO 19n ST 21n SV 4a20n TL 19n TN 20n TR 6n16c
  UA 6n19c VA 18n VG 4a16n XK 16n YE 4a4n18c`;
const CLASS: Record<string, string> = { n: "[0-9]", a: "[A-Z]", c: "[0-9A-Z]" };

type Form = { length: number; whole: RegExp; isDigit: readonly boolean[] };
const FORMS: ReadonlyMap<string, Form> = new Map(
  Array.from(REGISTRY.matchAll(/([A-Z]{2}) (\S+)/g), ([, country = "", structure = ""]) => {
    const parts = Array.from(structure.matchAll(/(\d+)([nac])/g), ([, count = "", kind = ""]) => ({
      count: Number(count),
      kind,
    }));
    const body = parts.map(({ count, kind }) => `${CLASS[kind] ?? ""}{${count}}`).join("");
    const isDigit = parts.flatMap(({ count, kind }) => Array<boolean>(count).fill(kind === "n"));
    const form = { length: 4 + isDigit.length, whole: new RegExp(`^${country}\\d{2}${body}$`) };
    return [country, { ...form, isDigit: [false, false, true, true, ...isDigit] }] as const;
  }),
);

/** A country and two check digits, with anything between: DE89, "DE 89", "de-89", "d e 8 9". */
const BEGINNING = /([A-Za-z])[ .]?([A-Za-z])[ .:-]{0,3}[\dOIl][ .-]?[\dOIl]/gu;
const LONGEST_GAP = 3;
const IBAN_WORD = /iban[^\p{L}\p{N}]{0,6}$/iu;
const SURELY_LONG = 20;

export function ibansIn(text: string): Found[] {
  const found: Found[] = [];
  for (let from = 0; from < text.length; ) {
    BEGINNING.lastIndex = from;
    const match = BEGINNING.exec(text);
    if (match === null) break;
    const form = FORMS.get(`${match[1] ?? ""}${match[2] ?? ""}`.toUpperCase());
    const one = form === undefined ? null : ibanAt(text, match.index, form);
    if (one !== null) found.push(one);
    from = one?.to ?? match.index + 1;
  }
  return found;
}

/** As many characters as the country's IBANs have, whatever stands between them. */
function ibanAt(text: string, from: number, { length, whole, isDigit }: Form): Found | null {
  let written = "";
  let to = from;
  for (let at = from; written.length < length; at += 1) {
    const char = text[at];
    if (char === undefined || at - to > LONGEST_GAP) return null;
    if (/[0-9a-z]/i.test(char)) {
      written += char.toUpperCase();
      to = at + 1;
    } else if (!/[^\p{L}\p{N}[\]\ue000]/u.test(char)) return null;
  }
  const compact = Array.from(written, (char, index) => (isDigit[index] === true ? digitLike(char) : char)).join("");
  const before = text.slice(Math.max(0, from - 12), from);
  const isSaid = IBAN_WORD.test(before);
  const isGlued = /[\p{L}\p{N}_]$/u.test(before);
  if (!whole.test(compact) || (isGlued && !isSaid && !isPlain(before, text.charAt(from), compact))) return null;
  const isWhole = isIban(compact);
  const goesOn = /\d/.test(text.charAt(to));
  // "no. 3528…": the digits of something longer.
  if (goesOn && !isSaid && length < SURELY_LONG) return null;
  // One with a digit mistyped is nearly one.
  return isWhole || (isSaid && !goesOn)
    ? { from, to, name: "iban", isCertain: isWhole && written === compact && !goesOn }
    : null;
}

/** Glued to a letter begins an IBAN only if it is plainly one: ids have letters and figures as well, and "Visa37" is none. */
function isPlain(before: string, first: string, compact: string): boolean {
  const begins = /[^A-Z]$/.test(before) && /[A-Z]/.test(first);
  return /^..\d{18,}$/.test(compact) || (begins && compact.replace(/\D/g, "").length >= 12);
}

/** The letters that people and scanners take for a figure. */
const digitLike = (char: string): string => (char === "O" ? "0" : char === "I" || char === "L" ? "1" : char);

/** ISO 13616: letters become numbers, the first four characters move to the end, and the whole is 1 modulo 97. */
export function isIban(text: string): boolean {
  const compact = text.replace(/[^0-9a-z]/gi, "").toUpperCase();
  if (compact.length < 15 || compact.length > 34) return false;
  const digits = (compact.slice(4) + compact.slice(0, 4)).replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  return Array.from(digits).reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
}
