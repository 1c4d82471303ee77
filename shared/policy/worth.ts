import type { PolicyDocument } from "../contracts/policy.ts";
import { DECIMALS } from "../core/currencies.ts";

export type Worth = PolicyDocument["guardrails"]["worthUsdCents"];

/**
 * The rough worth in US cents, for thresholds only, never for amounts. Null for a currency without a worth: what cannot be
 * measured against a threshold is not below it.
 */
export function roughUsdCents(amountMinor: number, currency: string, worth: Worth): number | null {
  const decimals = DECIMALS.get(currency);
  const usdCents = Object.hasOwn(worth, currency) ? worth[currency] : undefined;
  return decimals === undefined || usdCents === undefined ? null : (amountMinor / 10 ** decimals) * usdCents;
}

export const withoutWorth = (currency: string, so: string): string =>
  `${currency.toUpperCase()} has no worth in policy: ${so}`;
