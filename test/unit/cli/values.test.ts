import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Chunk, START } from "../../../cli/send/piece.ts";
import type { Shape } from "../../../cli/send/scan.ts";
import { readValues } from "../../../cli/send/values.ts";

const LIMITS = { lines: 3, bytes: 1_000, lineBytes: 500 };
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function* inParts(bytes: Uint8Array, size: number) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

type Options = { size?: number; shape?: Shape; start?: typeof START; limits?: typeof LIMITS };
async function read(text: string, { size = 7, shape = "array", start = START, limits = LIMITS }: Options = {}) {
  const chunks: Chunk[] = [];
  const source = inParts(encode(text).subarray(start.offset), size);
  for await (const chunk of readValues(source, start, limits, shape)) chunks.push(chunk);
  return chunks;
}

const valuesIn = (chunks: readonly Chunk[]): unknown[] =>
  chunks.flatMap(({ lines }) => lines.map(({ bytes }) => JSON.parse(decode(bytes))));
const brokenIn = (chunks: readonly Chunk[]) => chunks.at(-1)?.broken;
const placesIn = (chunks: readonly Chunk[]) =>
  chunks.flatMap(({ lines }) => lines.map(({ line, element, bytes }) => `${element}@${line} ${decode(bytes).trim()}`));

/** Any array as text, written as any program may write it. */
const arrayText = fc
  .tuple(fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 12 }), fc.constantFrom(0, 2, "\t"), fc.boolean())
  .map(([values, indent, isWindows]) => {
    const text = JSON.stringify(values, null, indent);
    return isWindows ? text.replaceAll("\n", "\r\n") : text;
  });
const SIZES = fc.integer({ min: 1, max: 64 });
const WIDE = { lines: 3, bytes: 100_000, lineBytes: 100_000 };

