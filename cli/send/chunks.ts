import { type Chunk, inChunks, type Limits, type Piece, type Position } from "./piece.ts";

const NEWLINE = 0x0a;
export const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Reads a file of lines in chunks of one request each. `source` begins at `start`. */
export const readChunks = (source: AsyncIterable<Uint8Array>, start: Position, limits: Limits): AsyncGenerator<Chunk> =>
  inChunks(linesOf(source, start, limits.lineBytes), start, limits);

async function* linesOf(source: AsyncIterable<Uint8Array>, start: Position, maxBytes: number): AsyncGenerator<Piece[]> {
  const open = createOpenLine(start, maxBytes);
  for await (const part of source) {
    const pieces: Piece[] = [];
    let from = 0;
    for (let to = part.indexOf(NEWLINE); to >= 0; to = part.indexOf(NEWLINE, from)) {
      open.add(part.subarray(from, to));
      open.endWithNewline();
      pieces.push(open.close());
      from = to + 1;
    }
    open.add(part.subarray(from));
    yield pieces;
  }
  if (open.hasBytes()) yield [open.close()];
}

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
    close(): Piece {
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
