import { decimalsOf, toCurrency } from "../../core/money.ts";
import { type MoneyFound, moneyOf } from "../untyped.ts";

/**
 * The decimals of the currencies in which Adyen differs from Stripe, whose minor units are ours (core/money.ts). Adyen
 * follows ISO 4217, except ISK and CLP (two decimals) and CVE and IDR (none):
 * https://docs.adyen.com/development-resources/currency-codes
 */
const adyenDecimals: Record<string, number> = { clp: 2, cve: 0, idr: 0, mga: 2, ugx: 0 };

/** An Adyen amount in our minor units. An amount that would have to be rounded is left out and becomes a defect. */
export function adyenMoney(value: unknown, currencyCode: unknown): MoneyFound {
  const currency = typeof currencyCode === "string" ? toCurrency(currencyCode) : null;
  const theirs = currency === null ? undefined : adyenDecimals[currency];
  if (currency === null || theirs === undefined || typeof value !== "number") return moneyOf(value, currencyCode);
  const shift = decimalsOf(currency) - theirs;
  const amountMinor = shift >= 0 ? value * 10 ** shift : value / 10 ** -shift;
  return moneyOf(amountMinor, currency);
}
