import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAmounts } from "../../../shared/agents/text/amounts.ts";

describe("an amount in a text", () => {
  it.each([
    ["Refund $42.50 USD for invoice INV-1042", 4250, "usd"],
    ["10,50 EUR", 1050, "eur"],
    ["€30,50", 3050, "eur"],
    ["US$10", 1000, "usd"],
    ["CAD $10", 1000, "cad"],
    ["$1,250.00", 125_000, "usd"],
    ["4300 JPY", 4300, "jpy"],
    ["4.250 KWD", 4250, "kwd"],
    ["10.00USD", 1000, "usd"],
    ["I paid $42.50.", 4250, "usd"],
  ])("%s is read exactly", (text, amountMinor, currency) => {
    expect(readAmounts(text)).toEqual({ amounts: [{ amountMinor, currency }], doubtful: [] });
  });

  it.each([
    "42.505 USD",
    "100.50 JPY",
    "-10.00 USD",
    "$-10.00",
    "99999999999999999999 USD",
    "1.000,50 EUR",
    "1'000.50 CHF",
    "1 000.50 EUR",
    "4,250 KWD",
    "$1e3",
    "1.5k USD",
    "42.50 dollars",
    "50%",
    "42.50 XYZ",
    "12.50-20.00 USD",
    "٤٢ USD",
    "C$50",
    "A$ 20",
    "$.50",
    "10USD20EUR",
    "USD10EUR20",
    "GBP20off",
    "USD20x2",
  ])("%s is doubtful, and no part of it is taken for an amount", (text) => {
    const { amounts, doubtful } = readAmounts(`Please refund ${text} of it`);
    expect(amounts).toEqual([]);
    expect(doubtful).toHaveLength(1);
    expect(text).toContain(doubtful[0]);
  });

  it.each([
    "5 all of them",
    "20 try again",
    "INV-1042",
    "pi_3N500 of 2026-10-23, 10:30",
    "call 1234567",
    "invoice 7B2C5E10-0003",
    "payment pi_3wGVMxDIfUKwcc5eur66lhYA",
    "order 8AKUSD12J",
    "_usd20",
  ])("is not found in %s", (text) => {
    expect(readAmounts(text)).toEqual({ amounts: [], doubtful: [] });
  });

  /** Letters that happen to be a currency between digits, more often than chance would put them there. */
  const piece = fc.oneof(fc.constantFrom("usd", "EUR", "Jpy", "k", "5", "42"), fc.stringMatching(/^[A-Za-z0-9]{1,4}$/));
  const tail = fc.array(piece, { minLength: 4, maxLength: 8 }).map((pieces) => pieces.join(""));
  const prefix = fc.constantFrom("pi_3", "ch_", "in_1", "cus_", "INV-7", "AB12", "ref:xy");

  it("is not found in any identifier that begins with its letters", () => {
    fc.assert(
      fc.property(prefix, tail, (start, rest) => {
        expect(readAmounts(`Refund 42.50 USD of ${start}${rest}.`)).toEqual({
          amounts: [{ amountMinor: 4250, currency: "usd" }],
          doubtful: [],
        });
      }),
      { numRuns: 2_000 },
    );
  });
});
