/** `covered`: what a mask hides and is not certainly an identifier. */
export type Masked = { text: string; covered: string[] };

const E_MAIL = /(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const IBAN = /\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b/g;
const CARD = /(?<![\w-])\d(?:[ -]?\d){11,18}(?![\w-])/g;
const INTERNATIONAL_PHONE = /(?<![\w$€£¥-])(?:\+|00)[1-9](?:[ ().-]?\d){6,14}(?![\w-])/g;
const NATIONAL_PHONE = /(?<![\w$€£¥-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])/g;

/** As card numbers are printed: in one, in fours, or as American Express does. */
const PRINTED_CARD = /^(?:\d{15,16}|\d{19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{4}([ -])\d{6}\2\d{5})$/;
const PHONE_WORD =
  /\b(?:phone|mobile|cell|tel|telefon|téléphone|teléfono|telefono|whatsapp|sms)\b\W{0,4}(?:\w+\W){0,3}$/i;
/** Of the countries whose IBANs are met most: https://www.swift.com/resource/iban-registry-pdf */
const IBAN_LENGTHS: Record<string, number> = {
  AT: 20,
  BE: 16,
  CH: 21,
  CZ: 24,
  DE: 22,
  DK: 18,
  ES: 24,
  FI: 18,
  FR: 27,
  GB: 22,
  GR: 27,
  HU: 28,
  IE: 22,
  IT: 27,
  LU: 20,
  NL: 18,
  NO: 15,
  PL: 28,
  PT: 25,
  RO: 24,
  SE: 24,
};
const isWholeIban = (found: string): boolean => IBAN_LENGTHS[found.slice(0, 2)] === found.replaceAll(" ", "").length;
/** Somebody's name, and a domain of letters: "2@14.50" is a price. */
function isAddress(found: string): boolean {
  const at = found.lastIndexOf("@");
  return /[a-z]/i.test(found.slice(0, at)) && /\.[a-z]{2,}$/i.test(found.slice(at));
}

/**
 * Replaces what the model must not see: card numbers, IBANs, e-mail addresses and phone numbers. Names cannot be found
 * reliably (docs/architecture.md). Payment ids stay, because the agent must distinguish them.
 */
export const mask = (text: string): string => maskCovering(text).text;

/** Only a checksum, an @ or a word beside it makes certain what was covered: three spaced numbers look like a phone. */
export function maskCovering(text: string): Masked {
  const covered: string[] = [];
  const put = (name: string, found: string, isCertain: boolean): string => {
    if (!isCertain) covered.push(`${name} of ${found.length} characters`);
    return name;
  };
  const phone = (found: string, at: number, whole: string): string =>
    put("[phone]", found, PHONE_WORD.test(whole.slice(Math.max(0, at - 40), at)));
  return {
    text: text
      .replace(/\[(?:card|iban|e-mail|phone)\]/g, (written) => put(written, written, false))
      .replace(E_MAIL, (found) => put("[e-mail]", found, isAddress(found)))
      .replace(IBAN, (found) => (isIban(found) ? put("[iban]", found, isWholeIban(found)) : found))
      .replace(CARD, (found) => (isCardNumber(found) ? put("[card]", found, PRINTED_CARD.test(found)) : found))
      .replace(INTERNATIONAL_PHONE, phone)
      .replace(NATIONAL_PHONE, phone),
    covered,
  };
}

/** Luhn: https://www.iso.org/standard/70484.html (ISO/IEC 7812-1, annex B). */
export function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, "");
  if (digits.length < 12 || digits.length > 19) return false;
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, index) => total + (index % 2 === 0 ? Number(digit) : luhnDouble(Number(digit))), 0);
  return sum % 10 === 0;
}

const luhnDouble = (digit: number): number => (digit * 2 > 9 ? digit * 2 - 9 : digit * 2);

/** ISO 13616: letters become numbers, the first four characters move to the end, and the whole is 1 modulo 97. */
export function isIban(text: string): boolean {
  const compact = text.replaceAll(" ", "");
  if (compact.length < 15 || compact.length > 34) return false;
  const digits = (compact.slice(4) + compact.slice(0, 4)).replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  return Array.from(digits).reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
}