describe("an array that is read in parts", () => {
  it("is what JSON.parse reads of it, whatever stands in it and however it arrives", async () => {
    await fc.assert(
      fc.asyncProperty(arrayText, SIZES, async (text, size) => {
        const chunks = await read(text, { size, limits: WIDE });
        expect(brokenIn(chunks)).toBeUndefined();
        expect(valuesIn(chunks)).toEqual(JSON.parse(text));
        for (const { lines } of chunks) for (const { bytes } of lines) expect(decode(bytes)).not.toMatch(/[\r\n]/);
      }),
      { numRuns: 300 },
    );
  });

  it("is read on from the end of any chunk, and gives just the rest", async () => {
    await fc.assert(
      fc.asyncProperty(arrayText, SIZES, async (text, size) => {
        const all = await read(text, { size, limits: WIDE });
        for (const [index, { end }] of all.entries()) {
          const rest = await read(text, { size, start: end as typeof START, limits: WIDE });
          expect(placesIn(rest)).toEqual(placesIn(all.slice(index + 1)));
          expect(brokenIn(rest)).toBeUndefined();
        }
      }),
      { numRuns: 200 },
    );
  });

  it("is never whole where JSON.parse reads nothing: it is broken, or one of its elements is", async () => {
    const spoiled = fc
      .tuple(arrayText, fc.nat(), fc.constantFrom("", ",", "]", "[", "{", "}", '"', "\\", "\n", "x", ":"), fc.boolean())
      .map(([text, place, sign, isReplaced]) => {
        const at = 1 + (place % text.length);
        return text.slice(0, at) + sign + text.slice(at + (isReplaced ? 1 : 0));
      });
    await fc.assert(
      fc.asyncProperty(spoiled, SIZES, async (text, size) => {
        try {
          JSON.parse(text);
        } catch {
          const chunks = await read(text, { size, limits: WIDE });
          const isAccepted = () => {
            try {
              return valuesIn(chunks).length >= 0;
            } catch {
              return false;
            }
          };
          // Several arrays one after another are taken, which JSON.parse does not do.
          const isSeveral = /\]\s*\[/.test(text);
          expect(brokenIn(chunks) !== undefined || !isAccepted() || isSeveral).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("names each element by its number and the line on which it begins", async () => {
    const text = '[\n  {"a": 1},\n  {\n    "b": 2\n  }, 3,\n\n  "x"\n]\n';
    expect(placesIn(await read(text))).toEqual(['1@2 {"a": 1}', '2@3 {     "b": 2   }', "3@5 3", '4@7 "x"']);
  });

  it("ends a chunk before it grows beyond one request, and drops what is longer than an event may be", async () => {
    const chunks = await read(`["${"x".repeat(5_000)}", 1, 2, 3, 4]`);
    expect(chunks.map(({ lines, tooLong }) => [lines.length, tooLong])).toEqual([
      [3, [1]],
      [1, []],
    ]);
  });

  it("may be several arrays, and may begin with a byte order mark", async () => {
    expect(valuesIn(await read("\ufeff[1, 2]\n[3]\n[]\n", { size: 1 }))).toEqual([1, 2, 3]);
  });

  it.each([
    ["has no end", "[1,\n2", 2, "] is missing; the file may be cut off"],
    ["is cut off in a text", '[1,\n"abc', 2, "] is missing"],
    ["ends with a comma", "[1,\n2,\n]", 3, "an element is missing"],
    ["has two commas", "[1,\n,2]", 2, "an element is missing"],
    ["has a bracket too many", '[{"a":1}}, 2]', 1, "} closes what was not opened"],
    ["has a line break in a text", '[1,\n"a\nb", 3]', 2, "a text has a line break"],
    ["has something behind it", '[1]\n{"a":2}', 2, "more behind the end"],
    ["is nested too deeply", `[${"[".repeat(10_001)}`, 1, "nested too deeply"],
  ])("that %s is said to be broken there, behind all that stands before", async (_what, text, line, error) => {
    const chunks = await read(text, { limits: WIDE });
    expect(brokenIn(chunks)).toEqual({ line, error: expect.stringContaining(error) });
    for (const value of valuesIn(chunks)) expect([1, 2]).toContain(value);
  });
});

describe("objects over several lines", () => {
  const shape = "objects";

  it("are what was written, whatever stands in them and however they arrive", async () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(objects, SIZES, fc.constantFrom("", " ", "\n", "\r\n\r\n"), async (values, size, between) => {
        const text = values.map((value) => JSON.stringify(value, null, 2)).join(between);
        const chunks = await read(text, { size, shape, limits: WIDE });
        expect(brokenIn(chunks)).toBeUndefined();
        expect(valuesIn(chunks)).toEqual(JSON.parse(JSON.stringify(values)));
      }),
      { numRuns: 200 },
    );
  });

  it("are read on from the end of any chunk", async () => {
    const text = Array.from({ length: 8 }, (_, n) => JSON.stringify({ n }, null, 2)).join("\n");
    const all = await read(text, { shape });
    expect(all.length).toBeGreaterThan(2);
    for (const [index, { end }] of all.entries()) {
      expect(placesIn(await read(text, { shape, start: end as typeof START }))).toEqual(placesIn(all.slice(index + 1)));
    }
  });

  it.each([
    ["commas between them", '{\n"a":1\n},\n{}', 3, "put [ before the first"],
    ["something else between them", '{\n"a":1\n}\nx', 4, "a JSON object must begin here"],
    ["no end", '{\n"a":1\n', 1, "} is missing"],
  ])("with %s are broken there", async (_what, text, line, error) => {
    expect(brokenIn(await read(text, { shape }))).toEqual({ line, error: expect.stringContaining(error) });
  });
});

describe("a large array", () => {
  it("is read with the memory of a few requests, not of the file", async () => {
    const element = encode(`${JSON.stringify({ id: "evt", text: "x".repeat(970) })},\n`);
    const ELEMENTS = 100_000;
    async function* source() {
      yield encode("[");
      for (let index = 0; index < ELEMENTS; index += 64)
        yield Buffer.concat(Array(Math.min(64, ELEMENTS - index)).fill(element));
      yield encode("0]");
    }
    const before = process.memoryUsage().rss;
    let most = 0;
    let count = 0;
    for await (const { lines } of readValues(
      source(),
      START,
      { lines: 1_000, bytes: 1_048_576, lineBytes: 1_048_576 },
      "array",
    )) {
      count += lines.length;
      most = Math.max(most, process.memoryUsage().rss - before);
    }
    expect(count).toBe(ELEMENTS + 1);
    expect(most).toBeLessThan(80 * 1_048_576);
  }, 60_000);
});
