import { describe, expect, it } from "vitest";
import { readChunks } from "../../../cli/send/chunks.ts";
import { type Chunk, START } from "../../../cli/send/piece.ts";

const limits = { lines: 3, bytes: 100, lineBytes: 20 };
const bytesOf = (text: string) => new TextEncoder().encode(text);

async function* inParts(text: string, size: number) {
  const bytes = bytesOf(text);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function chunksOf(text: string, { size = 7, start = START, using = limits } = {}): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  const rest = new TextDecoder().decode(bytesOf(text).subarray(start.offset));
  for await (const chunk of readChunks(inParts(rest, size), start, using)) chunks.push(chunk);
  return chunks;
}

const told = (chunks: Chunk[]) =>
  chunks.map(({ lines }) => lines.map(({ line, bytes }) => `${line}:${new TextDecoder().decode(bytes)}`));

describe("readChunks", () => {
  it.each([1, 2, 3, 7, 1_000])("gives the same lines however the file arrives, %i bytes at a time", async (size) => {
    expect(told(await chunksOf("a\nbb\n\nccc\ndddd", { size }))).toEqual([["1:a", "2:bb", "4:ccc"], ["5:dddd"]]);
  });

  it("ends a chunk before it grows beyond what one request carries", async () => {
    const chunks = await chunksOf("123456789\n".repeat(3), { using: { lines: 10, bytes: 20, lineBytes: 20 } });
    expect(chunks.map(({ lines }) => lines.length)).toEqual([2, 1]);
  });

  it("can begin again at the end of any chunk and gives just the rest", async () => {
    const text = "é1\n\n2\n3\r\n4\n5\n6\n7";
    const all = await chunksOf(text);
    expect(all.length).toBeGreaterThan(2);
    for (const [index, { end }] of all.entries()) {
      expect(told(await chunksOf(text, { start: end }))).toEqual(told(all.slice(index + 1)));
    }
  });

  it("ends at the last byte of the file, newline or not", async () => {
    expect((await chunksOf("a\nb\n")).at(-1)?.end).toEqual({ offset: 4, line: 3 });
    expect((await chunksOf("a\nb")).at(-1)?.end).toEqual({ offset: 3, line: 3 });
  });

  it("names a line that is longer than an event may be, and holds none of it", async () => {
    const [chunk] = await chunksOf(`a\n${"x".repeat(5_000)}\nb\n`);
    expect(chunk?.tooLong).toEqual([2]);
    expect(told([chunk as Chunk])).toEqual([["1:a", "3:b"]]);
  });

  it("gives nothing for an empty file, and no lines for blank ones", async () => {
    expect(await chunksOf("")).toEqual([]);
    expect((await chunksOf("\n \n\t\r\n")).flatMap(({ lines }) => lines)).toEqual([]);
  });

  it("leaves out the byte order mark of the first line only", async () => {
    const [chunk] = await chunksOf("\ufeff{}\n\ufeff{}\n");
    expect(chunk?.lines.map(({ bytes }) => bytes.byteLength)).toEqual([2, 5]);
  });
});
