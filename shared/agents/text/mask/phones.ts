import { type Chain, chainsOf, type Found, longestIn, type ReadGroups } from "./found.ts";
import { isMoney } from "./money.ts";

const GAP = /^(?:[ .·|*\-/()\n]{1,4}|\/{2})$/;
const DIGITS = { least: 6, most: 17 };
const PHONE =
  "(?:tele)?(?:phone?s?|fono?|fone|foon)|mobil\\p{L}*|cell(?:phone)?|tel\\.?|telnr\\.?|téléphone|teléfono|telemóvel|telefoon|telefon\\p{L}*|handy\\p{L}*|rufnummer|portable|móvil|celular|cellulare|komórk\\p{L}*|whats ?app|wa\\.me|sms|fax|viber|signal|telegram|телефон\\p{L}*|тел\\.?|電話|电话|携帯";
const CALL =
  "(?:call|ring|text|reach|contact|dial|phone)[^\\p{L}\\p{N}](?:me|us|him|her|back)?[^\\p{L}\\p{N}]{0,2}(?:(?:on|at|under|back|via|number|my|is)[^\\p{L}\\p{N}]{1,2}){0,3}";
/** Behind one of these a number is a telephone's, whatever its form. */
const WORD = new RegExp(
  `(?:^|[^\\p{L}\\p{N}])(?:(?:${PHONE})[^\\p{L}\\p{N}]{0,4}(?:\\p{L}+[^\\p{L}\\p{N}]{1,3}){0,3}|${CALL})$`,
  "iu",
);
const EXTENSION = /^[ ,]{0,2}(?:x|ext\.?|extension|durchwahl|dw|app\.?) ?\d{1,5}(?!\d)/i;

/** Digits behind the plus, by the country's: where their number is fixed, what stands behind them is another number. */
const LENGTHS: readonly (readonly [RegExp, number])[] = [
  [/^[17]/, 11],
  [/^(?:32[1235-9]|45|47|65)/, 10],
  [/^(?:27|324|33|34|40|41|48|56|61|852)/, 11],
  [/^(?:30|351|380|420|421|44|52|54|90|91)/, 12],
  [/^86/, 13],
];

type Form = "certain" | "likely" | null;
const NANP = /^1?[2-9]\d{2}[2-9]\d{6}$/;
/** Forms without a trunk zero, by the sizes of their groups. Each may also be an amount or a count in groups. */
const GROUPED: Record<string, RegExp> = {
  "3-3-4": /^/, // North America, Italy
  "1-3-3-4": /^1/,
  "3-7": /^[1-9]/, // North America, Greece, Colombia
  "1-3-3-2-2": /^[78]/, // Russia, Kazakhstan
  "1-3-7": /^[178]/,
  "3-3-2-2": /^9/,
  "5-5": /^[6-9]/, // India
  "3-4-4": /^1[3-9]/, // China
  "2-5-4": /^[1-9][1-9]9/, // Brazil
  "2-4-4": /^[1-9]/, // Brazil, Mexico, Argentina
  "1-4-4": /^[2-9]/,
  "3-3-3": /^[5-9]/, // Spain, Portugal, Poland, Czechia
  "3-2-2-2": /^[5-9]/,
  "2-3-2-2": /^[1-9]/,
  "3-2-3": /^[49]/, // Norway
  "2-2-2-2": /^[2-9]/, // Denmark, Norway
  "2-3-4": /^[67]/,
};

export function phonesIn(written: string): Found[] {
  const text = written.replace(/(?<![\p{L}\p{N}])O(?=\d)/gu, "0");
  return chainsOf(text, GAP).flatMap((chain) => longestIn(chain, text, DIGITS, readPhone));
}

