import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DECIMALS } from "../../../shared/core/currencies.ts";
import { decimalsOf, formatMoney, isAmountMinor, parseAmount, toCurrency } from "../../../shared/core/money.ts";
import { policy } from "../../helpers/policy.ts";

describe("currencies", () => {
  it.each([
    ["usd", 2],
    ["jpy", 0],
    ["krw", 0],
    ["kwd", 3],
    ["bhd", 3],
    // Stripe takes these with two decimals, whatever ISO 4217 says: https://docs.stripe.com/currencies#special-cases
    ["isk", 2],
    ["ugx", 2],
    ["huf", 2],
    ["twd", 2],
  ])("%s has %i decimals", (currency, decimals) => {
    expect(decimalsOf(currency)).toBe(decimals);
  });

  it("are known in any case, and nothing else is", () => {
    expect(["USD", " eur ", "JpY"].map(toCurrency)).toEqual(["usd", "eur", "jpy"]);
    expect(["", "us", "usdd", "xyz", "toString", "__proto__"].map(toCurrency)).toEqual(Array(6).fill(null));
  });

  it("that Stripe does not take, or that are withdrawn, are not known", () => {
    const gone = "bgn hrk zwl sll irr kpw syp cup cuc ern mru ssp sdg lyd iqd ves usdc svc".split(" ");
    expect(gone.filter((code) => toCurrency(code) !== null)).toEqual([]);
  });

  // https://docs.stripe.com/currencies#zero-decimal and #three-decimal, copied apart from the table.
  it("have two decimals but for Stripe's lists of zero and three", () => {
    const zero = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" ");
    const three = "bhd jod kwd omr tnd".split(" ");
    for (const code of DECIMALS.keys()) {
      expect([code, decimalsOf(code)]).toEqual([code, zero.includes(code) ? 0 : three.includes(code) ? 3 : 2]);
    }
    expect([...zero, ...three].filter((code) => !DECIMALS.has(code))).toEqual([]);
    expect(DECIMALS.size).toBeGreaterThan(135);
  });
});

const { worthUsdCents: WORTH } = policy.guardrails;

/** In cents of a dollar, from how many of a currency are one of another. */
const centsOf = (perUnit: number, of = "usd"): number => (WORTH[of] ?? 0) / perUnit;
const worthOf = (code: string): number => WORTH[code] ?? 0;

describe("the rough worth", () => {
  it("is there for every currency, and more than nothing", () => {
    for (const code of DECIMALS.keys()) {
      const usdCents = WORTH[code] ?? 0;
      expect([code, usdCents > 0 && usdCents <= 400]).toEqual([code, true]);
    }
  });

  // The most traded (BIS survey of 2025), in units for a dollar, written down apart from the table.
  const PER_DOLLAR: Record<string, number> = {
    eur: 0.86,
    jpy: 152,
    gbp: 0.76,
    cny: 7.1,
    chf: 0.8,
    aud: 1.53,
    cad: 1.39,
    hkd: 7.78,
    sgd: 1.3,
    inr: 88,
    krw: 1430,
    sek: 9.5,
    mxn: 18.5,
    nzd: 1.72,
    nok: 10.1,
    twd: 30.7,
    brl: 5.4,
    zar: 17.3,
    pln: 3.66,
    dkk: 6.4,
    thb: 32.4,
    php: 58,
  };
  it.each(Object.entries(PER_DOLLAR))("of %s is right within a factor of 1.5: %d for a dollar", (code, perDollar) => {
    const factor = worthOf(code) / centsOf(perDollar);
    expect(Math.max(factor, 1 / factor)).toBeLessThan(1.5);
  });

  // What is pegged by law needs no market.
  it.each([
    ["usd", 1, "bmd bsd pab"],
    ["usd", 2, "bbd bzd"],
    ["usd", 3.6725, "aed"],
    ["usd", 0.376, "bhd"],
    ["usd", 0.709, "jod"],
    ["usd", 0.3845, "omr"],
    ["usd", 3.64, "qar"],
    ["usd", 3.75, "sar"],
    ["usd", 0.8333, "kyd"],
    ["usd", 2.7, "xcd"],
    ["usd", 1.79, "ang awg xcg"],
    ["usd", 177.721, "djf"],
    ["eur", 1.95583, "bam"],
    ["eur", 110.265, "cve"],
    ["eur", 491.968, "kmf"],
    ["eur", 655.957, "xaf xof"],
    ["eur", 119.332, "xpf"],
    ["gbp", 1, "fkp gip shp"],
    ["zar", 1, "lsl nad szl"],
    ["sgd", 1, "bnd"],
    ["inr", 1.6, "npr"],
    ["hkd", 1.03, "mop"],
  ])("follows the peg to %s at %d: %s", (of, perUnit, codes) => {
    for (const code of codes.split(" ")) {
      expect(Math.abs(worthOf(code) / centsOf(perUnit, of) - 1), code).toBeLessThan(0.02);
    }
  });
});

describe("an amount", () => {
  it.each([0, 1, Number.MAX_SAFE_INTEGER])("can be %d", (value) => expect(isAmountMinor(value)).toBe(true));
  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1, "1", null, 1n])(
    "cannot be %s",
    (value) => expect(isAmountMinor(value)).toBe(false),
  );
});

describe("parseAmount", () => {
  it.each([
    ["42.50", "usd", 4_250],
    ["42.5", "usd", 4_250],
    ["42", "usd", 4_200],
    ["1,250.00", "usd", 125_000],
    ["500", "jpy", 500],
    ["1.234", "kwd", 1_234],
    ["0.001", "kwd", 1],
    ["90071992547409.91", "usd", Number.MAX_SAFE_INTEGER],
    ["9007199254740991", "jpy", Number.MAX_SAFE_INTEGER],
  ])("reads %s %s as %i", (text, currency, amountMinor) => expect(parseAmount(text, currency)).toBe(amountMinor));

  it.each([
    ["42.505", "usd"],
    ["500.5", "jpy"],
    ["1.2345", "kwd"],
    ["90071992547409.92", "usd"],
    ["9007199254740992", "jpy"],
    ["-1", "usd"],
    ["1,25.00", "usd"],
    ["1e3", "usd"],
    ["", "usd"],
    [".5", "usd"],
    ["1.", "usd"],
  ])("refuses %j in %s instead of rounding or guessing", (text, currency) =>
    expect(parseAmount(text, currency)).toBeNull(),
  );

  it("reads back what formatMoney writes, for every amount and number of decimals", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.constantFrom("usd", "jpy", "kwd"), (amountMinor, currency) => {
        const [text = ""] = formatMoney({ amountMinor, currency }).split(" ");
        return parseAmount(text, currency) === amountMinor;
      }),
    );
  });
});

describe("formatMoney", () => {
  it.each([
    [4_250, "usd", "42.50 USD"],
    [5, "usd", "0.05 USD"],
    [0, "kwd", "0.000 KWD"],
    [500, "jpy", "500 JPY"],
  ])("writes %i %s as %s", (amountMinor, currency, text) => expect(formatMoney({ amountMinor, currency })).toBe(text));
});
