import { type Currency, decimalsOf, parseAmount, toCurrency } from "../../core/money.ts";

export type FoundAmount = { amountMinor: number; currency: Currency | null };

/**
 * The amounts that a text names, in minor units. `doubtful` quotes what means money and cannot be read exactly: too many
 * decimals for the currency, a negative number, grouping that could be a decimal comma, "1.5k", "42 dollars", "50%", an
 * unknown currency. A refund for such a text becomes a case: a guess could move money that was not asked for.
 */
export type Amounts = { amounts: FoundAmount[]; doubtful: string[] };

const SIGNS: Record<string, Currency> = { $: "usd", "€": "eur", "£": "gbp", "¥": "jpy", "₩": "krw", "₹": "inr" };

/** All digits of a number with their separators, so that a part of a number is never read as the number. */
const RUN = /\p{Nd}(?:[.,'’․·٫]?\p{Nd}|[ \u00a0\u202f](?=\p{Nd}{3}(?!\p{Nd})))*/gu;
const BEFORE = /(?:(?<![\p{L}\p{N}_])(?<code>[A-Za-z]{3})[ \u00a0]?)?(?<sign>[$€£¥₩₹])?[ \u00a0]?(?<minus>[-−])?$/u;
const MULTIPLIED = /^(?:e[+-]?\d+|[ ]?(?:k|mio|m|bn|hundred|thousand|million))(?![A-Za-z])/i;
const AFTER = /^[ \u00a0]?(?:(?<sign>[$€£¥₩₹])|(?<code>[A-Za-z]{3})(?![\p{L}\p{N}_]))/u;
const IN_WORDS =
  /^[ -]?(?:%|(?:dollars?|bucks?|euros?|pounds?|quid|yen|won|rupees?|francs?|dinars?|cents?|pence|percent|per cent)\b)/i;

/** Reads numbers with a currency sign or code. A number alone is no amount. A bare `$` means US dollars. At most 8 of each. */
export function readAmounts(text: string): Amounts {
  const amounts = new Map<string, FoundAmount>();
  const doubtful = new Set<string>();
  for (const found of text.matchAll(RUN)) {
    const read = readRun(text, found.index, found[0]);
    if (read === null) continue;
    if (typeof read === "string") doubtful.add(read);
    else amounts.set(`${read.amountMinor} ${read.currency}`, read);
  }
  return { amounts: [...amounts.values()].slice(0, 8), doubtful: [...doubtful].slice(0, 8) };
}

/** Null: not money. A string: money that cannot be read, as it is written. */
function readRun(text: string, start: number, run: string): FoundAmount | string | null {
  const left = text.slice(Math.max(0, start - 24), start);
  const right = text.slice(start + run.length, start + run.length + 24);
  const before = BEFORE.exec(left);
  const { code: codeBefore = "", sign: signBefore, minus } = before?.groups ?? {};
  const multiplied = MULTIPLIED.exec(right)?.[0] ?? "";
  const after = AFTER.exec(right.slice(multiplied.length));
  const { code: codeAfter = "", sign: signAfter } = after?.groups ?? {};
  const inWords = IN_WORDS.exec(right)?.[0];
  const words = `${before?.[0] ?? ""}${run}${inWords ?? `${multiplied}${after?.[0] ?? ""}`}`.trim();
  const glued = gluedAmounts(left, run, right);
  if (glued !== null) return glued;
  if (isPartOfIdentifier(left, right, codeBefore)) return null;
  if (isOddlySigned(left)) return `${/\S+[ \u00a0]?$/.exec(left)?.[0] ?? ""}${run}`;
  const currency =
    currencyOfCode(codeAfter) ?? currencyOfCode(codeBefore) ?? SIGNS[signBefore ?? signAfter ?? ""] ?? null;
  if (currency === null) return inWords !== undefined || isUnknownCode(codeAfter) ? words : null;
  const runsOn = /^[\p{L}_]/u.test(right) && currencyOfCode(codeAfter) === null && inWords === undefined;
  if (minus !== undefined || multiplied !== "" || runsOn) return words;
  return readNumber(run, currency) ?? words;
}

/** "C$50" and "A$ 20" are other dollars; "$.50" has no digit before its point. "US$10" is fine. */
function isOddlySigned(left: string): boolean {
  const letters = /(?<letters>\p{L}+)[$][ \u00a0]?$/u.exec(left)?.groups?.letters;
  return (letters !== undefined && letters !== "US") || /[$€£¥₩₹][ \u00a0]?[.,]$/u.test(left);
}

/** "10USD20EUR" is two amounts without a space. An id of this form becomes a case too. */
function gluedAmounts(left: string, run: string, right: string): string | null {
  const next = /^(?<code>[A-Za-z]{3})\p{Nd}[\p{Nd}.,]*(?:[A-Za-z]{3})?(?![\p{L}\p{N}_])/u.exec(right);
  if (next === null || /[\p{L}\p{N}_-]$/u.test(left)) return null;
  return currencyOfCode(next.groups?.code ?? "") === null ? null : `${run}${next[0]}`;
}

/**
 * True for INV-1042, in_2f, pi_3wGusd7Rj and 2026-10-23; false for the second number of "12.50-20.00 USD". In a word that
 * mixes letters and digits, a number is money only after a currency code that begins the word.
 */
function isPartOfIdentifier(left: string, right: string, codeBefore: string): boolean {
  if (/^-\p{Nd}/u.test(right)) return true;
  if (/[\p{L}\p{N}_]$/u.test(left)) return toCurrency(codeBefore) === null;
  return /[\p{L}\p{N}_]-$/u.test(left) && !/(?<![\p{L}\p{N}_-])[\p{Nd}.,]+-$/u.test(left);
}

/** The codes that count in lower case. Many others are English words ("5 all", "20 try"). */
const LOWER_CASE_CODES = new Set([
  "usd",
  "eur",
  "gbp",
  "chf",
  "jpy",
  "aud",
  "nzd",
  "sek",
  "nok",
  "dkk",
  "pln",
  "inr",
  "brl",
  "kwd",
]);
const currencyOfCode = (code: string): Currency | null =>
  /^[A-Z]{3}$/.test(code) || LOWER_CASE_CODES.has(code.toLowerCase()) ? toCurrency(code) : null;

/** Three capitals after a number look like a currency, so a person should see an unknown one. */
const isUnknownCode = (code: string): boolean => /^[A-Z]{3}$/.test(code);

function readNumber(run: string, currency: Currency): FoundAmount | null {
  // "4,250 KWD" means 4250 dinars to one writer and 4.25 to another.
  if (decimalsOf(currency) === 3 && /^\d{1,3},\d{3}$/.test(run)) return null;
  const plain = /^\d+,\d{1,2}$/.test(run) ? run.replace(",", ".") : run;
  const amountMinor = parseAmount(plain, currency);
  return amountMinor === null ? null : { amountMinor, currency };
}
