/**
 * Replaces what the model must not see: card numbers, IBANs, e-mail addresses and phone numbers. Names cannot be found
 * reliably (docs/architecture.md). Payment ids stay, because the agent must distinguish them.
 */
export function mask(text: string): string {
  return text
    .replace(/(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, "[e-mail]")
    .replace(/\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b/g, (found) =>
      isIban(found) ? "[iban]" : found,
    )
    .replace(/(?<![\w-])\d(?:[ -]?\d){11,18}(?![\w-])/g, (found) => (isCardNumber(found) ? "[card]" : found))
    .replace(/(?<![\w$€£¥-])(?:\+|00)\d(?:[ ().-]?\d){6,14}(?![\w-])/g, "[phone]")
    .replace(/(?<![\w$€£¥-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])/g, "[phone]");
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
