import type { FoundAmount } from "../../contracts/words.ts";
import { type Currency, decimalsOf, parseAmount } from "../../core/money.ts";
import { agreedCurrency, currenciesOf, isCurrencyToken } from "./currencies.ts";
import { ANY } from "./lexicons/index.ts";
import type { Token } from "./tokens.ts";

/** An amount, the index of the token where its number stands, and of the first and last that belong to it. */
export type AmountAt = FoundAmount & { at: number; from: number; to: number };
type Reader = { amounts: AmountAt[]; unclear: string[]; numbers: string[] };

/** A number with what is glued to it: USD10, US$10, $42.50, 10.00€, 10.00USD. */
const GLUED =
  /^(?<codeBefore>[A-Za-z]{3})?(?<signBefore>US\$|\p{Sc})?(?<number>[0-9](?:[0-9.,]*[0-9])?)(?<signAfter>\p{Sc})?(?<codeAfter>[A-Za-z]{3})?$/u;
/** Before a currency in words: twenty dollars, a pound. Longer numbers in words stay unread. */
const NUMBER_WORDS = new Map(
  "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
    .split(" ")
    .map((word, index) => [word, index + 1] as const)
    .concat("thirty forty fifty sixty seventy eighty ninety".split(" ").map((word, index) => [word, 30 + index * 10])),
);
const NUMBER = /^(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?$|^\d+,\d{1,2}$/;

/**
 * Reads numbers with a currency, whole tokens only: one reading or none. Everything else with a digit or a currency sign is
 * told apart: `unclear` means money that cannot be read exactly, `numbers` means a number of anything.
 */
export function readAmounts(tokens: readonly Token[]): Reader {
  const found: Reader = { amounts: [], unclear: [], numbers: [] };
  const open = tokens.map(
    (one, index) => one.meaning === null && (one.kind === "figure" || inWords(tokens, index) !== null),
  );
  tokens.forEach((one, index) => {
    if (open[index] !== true || isSign(one)) return;
    const span = spanOf(tokens, index);
    const words = tokens
      .slice(span.from, span.to + 1)
      .map(({ raw }) => raw)
      .join(" ");
    const amount = span.currencies.length === 0 ? null : amountOf(span);
    if (amount !== null && isAlone(tokens, span))
      found.amounts.push({ ...amount, at: index, from: span.from, to: span.to });
    else if (span.currencies.length > 0 || /[\p{Sc}%]/u.test(one.raw)) found.unclear.push(words);
    else found.numbers.push(words);
    for (let at = span.from; at <= span.to; at += 1) {
      const part = tokens[at];
      if (part !== undefined) part.meaning = amount === null ? "doubt" : "amount";
    }
  });
  tokens.forEach((one, index) => {
    const isLeft = one.kind === "figure" || isLoneCode(tokens, index) || isLongNumberWord(tokens, index);
    if (!isLeft || one.meaning !== null) return;
    one.meaning = "doubt";
    found.unclear.push(one.raw);
  });
  return found;
}

/** "in March 20 USD": the code belongs to a number that was read as something else. "In USD" belongs to none. */
const isLoneCode = (tokens: readonly Token[], at: number): boolean =>
  tokens[at]?.kind === "word" &&
  /^[A-Z]{3}$/.test(tokens[at]?.raw ?? "") &&
  isCurrencyToken(tokens[at] as Token) &&
  tokens[at - 1]?.lower !== "in";

/** "twenty-five dollars", "one hundred twenty dollars": more than one word of a number. */
const isLongNumberWord = (tokens: readonly Token[], at: number): boolean =>
  NUMBER_WORDS.has(tokens[at]?.lower ?? "") && namesCurrency(tokens[at + 1]) && isQuantity(tokens[at - 1]);
const isQuantity = (one: Token | undefined): boolean => one?.kind === "word" && ANY.quantities.has(one.lower);
const namesCurrency = (one: Token | undefined): boolean =>
  one?.kind === "word" && isCurrencyToken(one) && !/^[A-Z]{3}$/.test(one.raw);

function inWords(tokens: readonly Token[], at: number): string | null {
  const [one, next] = [tokens[at], tokens[at + 1]];
  if (one?.kind !== "word" || next === undefined || !namesCurrency(next) || isQuantity(tokens[at - 1])) return null;
  if (/^an?$/.test(one.lower)) return /^(?:dollar|pound)$/.test(next.lower) ? "1" : null;
  const value = NUMBER_WORDS.get(one.lower);
  return value === undefined ? null : String(value);
}

const isSign = ({ raw }: Token): boolean => /^(?:US)?\p{Sc}$/u.test(raw);

/** A number and the currencies that it claims: its own and its neighbours'. */
type Span = { from: number; to: number; number: string | null; currencies: (readonly Currency[])[] };

function spanOf(tokens: readonly Token[], at: number): Span {
  const raw = inWords(tokens, at) ?? tokens[at]?.raw ?? "";
  const parts = GLUED.exec(raw)?.groups;
  const glued = [parts?.codeBefore, parts?.signBefore, parts?.signAfter, parts?.codeAfter].filter(
    (part) => part !== undefined,
  );
  const named = glued.map((part) => currenciesOf({ raw: part, lower: part.toLowerCase() }));
  const isReadable = parts !== undefined && named.every((names) => names.length > 0);
  const back = claimed(tokens, at, -1);
  const on = claimed(tokens, at, 1);
  return {
    from: at - back.count,
    to: at + on.count,
    number: isReadable ? (parts.number ?? null) : null,
    currencies: [...named.filter((names) => names.length > 0), ...back.currencies, ...on.currencies],
  };
}

/** The currency tokens directly beside a number: at most a code and a sign, or "US dollars". */
function claimed(tokens: readonly Token[], at: number, step: 1 | -1) {
  const currencies: (readonly Currency[])[] = [];
  let count = 0;
  while (count < 2) {
    const one = tokens[at + step * (count + 1)];
    if (one === undefined || one.meaning !== null) break;
    const isUs = step === 1 && one.lower === "us" && /^dollars?$/.test(tokens[at + 2]?.lower ?? "");
    const names = currenciesOf(one);
    if (names.length === 0 && !isUs) break;
    if (!isUs) currencies.push(names);
    count += 1;
  }
  return { count, currencies };
}

function amountOf({ number, currencies }: Span): FoundAmount | null {
  if (number === null || !NUMBER.test(number)) return null;
  const currency = agreedCurrency(currencies);
  return currency === null ? null : inMinor(number, currency);
}

/** "$12 34", "~$40", "$100 - $20", "10 to 20 USD": what stands directly beside an amount may be a part of it. */
function isAlone(tokens: readonly Token[], { from, to }: Span): boolean {
  const [before, after] = [tokens[from - 1], tokens[to + 1]];
  const isOpen = (one: Token | undefined): boolean =>
    one?.kind === "symbol" || (one?.kind === "figure" && (one.meaning === null || one.meaning === "doubt"));
  const isRange = RANGE.test(before?.lower ?? "") && isOpen(tokens[from - 2]);
  return !isRange && !isOpen(before) && !isOpen(after) && !/^[-–—]+$/.test(before?.raw ?? "");
}

const RANGE = /^(?:to|or|and|bis|oder|und|à|ou|et|a|o|y|e|tot|of|en|til|till|eller|do|lub)$/;

function inMinor(number: string, currency: Currency): FoundAmount | null {
  // "4,250 KWD" means 4250 dinars to one writer and 4.25 to another.
  if (decimalsOf(currency) === 3 && /^\d{1,3},\d{3}$/.test(number)) return null;
  const amountMinor = parseAmount(/^\d+,\d{1,2}$/.test(number) ? number.replace(",", ".") : number, currency);
  return amountMinor === null ? null : { amountMinor, currency };
}
