import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { readLines } from "../../../workers/ingest/lines.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const streamOf = (chunks: Uint8Array[]): ReadableStream<Uint8Array> => ReadableStream.from(chunks);

async function linesOf(chunks: string[], maxBytes?: number): Promise<[number, string | null][]> {
  const found: [number, string | null][] = [];
  for await (const lines of readLines(streamOf(chunks.map(bytesOf)), maxBytes)) {
    for (const { line, bytes } of lines) found.push([line, bytes && new TextDecoder().decode(bytes)]);
  }
  return found;
}

describe("reading lines from a stream", () => {
  it("does not depend on where the chunks are cut", async () => {
    const text = "one\ntwø\n\nfour";
    const whole = await linesOf([text]);
    expect(whole).toEqual([
      [1, "one"],
      [2, "twø"],
      [4, "four"],
    ]);
    const bytes = bytesOf(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const found: [number, string][] = [];
      for await (const lines of readLines(streamOf([bytes.slice(0, cut), bytes.slice(cut)]))) {
        for (const { line, bytes: content } of lines)
          found.push([line, new TextDecoder().decode(content ?? bytesOf("cut"))]);
      }
      expect(found).toEqual(whole);
    }
  });

  it("counts blank lines, and passes none of them on", async () => {
    expect(await linesOf(["\n\r\n  \na\r\n\n"])).toEqual([[4, "a\r"]]);
    expect(await linesOf([""])).toEqual([]);
  });

  it("takes a line of exactly the most bytes, and cuts one that has one more", async () => {
    expect(await linesOf(["abcd\nabcde\nab"], 4)).toEqual([
      [1, "abcd"],
      [2, null],
      [3, "ab"],
    ]);
  });

  it("skips a line that is too long up to its end, over many chunks, and goes on after it", async () => {
    expect(await linesOf(["aaa", "aaa", "aaa", "a\nb"], 4)).toEqual([
      [1, null],
      [2, "b"],
    ]);
  });

  it("holds no more of an endless line than a line may have", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const sent: WeakRef<ArrayBuffer>[] = [];
    let held = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const chunk = new Uint8Array(65_536).fill(0x61);
        sent.push(new WeakRef(chunk.buffer));
        if (sent.length === 500) {
          // What a reference was made or asked for in this turn stays until it is over.
          await new Promise((resolve) => setTimeout(resolve));
          collectGarbage();
          held = sent.filter((reference) => reference.deref() !== undefined).length;
          controller.close();
        } else controller.enqueue(chunk);
      },
    });
    const seen: (number | null)[] = [];
    for await (const lines of readLines(endless)) for (const { line, bytes } of lines) seen.push(line, bytes && 0);
    expect(seen).toEqual([1, null]);
    expect(held).toBeLessThanOrEqual(1_048_576 / 65_536);
  });

  it("cuts an endless line, goes on after it, and ends the stream when its reader stops", async () => {
    let cancelled = false;
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent++;
        controller.enqueue(sent === 1_000 ? bytesOf("\nlast\n") : new Uint8Array(65_536).fill(0x61));
      },
      cancel: () => {
        cancelled = true;
      },
    });
    const seen: (number | null)[] = [];
    for await (const lines of readLines(endless)) {
      for (const { line, bytes } of lines) seen.push(line, bytes === null ? null : bytes.length);
      if (seen.length >= 4) break;
    }
    expect(seen).toEqual([1, null, 2, 4]);
    expect(cancelled).toBe(true);
  });
});
