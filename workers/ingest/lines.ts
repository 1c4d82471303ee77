import { createGatherer, readChunks } from "../../shared/http/chunks.ts";
import { MAX_BYTES } from "./limits.ts";

/**
 * One line of a file, counted from 1. `too long`: it has more bytes than a line may have, and its rest is skipped.
 * `endless`: it was so long that reading stopped inside it.
 */
export type Line = { line: number; bytes: Uint8Array | "too long" | "endless" };

const NEWLINE = 0x0a;

/** No body that Cloudflare's free and pro plans take has more: https://developers.cloudflare.com/workers/platform/limits/#request-limits */
export const ENDLESS_BYTES = 104_857_600;

/**
 * Splits a stream into lines while it arrives, and holds one chunk and at most one line: the bytes of a line are good
 * until the next lines are asked for. A line of more than `maxBytes` is reported as soon as that is known, and skipped;
 * one that goes on for `endlessBytes` is the last. Blank lines count, but are not passed on.
 */
export async function* readLines(
  body: ReadableStream<Uint8Array>,
  { maxBytes = MAX_BYTES, endlessBytes = ENDLESS_BYTES } = {},
): AsyncGenerator<Line[], void, void> {
  const open = createOpenLine(maxBytes);
  for await (const chunk of readChunks(body)) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      open.close(chunk.subarray(start, end), lines);
      start = end + 1;
    }
    if (lines.length > 0) yield lines;
    const { line, length, isTooLong } = open.grow(chunk.subarray(start));
    if (isTooLong) yield [{ line, bytes: "too long" }];
    if (length <= endlessBytes) continue;
    yield [{ line, bytes: "endless" }];
    return;
  }
  const last: Line[] = [];
  open.close(new Uint8Array(0), last);
  if (last.length > 0) yield last;
}

/** The line that is being read, over as many chunks as it takes. */
function createOpenLine(maxBytes: number) {
  const kept = createGatherer(maxBytes);
  let line = 1;
  let length = 0;
  /** Null when it is too long with this part. */
  const whole = (part: Uint8Array): Uint8Array | null => {
    if (length === 0 && part.byteLength <= maxBytes) return part;
    return kept.add(part) ? kept.bytes() : null;
  };
  return {
    /** A part without the line's end. `isTooLong` is true once a line. */
    grow(part: Uint8Array): { line: number; length: number; isTooLong: boolean } {
      const wasTooLong = length > maxBytes;
      length += part.byteLength;
      if (length <= maxBytes) kept.add(part);
      return { line, length, isTooLong: length > maxBytes && !wasTooLong };
    },
    /** The part that ends it. The line is added to `lines`, unless it is blank, or too long and reported. */
    close(part: Uint8Array, lines: Line[]): void {
      if (length <= maxBytes) {
        const bytes = whole(part);
        if (bytes === null) lines.push({ line, bytes: "too long" });
        else if (isNotBlank(bytes)) lines.push({ line, bytes });
      }
      line++;
      length = 0;
      kept.clear();
    },
  };
}

const isNotBlank = (bytes: Uint8Array): boolean => bytes.some((byte) => byte > 0x20);
