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

type Form = { length: number; whole: RegExp };
const FORMS: ReadonlyMap<string, Form> = new Map(
  Array.from(REGISTRY.matchAll(/([A-Z]{2}) (\S+)/g), ([, country = "", structure = ""]) => {
    const parts = Array.from(structure.matchAll(/(\d+)([nac])/g), ([, count = "", kind = ""]) => ({ count, kind }));
    const length = 4 + parts.reduce((total, { count }) => total + Number(count), 0);
    const body = parts.map(({ count, kind }) => `${CLASS[kind] ?? ""}{${count}}`).join("");
    return [country, { length, whole: new RegExp(`^${country}\\d{2}${body}$`) }] as const;
  }),
);

/** A country and two check digits, with anything between: DE89, "DE 89", "de-89". A word may only be glued where it is "IBAN". */
const BEGINNING = /(?<=^|[^\p{L}\p{N}_]|iban|_)([A-Za-z])[ .]?([A-Za-z])[ .:-]{0,3}\d[ .-]?\d/giu;
const LONGEST_GAP = 3;
const IBAN_WORD = /iban[^\p{L}\p{N}]{0,6}$/iu;

export function ibansIn(text: string): Found[] {
  const found: Found[] = [];
  for (const match of text.matchAll(BEGINNING)) {
    if (match.index < (found.at(-1)?.to ?? 0)) continue;
    const form = FORMS.get(`${match[1] ?? ""}${match[2] ?? ""}`.toUpperCase());
    const one = form === undefined ? null : ibanAt(text, match.index, form);
    if (one !== null) found.push(one);
  }
  return found;
}

/** As many characters as the country's IBANs have, whatever stands between them. */
function ibanAt(text: string, from: number, { length, whole }: Form): Found | null {
  let compact = "";
  let to = from;
  for (let at = from; compact.length < length; at += 1) {
    const char = text[at];
    if (char === undefined || at - to > LONGEST_GAP) return null;
    if (/[0-9a-z]/i.test(char)) {
      compact += char.toUpperCase();
      to = at + 1;
    } else if (!/[ \n.\-/_:,|]/.test(char)) return null;
  }
  if (!whole.test(compact) || /^\d/.test(text.slice(to))) return null;
  if (isIban(compact)) return { from, to, name: "iban", isCertain: true };
  // One with a digit mistyped is nearly one.
  return IBAN_WORD.test(text.slice(Math.max(0, from - 12), from)) ? { from, to, name: "iban", isCertain: false } : null;
}

/** ISO 13616: letters become numbers, the first four characters move to the end, and the whole is 1 modulo 97. */
export function isIban(text: string): boolean {
  const compact = text.replace(/[^0-9a-z]/gi, "").toUpperCase();
  if (compact.length < 15 || compact.length > 34) return false;
  const digits = (compact.slice(4) + compact.slice(0, 4)).replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  return Array.from(digits).reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
}
