import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { type Line, readLines } from "../../../workers/ingest/lines.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const streamOf = (chunks: Uint8Array[]): ReadableStream<Uint8Array> => ReadableStream.from(chunks);

/** Fills the buffers that it is given, as the body of a request does; at most `most` bytes at once. */
function bodyOf(text: string, most: number): ReadableStream<Uint8Array> {
  let left = bytesOf(text);
  return new ReadableStream({
    type: "bytes",
    pull: (controller) => {
      const request = controller.byobRequest;
      if (!(request?.view instanceof Uint8Array)) throw new Error("asked for bytes without a buffer for them");
      const count = Math.min(most, request.view.byteLength, left.byteLength);
      request.view.set(left.subarray(0, count));
      left = left.subarray(count);
      if (count === 0) controller.close();
      request.respond(count);
    },
  });
}

async function linesOf(
  from: string[] | ReadableStream<Uint8Array>,
  limits?: Parameters<typeof readLines>[1],
): Promise<[number, string][]> {
  const found: [number, string][] = [];
  const body = from instanceof ReadableStream ? from : streamOf(from.map(bytesOf));
  for await (const lines of readLines(body, limits)) for (const one of lines) found.push([one.line, textOf(one)]);
  return found;
}

const textOf = ({ bytes }: Line): string =>
  typeof bytes === "string" ? `(${bytes})` : new TextDecoder("utf-8", { fatal: true }).decode(bytes);

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
      expect(await linesOf(streamOf([bytes.slice(0, cut), bytes.slice(cut)]))).toEqual(whole);
    }
  });

  it("does not mix lines up in the one buffer that it reads through", async () => {
    const texts = Array.from({ length: 200 }, (_, n) => `${n}:${"x".repeat((n * 37) % 90)}`);
    const expected = texts.map((text, index) => [index + 1, text]);
    for (const most of [1, 7, 100, 65_536]) expect(await linesOf(bodyOf(texts.join("\n"), most))).toEqual(expected);
  });

  it("counts blank lines, and passes none of them on", async () => {
    expect(await linesOf(["\n\r\n  \na\r\n\n"])).toEqual([[4, "a\r"]]);
    expect(await linesOf([""])).toEqual([]);
  });

  it("takes a line of exactly the most bytes, and cuts one that has one more", async () => {
    for (const chunks of [["abcd\nabcde\nab"], [..."abcd\nabcde\nab"]]) {
      expect(await linesOf(chunks, { maxBytes: 4 })).toEqual([
        [1, "abcd"],
        [2, "(too long)"],
        [3, "ab"],
      ]);
    }
  });

  it("skips a line that is too long up to its end, over many chunks, says it once, and goes on after it", async () => {
    expect(await linesOf(["aaa", "aaa", "aaa", "a", "\n", "b"], { maxBytes: 4 })).toEqual([
      [1, "(too long)"],
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
    const seen: unknown[] = [];
    for await (const lines of readLines(endless)) seen.push(...lines);
    expect(seen).toEqual([{ line: 1, bytes: "too long" }]);
    expect(held).toBeLessThanOrEqual(1_048_576 / 65_536);
  });

  it("says that a line is too long before it knows where it ends", async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytesOf("ab\nabcde")),
    });
    const seen: [number, string][] = [];
    for await (const lines of readLines(body, { maxBytes: 4 })) {
      seen.push(...lines.map((one): [number, string] => [one.line, textOf(one)]));
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([
      [1, "ab"],
      [2, "(too long)"],
    ]);
  });

  it("stops in a line that goes on without end, and leaves the stream to be cancelled by its caller", async () => {
    let sent = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent++;
        controller.enqueue(sent === 1 ? bytesOf("good\n") : new Uint8Array(1_000).fill(0x61));
      },
      cancel: () => {
        cancelled = true;
      },
    });
    expect(await linesOf(endless, { maxBytes: 4, endlessBytes: 20_000 })).toEqual([
      [1, "good"],
      [2, "(too long)"],
      [2, "(endless)"],
    ]);
    expect(sent).toBeLessThan(25);
    await endless.cancel();
    expect(cancelled).toBe(true);
  });
});
