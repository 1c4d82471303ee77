import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalsOf, formatMoney, isAmountMinor, parseAmount, toCurrency } from "../../../shared/core/money.ts";

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
