import { type Chain, chainsOf, type Found, longestIn } from "./found.ts";

/** Whatever is no letter and no digit may stand between the digits of a card. */
const GAP = /^[^\p{L}\p{N}\ue000[\]]{1,3}$/u;

/** Brands by their first digits, with the lengths that they issue: https://en.wikipedia.org/wiki/Payment_card_number#Issuer_identification_number_(IIN) */
const BRANDS: readonly { start: RegExp; lengths: readonly number[] }[] = [
  { start: /^4/, lengths: [13, 16, 19] }, // Visa
  { start: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] }, // Mastercard
  { start: /^3[47]/, lengths: [15] }, // American Express
  { start: /^(?:30[0-5]|3095|36|3[89])/, lengths: [14, 16] }, // Diners Club
  { start: /^(?:6011|64[4-9]|65)/, lengths: [16, 19] }, // Discover
  { start: /^(?:62|81)/, lengths: [16, 17, 18, 19] }, // UnionPay
  { start: /^35(?:2[89]|[3-8])/, lengths: [16, 19] }, // JCB
  { start: /^(?:2131|1800)/, lengths: [15] },
  { start: /^(?:50|5[6-9]|6)/, lengths: [12, 13, 14, 15, 16, 17, 18, 19] }, // Maestro, Elo, Verve, RuPay
  { start: /^220/, lengths: [16, 19] }, // Mir, Borica
  { start: /^(?:8600|9860|9792|82|508|1946)/, lengths: [16] }, // Uzcard, Humo, Troy, RuPay, GPN
  { start: /^3841/, lengths: [13, 16, 19] }, // Hipercard
];
/** As they are printed, or as people group them. */
const PRINTED = new Set(
  "4-4-4-4 4-6-5 4-6-4 4-4-4-4-3 8-8 4-8-4 4-4-8 8-4-4 4-12 12-4 6-10 6-13 6-4-6 4-4-4-3 5-5-5 5-5-6 4-4-3-4".split(
    " ",
  ),
);
const CARD_WORD =
  /(?:card|visa|master ?card|amex|maestro|karten?|kreditkarte|carte|cb|tarjeta|carta|cart[aã]o|kart[aey]?|kort|kaart|pan|карт[аы]|カード|卡)(?:[^\d\p{L}]{0,3}\p{L}+){0,3}[^\d\p{L}]{0,4}$/iu;
/** Shorter numbers are as often of other things: a barcode has 13 digits and the same checksum at its end. */
const COMMON_LENGTHS = new Set([14, 15, 16, 19]);

export const cardsIn = (text: string): Found[] =>
  chainsOf(text, GAP).flatMap((chain) =>
    chain.reduce((total, { digits }) => total + digits.length, 0) < 12
      ? []
      : longestIn(chain, text, 19, readCard).map((found) => ({ ...found, to: endOf(text, found.to) })),
  );

function readCard(groups: Chain, text: string): Found | null {
  const [first, last] = [groups[0], groups.at(-1)];
  if (first === undefined || last === undefined) return null;
  const card = (isCertain: boolean): Found => ({ from: first.from, to: last.to, name: "card", isCertain });
  const digits = groups.map((group) => group.digits).join("");
  const { length } = digits;
  if (groups.length === 1 && length > 19) return isCardWithMore(digits) ? card(false) : null;
  if (length < 12 || length > 19 || isMarketplaceOrder(groups)) return null;
  const isBrand = brandHas(digits);
  const isValid = isBrand && isCardNumber(digits);
  if (isValid && COMMON_LENGTHS.has(length)) {
    const isPrinted = groups.length === 1 || PRINTED.has(sizesOf(groups));
    if (isPrinted) return card(areGapsEqual(groups));
    if (areGroupsEqual(groups) || (areGapsEqual(groups) && (length === 15 || length === 16))) return card(false);
  }
  if (!(isBrand || isCardNumber(digits)) || !CARD_WORD.test(text.slice(Math.max(0, first.from - 60), first.from)))
    return null;
  if (isCardNumber(digits)) return card(groups.length === 1);
  // A card with a digit mistyped is nearly a card.
  return length === 16 && (groups.length === 1 || PRINTED.has(sizesOf(groups))) ? card(groups.length === 1) : null;
}

const brandHas = (digits: string): boolean =>
  BRANDS.some(({ start, lengths }) => lengths.includes(digits.length) && start.test(digits));
const sizesOf = (groups: Chain): string => groups.map(({ digits }) => digits.length).join("-");
const areGapsEqual = (groups: Chain): boolean => new Set(groups.slice(1).map(({ gap }) => gap)).size < 2;
const areGroupsEqual = (groups: Chain): boolean => new Set(groups.map(({ digits }) => digits.length)).size === 1;
/** 304-1234567-1234567 */
const isMarketplaceOrder = (groups: Chain): boolean => sizesOf(groups) === "3-7-7";

/** 16 digits and, glued to them, the month and year of expiry, and perhaps the code. */
function isCardWithMore(digits: string): boolean {
  const more = /^(\d{16})(?:0[1-9]|1[0-2])[2-4]\d(?:\d{3,4})?$/.exec(digits)?.[1];
  return more !== undefined && brandHas(more) && isCardNumber(more);
}

/** Directly behind a card stand its expiry and its code: 09/27, exp 09/2027 737. */
const EXPIRY =
  /^[\s,;|/(-]{0,3}(?:exp(?:iry|ires|iration)?(?: date)?|valid(?: thru| until| to)?|gültig bis|val)?[.:]?\s?(?:0[1-9]|1[0-2]) ?[/.-] ?(?:20)?[2-4]\d(?![\d/.-]\d|\d)(?:[\s,;|/]{1,3}\d{3,4}(?![\d.,:/-]*\d| ?\p{Sc}| ?[A-Z]{3}\b))?/iu;
const endOf = (text: string, to: number): number => to + (EXPIRY.exec(text.slice(to, to + 60))?.[0].length ?? 0);

/** Luhn: https://www.iso.org/standard/70484.html (ISO/IEC 7812-1, annex B). */
export function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, "");
  return digits.length >= 12 && digits.length <= 19 && hasLuhn(digits);
}

export function hasLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = digits.length - 1, isDoubled = false; index >= 0; index -= 1, isDoubled = !isDoubled) {
    const digit = digits.charCodeAt(index) - 48;
    const doubled = digit * 2;
    sum += !isDoubled ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
