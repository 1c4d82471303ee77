import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { printLines, table } from "../../../cli/print.ts";
import { cutTo, harmless, visible, widthOf } from "../../../cli/visible.ts";

/** What may reach a terminal: letters, their marks, digits, punctuation, symbols and spaces. No C, no Zl, no Zp. */
const ALLOWED = /^(?:[\p{L}\p{N}\p{P}\p{S}\p{Zs}]|(?<=\p{L}\p{M}{0,3})\p{M})*$/u;
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Any text, with the characters that matter here much more often than chance has them. */
const HOSTILE =
  "\n\r\t\u0000\u001b\u007f\u0085\u009b\u2028\u2029\u200b\u200d\u202e\u2066\u2069\u00ad\ufeff\ufe0f\ufff9\u115f\u3164\uffa0\u0301\u20dd\u0488\\u{";
const outside = fc
  .array(
    fc.oneof(
      fc.constantFrom(...HOSTILE, "\u{e0041}", "\u{e0100}", "\ud800", "\udc00", "\ue000", "\u{10ffff}", "\\u{202E}"),
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.constantFrom("refund", "漢字", "한글", "नमस्ते", "שָׁלוֹם", "é", "👍🏽", " "),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(""));

/** The text of what `visible` shows. */
const read = (shown: string): string =>
  shown.replace(/\\u\{([0-9A-F]+)\}/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));

describe("a text from outside", () => {
  it.each([
    ["a\nb\r\tc", "a\\u{A}b\\u{D}\\u{9}c"],
    ["a\u001b[2Jb\u009b", "a\\u{1B}[2Jb\\u{9B}"],
    ["refund\u202e05.24", "refund\\u{202E}05.24"],
    ["a\u200bb\u2060c\ufeff", "a\\u{200B}b\\u{2060}c\\u{FEFF}"],
    ["ok\u{e0041}\u{e007f}", "ok\\u{E0041}\\u{E007F}"],
    ["\u2028\u2029\u00ad\u3164\u115f", "\\u{2028}\\u{2029}\\u{AD}\\u{3164}\\u{115F}"],
    ["\ufff9x\ufffb \ud800 \ue000", "\\u{FFF9}x\\u{FFFB} \\u{D800} \\u{E000}"],
    ["👩\u200d👧 1\ufe0f\u20e3", "👩\\u{200D}👧 1\\u{FE0F}\\u{20E3}"],
    ["a\u0301\u0301\u0301\u0301\u0301 1\u0338", "a\u0301\u0301\u0301\u0301\\u{301} 1\\u{338}"],
  ])("%j is written out as %s", (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it.each([
    "Refund $42.50, bitte! ¥4,300 «déjà» 😀👍🏽",
    "प्रतिदान करें",
    "החזר כספי שָׁלוֹם",
    "ขอเงินคืน",
    "退款",
    "C:\\users\\u",
  ])("keeps the ordinary letters of %s", (text) => {
    expect(visible(text)).toBe(text);
  });

  it("cannot pass for an escape: what was there is read back from what is shown", () => {
    expect(visible("\\u{202E}")).toBe("\\u{5C}u{202E}");
    fc.assert(fc.property(outside, (text) => read(visible(text)) === text));
  });

  it("never holds what breaks a line, hides or moves anything", () => {
    fc.assert(
      fc.property(outside, (text) => {
        for (const shown of [visible(text), harmless(text)]) {
          expect(shown).toMatch(ALLOWED);
          expect(shown).not.toMatch(UNSEEN);
        }
      }),
    );
  });

  it("is not changed by the last net before the terminal once it is visible", () => {
    fc.assert(fc.property(outside, (text) => harmless(visible(text)) === visible(text)));
  });
});

describe("a printed line", () => {
  it("stays one line, whatever is in it", () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    printLines(["a\nforged\r\u009b", "b\u2028"]);
    expect(write.mock.calls).toEqual([["a\\u{A}forged\\u{D}\\u{9B}\nb\\u{2028}\n"]]);
    write.mockRestore();
  });
});

describe("a table of texts from outside", () => {
  const rows = fc
    .integer({ min: 1, max: 5 })
    .chain((columns) =>
      fc.array(fc.array(outside, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 6 }),
    );

  it("has one line a row, whatever is in a cell", () => {
    fc.assert(
      fc.property(rows, (cells) => {
        const printed = table(cells).map(harmless).join("\n");
        expect(printed.split(/[\n\r\u0085\u2028\u2029]/)).toHaveLength(cells.length);
        for (const line of printed.split("\n")) expect(line).toMatch(ALLOWED);
        expect(table([["\u202e\\u{202E}", ""]])).toEqual(["\\u{202E}\\u{5C}u{202E}"]);
      }),
    );
  });

  it("counts what a terminal shows: wide characters as two columns, marks as none", () => {
    expect(widthOf("退款")).toBe(4);
    expect(widthOf("한글")).toBe(4);
    expect(widthOf("e\u0301")).toBe(1);
    expect(widthOf("👍")).toBe(2);
    expect(
      table([
        ["退款", "a"],
        ["refund", "b"],
        ["re\u0301", "c"],
      ]),
    ).toEqual(["退款    a", "refund  b", "re\u0301      c"]);
  });

  it("cuts the last cell of a row that is too wide, and no escape in two", () => {
    const [line = ""] = table([["id_1", `why ${"x".repeat(100)}`]], 80);
    expect(widthOf(line)).toBe(80);
    expect(line).toMatch(/^id_1 {2}why x+…$/);
    expect(cutTo("ab\\u{202E}cd", 8)).toBe("ab…");
    expect(cutTo("退款退款", 6)).toBe("退款…");
    fc.assert(
      fc.property(
        outside,
        fc.integer({ min: 1, max: 40 }),
        (text, width) => widthOf(cutTo(visible(text), width)) <= width,
      ),
    );
  });
});
