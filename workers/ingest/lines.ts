import { createGatherer } from "../../shared/http/chunks.ts";
import { type Cut, isCut, PACES, type Pace, readPaced } from "../../shared/http/pace.ts";
import { MAX_BYTES } from "./limits.ts";

/**
 * One line of a file, counted from 1. `too long`: the line exceeds the limit, and the rest of it is skipped.
 * `endless`: the line is so long that reading stopped inside it. `stalled`, `aborted`: the body was cut inside it.
 */
export type Line = { line: number; bytes: Uint8Array | "too long" | "endless" | Cut };

type Limits = { maxBytes: number; endlessBytes: number; pace: Pace; now: () => number };

const NEWLINE = 0x0a;

/** The largest body on Cloudflare's free and pro plans: https://developers.cloudflare.com/workers/platform/limits/#request-limits */
export const ENDLESS_BYTES = 104_857_600;

/**
 * Splits a stream into lines as it arrives, with one chunk and at most one line in memory. The bytes of a line are valid
 * until the next lines are requested. A line longer than `maxBytes` is reported at once and skipped; one longer than
 * `endlessBytes` ends the reading. A line that was cut is no line: it is the last one, and not stored. Blank lines are counted
 * and left out.
 */
export async function* readLines(
  body: ReadableStream<Uint8Array>,
  { maxBytes = MAX_BYTES, endlessBytes = ENDLESS_BYTES, pace = PACES.streamed, now = Date.now }: Partial<Limits> = {},
): AsyncGenerator<Line[], void, void> {
  const open = createOpenLine(maxBytes);
  for await (const chunk of readPaced(body, pace, now)) {
    if (isCut(chunk)) {
      yield [{ line: open.line(), bytes: chunk }];
      return;
    }
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

/** The line that is being read, which may span several chunks. */
function createOpenLine(maxBytes: number) {
  const kept = createGatherer(maxBytes);
  let line = 1;
  let length = 0;
  /** Null when the line is too long with this part. */
  const whole = (part: Uint8Array): Uint8Array | null => {
    if (length === 0 && part.byteLength <= maxBytes) return part;
    return kept.add(part) ? kept.bytes() : null;
  };
  return {
    line: (): number => line,
    /** Adds a part without the line's end. `isTooLong` is true once per line. */
    grow(part: Uint8Array): { line: number; length: number; isTooLong: boolean } {
      const wasTooLong = length > maxBytes;
      length += part.byteLength;
      if (length <= maxBytes) kept.add(part);
      return { line, length, isTooLong: length > maxBytes && !wasTooLong };
    },
    /** Adds the last part and appends the line to `lines`, unless it is blank, or too long and reported before. */
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
