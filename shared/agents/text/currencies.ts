import { type Currency, toCurrency } from "../../core/money.ts";
import type { Token } from "./tokens.ts";

/** The codes that count in small letters. Many others are words ("5 all", "20 try", "12 oct" is none). */
const SMALL_CODES = new Set(
  "usd eur gbp chf jpy aud nzd cad sek nok dkk pln inr brl kwd mxn krw sgd hkd zar thb czk huf ron ils".split(" "),
);

/** A sign alone stands for the first; beside one of the codes, for that. */
const SIGNS: Record<string, readonly Currency[]> = {
  $: ["usd", "cad", "aud", "nzd", "sgd", "hkd"],
  US$: ["usd"],
  "€": ["eur"],
  "£": ["gbp"],
  "¥": ["jpy", "cny"],
  "₩": ["krw"],
  "₹": ["inr"],
  "₽": ["rub"],
  "฿": ["thb"],
  "₱": ["php"],
  "₺": ["try"],
  "₪": ["ils"],
  "₫": ["vnd"],
  "₴": ["uah"],
};

/** Words that name one currency. Kronor, pesos, rupees, francs and reais are several, or a part of one. */
const WORDS: Record<string, Currency> = {
  dollar: "usd",
  dollars: "usd",
  euro: "eur",
  euros: "eur",
  pound: "gbp",
  pounds: "gbp",
  quid: "gbp",
  yen: "jpy",
  zł: "pln",
  zl: "pln",
  złotych: "pln",
  złote: "pln",
  円: "jpy",
  원: "krw",
};

/** Every code that small letters, a sign or a word may stand for. */
export const NAMED_CURRENCIES: readonly Currency[] = [
  ...SMALL_CODES,
  ...Object.values(SIGNS).flat(),
  ...Object.values(WORDS),
];

export const currencyOfCode = (code: string): Currency | null =>
  /^[A-Z]{3}$/.test(code) || SMALL_CODES.has(code) ? toCurrency(code) : null;

/** What a sign, a code or a word may stand for, the likeliest first; empty for anything else. */
export function currenciesOf({ raw, lower }: Pick<Token, "raw" | "lower">): readonly Currency[] {
  const sign = SIGNS[raw];
  if (sign !== undefined) return sign;
  const code = currencyOfCode(raw) ?? WORDS[lower];
  return code === undefined || code === null ? [] : [code];
}

export const isCurrencyToken = (one: Pick<Token, "raw" | "lower">): boolean => currenciesOf(one).length > 0;

/** The one currency that all names may stand for: of `$` and CAD, the Canadian dollar. Null where they differ. */
export function agreedCurrency(names: readonly (readonly Currency[])[]): Currency | null {
  const [first = [], ...others] = names;
  const shared = first.filter((currency) => others.every((other) => other.includes(currency)));
  const narrowest = names.toSorted((a, b) => a.length - b.length)[0]?.[0];
  return narrowest !== undefined && shared.includes(narrowest) ? narrowest : null;
}