function readPhone(groups: Chain, digits: string, text: string): ReturnType<ReadGroups> {
  const [first, last] = [groups[0], groups.at(-1)];
  if (first === undefined || last === undefined) return null;
  const isSpelled = groups.length === digits.length;
  if (!isSpelled && (groups.length > 8 || digits.length < groups.length + 2)) return null;
  const opening = /(?:\( ?)?(?:\+ ?)?\(? ?$/.exec(text.slice(Math.max(0, first.from - 5), first.from))?.[0] ?? "";
  const from = first.from - opening.trimStart().length;
  const inside = text.slice(from, last.to);
  const end = last.to + (inside.includes("(") && !inside.includes(")") && text[last.to] === ")" ? 1 : 0);
  const to = end + (EXTENSION.exec(text.slice(end, end + 20))?.[0].length ?? 0);
  const hasPlus = opening.includes("+");
  const before = text.slice(Math.max(0, from - 60), from);
  const hasWord = WORD.test(before);
  // Figures with a space behind each are a phone's only where something says so.
  if (isSpelled && (!(hasPlus || hasWord) || digits.length < 9)) return null;
  const fixed = hasPlus ? lengthOf(digits) : null;
  const isOther =
    fixed !== null && (digits.length > fixed + 1 || (digits.length < fixed && GOES_ON.test(text.slice(to, to + 5))));
  if (isOther || isPartOfMore(before, text.slice(to, to + 3), { hasPlus, hasWord })) return null;
  const form = formOf(groups, digits, { hasPlus, hasWord, hasParenthesis: inside.includes("(") });
  if (form === null || (!digits.startsWith("0") && isMoney(before, text.slice(to, to + 12)))) return null;
  const sizes = groups.map((group) => group.digits.length).join("-");
  const isWhole = hasPlus
    ? digits.length === fixed
    : digits.startsWith("0")
      ? TRUNK_GROUPS.has(sizes)
      : GROUPED[sizes]?.test(digits) === true;
  return { from, to, name: "phone", isCertain: form === "certain", isWhole };
}

type Said = { hasPlus: boolean; hasWord: boolean };

function formOf(
  groups: Chain,
  digits: string,
  { hasPlus, hasWord, hasParenthesis }: Said & { hasParenthesis: boolean },
): Form {
  const { length } = digits;
  if (hasWord && length <= 15) return "certain";
  if (hasPlus) return length < 7 || length > 16 || digits.startsWith("0") ? null : length > 9 ? "certain" : "likely";
  if (/^00[1-9]/.test(digits) && length >= 9) return length > 11 ? "certain" : "likely";
  if (/^0[1-9]/.test(digits)) return hasTrunkZero(groups, length) ? "certain" : null;
  if (groups.length === 1) return isPlainMobile(digits) ? "certain" : null;
  const form = GROUPED[groups.map((group) => group.digits.length).join("-")];
  if (form === undefined || !form.test(digits)) return null;
  const gaps = groups.slice(1).map(({ gap }) => gap);
  // 612.345.678 is a sum as well.
  if (length < 10 && gaps.some((gap) => !/^[ -]{1,2}$/.test(gap))) return null;
  const isJoined = hasParenthesis || gaps.every((gap) => gap === "-") || gaps.every((gap) => gap === ".");
  return length >= 10 && (isJoined || (length === 11 && /^[178]/.test(digits))) ? "certain" : "likely";
}

/** 0151 23456789, 03-1234-5678, 06 12 34 56 78: the trunk zero, then an area. No amount begins so. */
function hasTrunkZero([first, ...others]: Chain, length: number): boolean {
  if (first === undefined) return false;
  if (others.length === 0) return length === 10 || length === 11 || (length === 12 && /^01[567]/.test(first.digits));
  return (
    length >= 9 && length <= 13 && first.digits.length >= 2 && first.digits.length <= 6 && !isDates([first, ...others])
  );
}
/** 01.02.2026, 03/04/26 05 06: days and months. */
const isDates = (groups: Chain): boolean =>
  groups.some(({ digits }) => /^(?:19|20)\d\d$/.test(digits)) &&
  groups.slice(0, 2).every(({ digits }) => digits.length < 3) &&
  groups.slice(1, 3).every(({ gap }) => /^[./-]$/.test(gap));

/** Behind a trunk zero, as people group. */
const TRUNK_GROUPS = new Set(
  "2-2-2-2-2 3-3-2-2 3-2-3-2 3-3-3 3-3-4 3-4-3 3-4-4 2-4-4 4-3-3 4-2-2-2 4-3-2-2 4-3-4 4-4-4 5-3-3 5-2-2-2".split(" "),
);

const GOES_ON = /^[ ./()-]{1,3}\d/;
const lengthOf = (digits: string): number | null => LENGTHS.find(([country]) => country.test(digits))?.[1] ?? null;

/** In one, as phones show them: North America, India, China, Russia, Brazil. */
const isPlainMobile = (digits: string): boolean =>
  (digits.length === 10 && (NANP.test(digits) || /^[6-9]\d{9}$/.test(digits))) ||
  (digits.length === 11 && (/^1[3-9]\d{9}$/.test(digits) || /^[78]9\d{9}$/.test(digits) || NANP.test(digits)));

/** A number that goes on before or behind is another number: INV-415-555-0132, 2026-415-…, 1,415. A plus begins one. */
const isPartOfMore = (before: string, after: string, { hasPlus, hasWord }: Said): boolean =>
  (!hasPlus && /\d$|\d[.,:-]$/.test(before)) ||
  /[_#@]$|\p{L}-$/u.test(before) ||
  (!hasPlus && !hasWord && /[\p{L}\p{M}/=&-]$/u.test(before)) ||
  /^(?:[\p{L}_%]|-[\p{L}\p{N}]|[.,:/]\d)/u.test(after);
