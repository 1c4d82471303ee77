import { type Chain, chainsOf, type Found, longestIn, type ReadGroups } from "./found.ts";
import { isMoney } from "./money.ts";

/** Whatever is no letter and no digit may stand between the digits of a card, or a word for it. */
const GAP =
  /^(?:[^\p{L}\p{N}\ue000]{1,5}|[ ,]{0,2}(?:dash|hyphen|space|minus|point|dot|pause|and|then|x|und|et|y|bindestrich|strich|leerzeichen|tiret|gui[oó]n)[ ,]{0,2})$/iu;
/** Figures with letters among them that look like figures, in Latin, Cyrillic and Greek: 4242 4242 4242 424O. */
const LIKE_FIGURES = /(?<![\p{L}\p{N}])[\dOoIlОоІΟοΙ]{1,19}(?![\p{L}\p{N}])/gu;

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

/** A card has 12 to 19; its expiry and its code may be glued to them. */
const DIGITS = { least: 12, most: 24 };

export function cardsIn(text: string): Found[] {
  const found = numbersIn(text);
  const asFigures = text.replace(LIKE_FIGURES, (word) => word.replace(/[OoОоΟο]/g, "0").replace(/\D/g, "1"));
  if (asFigures === text) return found;
  const isNew = ({ from, to }: Found): boolean => !found.some((one) => one.from < to && from < one.to);
  const odd = numbersIn(asFigures).filter(isNew);
  return [...found, ...odd.map((one) => ({ ...one, isCertain: false }))];
}

const numbersIn = (text: string): Found[] =>
  chainsOf(text, GAP).flatMap((chain) =>
    longestIn(chain, text, DIGITS, readCard).map((found) => {
      const { to, isCertain } = endOf(text, found);
      return { ...found, to, isCertain: found.isCertain && isCertain };
    }),
  );

function readCard(groups: Chain, digits: string, text: string): ReturnType<ReadGroups> {
  const [first, last] = [groups[0], groups.at(-1)];
  const isWhole = groups.length === 1 || isMonthGlued(groups);
  const isValid = digits.length < 20 && hasLuhn(digits) && !/^(.)\1*$/.test(digits);
  if (first === undefined || last === undefined || !(isValid || digits.length === 16 || isWhole)) return null;
  const card = (isCertain: boolean): Found => ({ from: first.from, to: last.to, name: "card", isCertain });
  const { length } = digits;
  const isBrand = brandHas(digits);
  const isPrinted = groups.length === 1 || PRINTED.has(sizesOf(groups));
  if (isBrand && isValid && COMMON_LENGTHS.has(length)) {
    if (isPrinted) return { ...card(areGapsEqual(groups)), isWhole: length < 17 };
    if (areGroupsEqual(groups) || (length < 17 && (areGapsEqual(groups) || isOneNumber(groups, text))))
      return card(false);
  }
  if (isWhole && isCardWithMore(digits)) return card(false);
  if (!(isBrand || isValid) || !CARD_WORD.test(text.slice(Math.max(0, first.from - 60), first.from))) return null;
  // A card with a digit mistyped is nearly a card.
  return isValid || (length === 16 && isPrinted) ? card(groups.length === 1) : null;
}

const brandHas = (digits: string): boolean =>
  BRANDS.some(({ start, lengths }) => lengths.includes(digits.length) && start.test(digits));
const sizesOf = (groups: Chain): string => groups.map(({ digits }) => digits.length).join("-");
const areGapsEqual = (groups: Chain): boolean => new Set(groups.slice(1).map(({ gap }) => gap)).size < 2;
const areGroupsEqual = (groups: Chain): boolean => new Set(groups.map(({ digits }) => digits.length)).size === 1;
/** Spaces, hyphens and line ends alone part one number, if no date is among them. */
const isOneNumber = (groups: Chain, text: string): boolean =>
  groups.slice(1).every(({ gap }) => /^[ \n-]+$/.test(gap)) &&
  !/(?:^|\D)(?:\d\d?-\d\d?-(?:\d\d)?\d\d|(?:19|20)\d\d)(?:\D|$)/.test(text.slice(groups[0]?.from, groups.at(-1)?.to));

/** 4242 4242 4242 424209/27: the month is glued to the number, the year is not. */
const isMonthGlued = (groups: Chain): boolean =>
  (groups.at(-2)?.digits.length ?? 0) > 4 && /^[/-]$/.test(groups.at(-1)?.gap ?? "");

/** 16 digits and, glued to them, the month and year of expiry, the code, or both. */
function isCardWithMore(digits: string): boolean {
  const more = /^(\d{16})(?:\d{3}|(?:0[1-9]|1[0-2])(?:20)?[2-4]\d(?:\d{3,4})?)$/.exec(digits)?.[1];
  return more !== undefined && brandHas(more) && hasLuhn(more);
}

/** What a magnetic stripe has behind a number: https://en.wikipedia.org/wiki/ISO/IEC_7813 */
const TRACK = /^(?:\^[^^\n]{2,30}\^|=)\d{4,30}\??/;
const MONTH = "(?:0[1-9]|1[0-2])";
/** 09/27, 12-2028; without a sign between them, or with one that is rare in dates, only with the code behind them. */
const EXPIRY = new RegExp(
  `^[\\s,;:|/(-]{0,3}(?:exp(?:iry|ires|iration)?(?: date)?|valid(?: thru| until| to)?|gültig bis|val)?[.:]?\\s?(?:${MONTH} ?[/.-] ?(?:20)?[2-4]\\d(?![\\d/.-]\\d|\\d)|${MONTH}[ |:;,]?(?:20)?[2-4]\\d(?=[\\s,;:|/]{1,3}\\d{3}(?!\\d)))`,
  "iu",
);
const CODE = /^[\s,;:|/]{1,3}(\d{3,4})(?![\p{L}\d]|[.,:/-]*\d)/u;

/** Directly behind a card stand its expiry and its code: 09/27, exp 09/2027 737. Without an expiry, it may be a sum. */
function endOf(text: string, { from, to }: Found): { to: number; isCertain: boolean } {
  const track = TRACK.exec(text.slice(to, to + 70))?.[0].length;
  if (track !== undefined) return { to: to + track, isCertain: true };
  const expiry = EXPIRY.exec(text.slice(to, to + 60))?.[0].length ?? 0;
  const behind = to + expiry;
  const code = CODE.exec(text.slice(behind, behind + 20));
  const [whole, figures = ""] = code ?? [""];
  const most = text.slice(from, to).replace(/\D/g, "").length === 15 ? 4 : 3;
  const end = behind + whole.length;
  const isCode = figures !== "" && figures.length <= most && !isMoney("", text.slice(end, end + 12));
  return isCode ? { to: end, isCertain: expiry > 0 } : { to: behind, isCertain: true };
}

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
