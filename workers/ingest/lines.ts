import { concat, MAX_BYTES } from "./body.ts";

/** One line of a file, counted from 1. `bytes` null: it was longer than a line may be, and was let pass by. */
export type Line = { line: number; bytes: Uint8Array | null };

const NEWLINE = 0x0a;

/**
 * Splits a stream into lines while it arrives. Holds one chunk and at most one line: a line without an end is cut at
 * `maxBytes`, reported once, and skipped up to its newline. Blank lines count, but are not passed on.
 */
export async function* readLines(
  body: ReadableStream<Uint8Array>,
  maxBytes: number = MAX_BYTES,
): AsyncGenerator<Line[], void, void> {
  const reader = body.getReader();
  const open = createOpenLine(maxBytes);
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines: Line[] = [];
      let start = 0;
      for (let end = part.value.indexOf(NEWLINE); end >= 0; end = part.value.indexOf(NEWLINE, start)) {
        open.add(part.value.subarray(start, end));
        lines.push(open.close());
        start = end + 1;
      }
      open.add(part.value.subarray(start));
      yield lines.filter(isNotBlank);
    }
    yield [open.close()].filter(isNotBlank);
  } finally {
    // Also when the reader of the lines stops early: an unread body holds a connection.
    await reader.cancel().catch(() => undefined);
  }
}

function createOpenLine(maxBytes: number) {
  let line = 1;
  let chunks: Uint8Array[] = [];
  let length = 0;
  return {
    add(chunk: Uint8Array): void {
      length += chunk.byteLength;
      if (length > maxBytes) chunks = [];
      else if (chunk.byteLength > 0) chunks.push(chunk);
    },
    close(): Line {
      const closed: Line = { line, bytes: length > maxBytes ? null : concat(chunks, length) };
      line++;
      chunks = [];
      length = 0;
      return closed;
    },
  };
}

const isNotBlank = ({ bytes }: Line): boolean => bytes === null || bytes.some((byte) => byte > 0x20);
