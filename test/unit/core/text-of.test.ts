import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { textOf } from "../../../shared/core/text-of.ts";

const LONG = 1_000_000;
const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

describe("the text of a value", () => {
  it("is the JSON that JSON.stringify writes, whatever JSON holds", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(textOf(value, LONG)).toEqual({ text: JSON.stringify(value), isJson: true, isCut: false });
      }),
      { numRuns: 300 },
    );
  });

  it("is JSON for anything that can be cloned into a message, even where it says that it had to use words", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        (value) => {
          expect(() => JSON.parse(textOf(value, LONG).text)).not.toThrow();
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ["bytes", Uint8Array.from([1, 2, 255]), '"base64:AQL/"'],
    ["an ArrayBuffer", Uint8Array.from([104, 105]).buffer, '"base64:aGk="'],
    ["a part of a buffer", Uint8Array.from([0, 104, 105, 0]).subarray(1, 3), '"base64:aGk="'],
    ["a Map", new Map([["a", 1n]]), '[["a","1n"]]'],
    ["a Set", new Set(["a"]), '["a"]'],
    ["nothing", undefined, '"undefined"'],
    ["no number", [Number.NaN], '["NaN"]'],
  ])("keeps %s in words", (_what, value, text) => {
    expect(textOf(value, LONG)).toEqual({ text, isJson: false, isCut: false });
  });

  it("ends where a value holds itself, and tells two uses of one part apart from that", () => {
    const part = { n: 1 };
    const circle: Record<string, unknown> = { first: part, second: part };
    circle.self = circle;
    expect(textOf(circle, LONG).text).toBe('{"first":{"n":1},"second":{"n":1},"self":"(itself again)"}');
    expect(textOf([part, part], LONG).isJson).toBe(true);
  });

  it("needs no stack: 60,000 levels are written, and are not called JSON, which could not be sent on", () => {
    const { text, isJson } = textOf(nested(60_000), LONG);
    expect([text.slice(0, 8), text.length, isJson]).toEqual(['{"a":[{"', 240_001, false]);
  });

  it("stops at its length, also where thirty small parts stand for a billion", () => {
    let value: unknown = "x";
    for (let level = 0; level < 30; level++) value = [value, value];
    const { text, isCut, isJson } = textOf(value, 1_000);
    expect([text.length, isCut, isJson]).toEqual([1_000, true, false]);
    expect(textOf(new Array(4_000_000_000), 1_000).text).toHaveLength(1_000);
  });
});
