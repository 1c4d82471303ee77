import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCardNumber, mask, maskCovering } from "../../../shared/agents/text/mask.ts";
import { cpuMsOf } from "../../helpers/cpu.ts";

const digits = (length: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^\\d{${length}}$`));
/** A number of a brand, with its check digit. */
const cardOf = (start: string, length: number): fc.Arbitrary<string> =>
  digits(length - 1 - start.length).map((middle) => {
    const body = start + middle;
    return `${body}${[..."0123456789"].find((check) => isCardNumber(body + check)) ?? ""}`;
  });
const card = fc.oneof(
  cardOf("4", 16),
  cardOf("51", 16),
  cardOf("2221", 16),
  cardOf("37", 15),
  cardOf("6011", 16),
  cardOf("3528", 16),
  cardOf("62", 16),
);
const SEPARATORS = [
  "",
  " ",
  "  ",
  "-",
  " - ",
  ".",
  "\u00a0",
  "\u2009",
  "–",
  "\u2011",
  "/",
  "_",
  "·",
  "\n",
  ", ",
  "&nbsp;",
  "%20",
  "<br>",
  "\u200b",
  "\\n",
];
const NEIGHBOURS = ["", "card", "Visa", "no.", "(", "#", "x", "my card: ", "12/28 ", "qty 1 ", "99 ", "$20 ", "カード"];
const BEHIND = ["", " 09/27", " 12/28 cvc 737", ")", ".", ", thanks", "please", " 5", " $20", " and 3", "です", "\n42"];
const SCRIPTS = ["0", "０", "٠", "۰", "०", "০", "𝟎"];

const inScript = (text: string, zero: string): string =>
  text.replace(/\d/g, (digit) => String.fromCodePoint((zero.codePointAt(0) ?? 0) + Number(digit)));
/** 4-4-4-4, and as American Express prints. */
const grouped = (number: string, separator: string, zero: string): string =>
  (number.length === 15 ? /^(\d{4})(\d{6})(\d{5})$/ : /^(\d{4})(\d{4})(\d{4})(\d{4})$/)
    .exec(number)
    ?.slice(1)
    .map((group) => inScript(group, zero))
    .join(separator) ?? number;
const longestRun = (text: string): number =>
  Math.max(0, ...Array.from(text.matchAll(/\p{Nd}+/gu), ([run]) => Array.from(run).length));

describe("whatever is written", () => {
  it("no card number stays, in any spelling, beside any neighbour, in any script", () => {
    const spelled = fc.record({
      number: card,
      separator: fc.constantFrom(...SEPARATORS),
      before: fc.constantFrom(...NEIGHBOURS),
      behind: fc.constantFrom(...BEHIND),
      zero: fc.constantFrom(...SCRIPTS),
    });
    fc.assert(
      fc.property(spelled, ({ number, separator, before, behind, zero }) => {
        const masked = mask(before + grouped(number, separator, zero) + behind);
        expect(masked).toContain("[card]");
        expect(longestRun(masked)).toBeLessThan(4);
      }),
      { numRuns: 3_000 },
    );
  });

  it("a mask of a masked text changes nothing, and covers nothing", () => {
    const piece = fc.oneof(
      card,
      fc.constantFrom(...NEIGHBOURS, ...BEHIND, " ", "\n", "a@b.example", "DE89370400440532013000", "+49 170 1234567"),
      fc.constantFrom("0151 23456789", "123-45-6789", "cvc 737", "password: abc123", "٤٢", "\u200b", "4242", "tel "),
      fc.string({ unit: "binary", maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const once = mask(pieces.join(""));
        const again = maskCovering(once);
        expect(again.text).toBe(once);
        expect(again.covered).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
  });

  it("amounts, dates, and the ids and numbers of payments, orders and invoices stay", () => {
    const two = (least: number, most: number) =>
      fc.integer({ min: least, max: most }).map((value) => String(value).padStart(2, "0"));
    const year = fc.integer({ min: 2000, max: 2030 }).map(String);
    const kept = fc.oneof(
      fc
        .tuple(fc.constantFrom("USD ", "$", "€", "EUR "), fc.integer({ min: 0, max: 9_999_999 }))
        .map(
          ([currency, minor]) => `${currency}${(minor / 100).toLocaleString("en-US", { minimumFractionDigits: 2 })}`,
        ),
      fc.integer({ min: 0, max: 99_999_999 }).map((minor) => `${(minor / 100).toFixed(2)} EUR`),
      fc.integer({ min: 1000, max: 99_999_999 }).map((value) => `${value.toLocaleString("de-DE")} JPY`),
      fc.tuple(year, two(1, 12), two(1, 28)).map((parts) => parts.join("-")),
      fc.tuple(two(1, 28), two(1, 12), year).map((parts) => parts.join(".")),
      fc.tuple(two(1, 12), two(1, 28), year).map((parts) => parts.join("/")),
      fc
        .tuple(year, two(1, 12), two(1, 28), two(0, 23), two(0, 59))
        .map(([y, m, d, h, min]) => `${y}-${m}-${d} ${h}:${min}`),
      fc.stringMatching(/^(?:pi|ch|in|sub|cus|evt)_[1-9][A-Za-z0-9]{8}[A-Za-z][A-Za-z0-9]{5}[A-Za-z][A-Za-z0-9]{6}$/),
      fc.stringMatching(/^INV-\d{4,8}$/),
      fc.stringMatching(/^[0-9A-F]{3}[A-F][0-9A-F]{4}-\d{4}$/),
      fc.stringMatching(/^(?:order|invoice|ticket|Bestellung|commande|pedido) #?[1-9]\d{3,10}$/),
    );
    fc.assert(
      fc.property(kept, (text) => {
        const said = `Please refund ${text}, it was charged twice.`;
        expect(maskCovering(said)).toEqual({ text: said, covered: [], written: [] });
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ["digits", "4"],
    ["letters", "a"],
    ["signs of addresses", "@"],
    ["spaces", " "],
    ["figures", "4242 "],
    ["single figures", "4 "],
    ["addresses", "a.b@c.d "],
    ["half addresses", "a'b"],
    ["dotted letters", "a."],
    ["addresses without an end", "a@"],
    ["at", "a (at) "],
    ["at in capitals", "AT"],
    ["at between underscores", "a_at_"],
    ["IBANs", "DE89 3704 0044 0532 0130 00 "],
    ["beginnings of IBANs", "DE89"],
    ["phones", "+49 170 "],
    ["parentheses", "(0("],
    ["words for a phone", "tel call me "],
    ["words for a card", "card "],
    ["words for a code", "cvc is the "],
    ["words for a number", "ssn number is "],
    ["labels", "order no. "],
    ["wide figures", "４２ "],
    ["entities", "&#"],
    ["tags", "<b "],
    ["passwords", "password: "],
    ["dates", "2026-10-20 "],
    ["hyphens", "a-1-"],
    ["written masks", "[card]"],
    ["figures of two scripts", "5-٤"],
    ["beginnings of keys", "-----BEGIN PRIVATE KEY-----"],
  ])(
    "20,000 characters of %s, with a figure or an address behind them, are masked in under a second",
    (_what, piece) => {
      const text = `${piece.repeat(Math.ceil(20_000 / piece.length))}1`;
      const took = (written: string): number => cpuMsOf(() => mask(written));
      expect(Math.min(took(text), took(text))).toBeLessThan(1_000);
      expect(Math.min(took(`${text}@b`), took(`${text}@b`))).toBeLessThan(1_000);
    },
  );
});
