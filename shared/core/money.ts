/**
 * Money is an integer in minor units with its currency beside it, never a float.
 *
 * The number of decimals of a currency follows Stripe, because we send and read Stripe's minor units:
 * https://docs.stripe.com/currencies#zero-decimal (ISK, UGX, HUF and TWD are sent with two decimals).
 */
export type Currency = string;
export type Money = { amountMinor: number; currency: Currency };

const ZERO_DECIMAL = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";
const THREE_DECIMAL = "bhd iqd jod kwd lyd omr tnd";
const TWO_DECIMAL =
  "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd btn bwp byn bzd cad cdf chf cny cop " +
  "crc cup cve czk dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gtq gyd hkd hnl hrk htg huf idr ils inr irr " +
  "isk jmd kes kgs khr kpw kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mru mur mvr mwk mxn myr mzn nad ngn nio " +
  "nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sdg sek sgd shp sle sll sos srd ssp stn svc syp szl " +
  "thb tjs tmt top try ttd twd tzs uah ugx usdc uyu uzs ves wst xcd yer zar zmw zwl";

const decimalsByCurrency: ReadonlyMap<string, number> = new Map([
  ...ZERO_DECIMAL.split(" ").map((code) => [code, 0] as const),
  ...TWO_DECIMAL.split(" ").map((code) => [code, 2] as const),
  ...THREE_DECIMAL.split(" ").map((code) => [code, 3] as const),
]);

/** The code in lower case, as Stripe writes it; null for an unknown currency. */
export function toCurrency(code: string): Currency | null {
  const lower = code.trim().toLowerCase();
  return decimalsByCurrency.has(lower) ? lower : null;
}

export function decimalsOf(currency: Currency): number {
  return decimalsByCurrency.get(currency) ?? 2;
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
