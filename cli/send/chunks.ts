/** Reads a file of lines in chunks of one request each, with one chunk in memory. */
export type Position = { offset: number; line: number };
export type Chunk = {
  lines: { line: number; bytes: Uint8Array }[];
  /** The numbers of lines that are longer than an event may be. Their bytes are dropped. */
  tooLong: number[];
  /** The position after this chunk. */
  end: Position;
};
export type Limits = { lines: number; bytes: number; lineBytes: number };

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

export const START: Position = { offset: 0, line: 1 };

/** The chunks of `source`, which begins at `start`. Blank lines are counted and left out. */
export async function* readChunks(
  source: AsyncIterable<Uint8Array>,
  start: Position,
  limits: Limits,
): AsyncGenerator<Chunk> {
  let chunk = emptyChunk(start);
  let chunkBytes = 0;
  const open = createOpenLine(start, limits.lineBytes);

  function* close(): Generator<Chunk> {
    const { bytes, line, end } = open.close();
    if (
      chunk.lines.length >= limits.lines ||
      (chunk.lines.length > 0 && chunkBytes + (bytes?.byteLength ?? 0) > limits.bytes)
    ) {
      yield chunk;
      chunk = emptyChunk(chunk.end);
      chunkBytes = 0;
    }
    if (bytes === null) chunk.tooLong.push(line);
    else if (bytes.some((byte) => byte > 0x20)) chunk.lines.push({ line, bytes });
    chunkBytes += bytes?.byteLength ?? 0;
    chunk.end = end;
  }

  for await (const part of source) {
    let from = 0;
    for (let to = part.indexOf(NEWLINE); to >= 0; to = part.indexOf(NEWLINE, from)) {
      open.add(part.subarray(from, to));
      open.endWithNewline();
      yield* close();
      from = to + 1;
    }
    open.add(part.subarray(from));
  }
  if (open.hasBytes()) yield* close();
  if (chunk.lines.length > 0 || chunk.tooLong.length > 0 || chunk.end.offset > start.offset) yield chunk;
}

const emptyChunk = (end: Position): Chunk => ({ lines: [], tooLong: [], end });

function createOpenLine(start: Position, maxBytes: number) {
  let { offset, line } = start;
  let parts: Uint8Array[] = [];
  let length = 0;
  return {
    add(part: Uint8Array): void {
      length += part.byteLength;
      offset += part.byteLength;
      if (length > maxBytes) parts = [];
      else if (part.byteLength > 0) parts.push(part);
    },
    endWithNewline: () => void offset++,
    hasBytes: () => length > 0,
    close(): { bytes: Uint8Array | null; line: number; end: Position } {
      const bytes = length > maxBytes ? null : withoutMark(Buffer.concat(parts), line);
      const closed = { bytes, line, end: { offset, line: line + 1 } };
      line++;
      parts = [];
      length = 0;
      return closed;
    },
  };
}

/** Some programs write a byte order mark before the first line. It is not valid JSON. */
function withoutMark(bytes: Uint8Array, line: number): Uint8Array {
  const hasMark = line === 1 && BYTE_ORDER_MARK.every((byte, position) => bytes[position] === byte);
  return hasMark ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}
