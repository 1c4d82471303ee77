import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NAMED_CURRENCIES } from "../../../shared/agents/text/currencies.ts";
import { toCurrency } from "../../../shared/core/money.ts";
import { readCases } from "../../helpers/cases.ts";
import { read, shortly } from "../../helpers/reading.ts";

/** Doubts of any kind that forbid a refund of the whole. */
const amountsIn = (text: string) => shortly(text).amounts;
const isDoubtful = (text: string): boolean => read(text).doubts.length > 0;

describe("a currency in a text", () => {
  it("is one that the provider takes, whatever sign or word names it", () => {
    expect(NAMED_CURRENCIES.filter((code) => toCurrency(code) !== code)).toEqual([]);
    expect(NAMED_CURRENCIES.length).toBeGreaterThan(40);
  });

  it.each(["BGN", "GHS", "IRR", "XTS"])("%s, which is none, leaves no amount and a doubt", (code) => {
    expect(read(`Refund 50 ${code}`).amounts).toEqual([]);
    expect(isDoubtful(`Refund 50 ${code}`)).toBe(true);
  });
});

describe("an amount in a text", () => {
  it.each([
    ["Refund $42.50 USD for invoice INV-1042", "4250 usd"],
    ["10,50 EUR", "1050 eur"],
    ["€30,50", "3050 eur"],
    ["US$10", "1000 usd"],
    ["CAD $10", "1000 cad"],
    ["$10 CAD", "1000 cad"],
    ["$1,250.00", "125000 usd"],
    ["4300 JPY", "4300 jpy"],
    ["4.250 KWD", "4250 kwd"],
    ["10.00USD", "1000 usd"],
    ["I paid $42.50.", "4250 usd"],
    ["refund 42.50 dollars", "4250 usd"],
    ["refund 20 US dollars please", "2000 usd"],
    ["refund twenty dollars", "2000 usd"],
    ["zwrot 20 zł", "2000 pln"],
    ["refund 50 usd", "5000 usd"],
    ["Refund ５０ USD", "5000 usd"],
    ["$42.50, INV-1042", "4250 usd"],
  ])("%s is read exactly", (text, amount) => {
    expect(shortly(text)).toMatchObject({ amounts: [amount], doubts: [] });
  });

  it.each(
    [
      ["42.505 USD", "-10.00 USD", "$-10.00", "99999999999999999999 USD", "100.50 JPY"],
      ["1.000,50 EUR", "1'000.50 CHF", "1 000.50 EUR", "4,250 KWD", "$1e3", "1.5k USD"],
      ["50%", "42.50 XYZ", "12.50-20.00 USD", "٤٢ USD", "C$50", "A$ 20", "$.50", "R$50", "HK$50"],
      ["10USD20EUR", "USD10EUR20", "GBP20off", "USD20x2", "12 USD 50", "$10²", "$5①", "~$40", "$40+", "<$40"],
      ["about $40", "up to $40", "$40 each", "$40 or so", "$40 per month", "another $40", "$40 less", "roughly $40"],
      ["20 FOR", "24 HRS", "2 months", "kr 20", "20 pesos", "Rs. 20", "20 rupees", "20 francs", "50 cents"],
    ].flat(),
  )("%s leaves it open what to refund, and the words are quoted", (text) => {
    const { doubts } = read(`Please refund ${text} of INV-1042`);
    expect(
      doubts.some(({ about }) => about === "amount" || about === "number" || about === "words" || about === "part"),
    ).toBe(true);
  });

  it.each([
    "20 try again",
    "INV-1042",
    "pi_3N500abc of 2026-10-23, 10:30",
    "invoice 7B2C5E10-0003",
    "payment pi_3wGVMxDIfUKwcc5eur66lhYA",
    "order 8AKUSD12J",
    "_usd20",
    "on Oct 12, two weeks ago, 2 times, at 14:30",
    "on 12. Oktober, am 12 octubre de 2026, within 24 hrs",
  ])("is not found in %s", (text) => expect(amountsIn(text)).toEqual([]));

  it.each([
    "on Oct 12, two weeks ago, 2 times, at 14:30",
    "on 12 October 2026 and on 2026-10-12 and in October 2026",
    "it was within 24 hrs, a couple of days ago, this month, last week",
    "12 OCT",
    "charged twice on my card 4242, card ending in 4242",
    "order 00123842, order #1234, ticket ABC-12345",
    "vor 2 Wochen, il y a 2 semaines, hace 3 días, 2 settimane fa",
  ])("leaves nothing unexplained in %s", (text) => {
    expect(shortly(text).doubts.filter((doubt) => !doubt.startsWith("words"))).toEqual([]);
  });

  it.each(["I pay for 2 months", "there were 3 days of it", "20 minutes"])("or a time is not found in %s", (text) => {
    expect(read(text).doubts.some(({ about }) => about === "number")).toBe(true);
  });

  it.each(readCases<{ text: string; right: string; wrong?: string }>("amounts"))(
    "$text is $right",
    ({ text, right, wrong }) => {
      const found = amountsIn(text);
      const exact = [...right.matchAll(/(\d+) ([a-z]{3})(?![a-z])/g)].map(([amount]) => amount);
      if (right === "none") expect(found).toEqual([]);
      else if (isDoubtful(text)) expect(right).toMatch(/doubtful|not readable/);
      else expect(exact.length === 0 ? found.length : found).toEqual(exact.length === 0 ? 1 : exact);
      for (const amount of wrong?.split(" and ") ?? [])
        if (!exact.includes(amount)) expect(found).not.toContain(amount);
    },
  );

  /** Letters that happen to be a currency between digits, more often than chance would put them there. */
  const piece = fc.oneof(fc.constantFrom("usd", "EUR", "Jpy", "k", "5", "42"), fc.stringMatching(/^[A-Za-z0-9]{1,4}$/));
  const tail = fc.array(piece, { minLength: 4, maxLength: 8 }).map((pieces) => pieces.join(""));

  it("is not found in any identifier that begins with its letters", () => {
    fc.assert(
      fc.property(fc.constantFrom("pi_3ab", "ch_abc", "in_1ab", "sub_1ab"), tail, (start, rest) => {
        expect(shortly(`Refund 42.50 USD of ${start}${rest}.`)).toMatchObject({ amounts: ["4250 usd"], doubts: [] });
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("whatever stands between the digits of an amount", () => {
  const digits = fc.stringMatching(/^[1-9]\d{0,4}$/);
  const between = fc.oneof(
    fc.constantFrom(
      " ",
      "  ",
      "\u2009",
      "\u00a0",
      "\u200b",
      "\u00ad",
      "\u2060",
      "'",
      "’",
      "`",
      "´",
      "·",
      "٫",
      "_",
      "/",
      "–",
      "-",
      ":",
      ". ",
      ", ",
      "\n",
      "e",
      "x",
      "€",
    ),
    fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 2 })
      .filter((text) => !/[\p{L}\p{N}#]/u.test(text.normalize("NFKC"))),
  );

  it("it is the written number or a doubt, never a part of it", () => {
    fc.assert(
      fc.property(digits, between, digits, fc.constantFrom("$", "€", "USD ", ""), (left, middle, right, sign) => {
        const text = `Refund ${sign}${left}${middle}${right}${sign === "" ? " USD" : ""} please.`;
        const { amounts, doubts } = read(text);
        const separator = middle.normalize("NFKC");
        const isDecimal = (separator === "." || separator === ",") && right.length <= 2;
        const isGrouped = separator === "," && right.length === 3 && left.length <= 3;
        if (doubts.length === 0 && amounts.length > 0) {
          expect(isDecimal || isGrouped, JSON.stringify([text, amounts])).toBe(true);
          expect(amounts).toHaveLength(1);
        } else expect(doubts.length, JSON.stringify(text)).toBeGreaterThan(0);
      }),
      { numRuns: 3_000 },
    );
  });

  it("every digit of any script is explained or in doubt", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\p{Nd}\p{No}\p{Nl}]{1,6}$/u),
        fc.constantFrom("", " ", "%", "x", "/"),
        (number, end) => {
          expect(read(`Please refund ${number}${end} of it.`).doubts, number).not.toEqual([]);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
