import { DECIMALS, isKnownCurrency } from "./currencies.ts";

/**
 * Money is an integer in minor units with its currency beside it, never a float.
 *
 * The number of decimals of a currency follows Stripe, because we send and read Stripe's minor units: core/currencies.ts.
 */
export type Currency = string;
export type Money = { amountMinor: number; currency: Currency };

/** The code in lower case, as Stripe writes it; null for a currency that Stripe does not take. */
export function toCurrency(code: string): Currency | null {
  const lower = code.trim().toLowerCase();
  return isKnownCurrency(lower) ? lower : null;
}

export function decimalsOf(currency: Currency): number {
  return DECIMALS.get(currency) ?? 2;
}

/** An amount is a non-negative safe integer: JSON keeps it exactly. */
export function isAmountMinor(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/**
 * "42.50" with "usd" is 4250. Grouping separators are accepted where they cannot be a decimal point ("1,250.00").
 * Null when the text has more decimals than the currency, or exceeds the safe integers: an amount is never rounded.
 */
export function parseAmount(text: string, currency: Currency): number | null {
  const match = /^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?$/.exec(text.trim());
  if (!match) return null;
  const decimals = decimalsOf(currency);
  const fraction = match[2] ?? "";
  if (fraction.length > decimals) return null;
  const amountMinor = Number((match[1] ?? "").replaceAll(",", "") + fraction.padEnd(decimals, "0"));
  return isAmountMinor(amountMinor) ? amountMinor : null;
}

/** "42.50 USD", for people. */
export function formatMoney({ amountMinor, currency }: Money): string {
  const decimals = decimalsOf(currency);
  const digits = String(amountMinor).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  return `${decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`} ${currency.toUpperCase()}`;
}
