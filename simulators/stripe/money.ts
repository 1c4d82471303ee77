/** An amount as Stripe's messages print it: "$21.45", "¥500". */

const formattersByCurrency = new Map<string, Intl.NumberFormat>();

export function printMoney(amountMinor: number, currency: string): string {
  let formatter = formattersByCurrency.get(currency);
  if (formatter === undefined) {
    formatter = new Intl.NumberFormat("en-US", { style: "currency", currency: currency.toUpperCase() });
    formattersByCurrency.set(currency, formatter);
  }
  const digits = formatter.resolvedOptions().maximumFractionDigits ?? 2;
  return formatter.format(amountMinor / 10 ** digits);
}

/** Whether three letters are a currency. Stripe's own list is longer. */
export function isCurrency(text: string): boolean {
  return /^[a-z]{3}$/i.test(text) && KNOWN.has(text.toUpperCase());
}

const KNOWN = new Set(Intl.supportedValuesOf("currency"));
