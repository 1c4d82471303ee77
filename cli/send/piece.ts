/** A place in a file: bytes from its beginning, the line from 1, and how many events stand before it. */
export type Position = { offset: number; line: number; events?: number };
/** One event as one line of JSON, without its newline; null where it is longer than an event may be. */
export type Piece = { line: number; element?: number; bytes: Uint8Array | null; end: Position };
/** Where a file cannot be read on, and why. */
export type Broken = { line: number; error: string };

export type Chunk = {
  lines: { line: number; element?: number; bytes: Uint8Array }[];
  /** The numbers of lines that are longer than an event may be. Their bytes are dropped. */
  tooLong: number[];
  /** The position after this chunk. */
  end: Position;
  /** Only of the last chunk. */
  broken?: Broken;
};
export type Limits = { lines: number; bytes: number; lineBytes: number };
/** What is said of a line that is longer. */
export const TOO_LONG = "the line is longer than 1 MB";
export const START: Position = { offset: 0, line: 1 };

/** Gathers pieces to chunks of one request each, with one chunk in memory. Blank pieces are left out. */
export async function* inChunks(
  source: AsyncIterable<readonly (Piece | Broken)[]>,
  start: Position,
  limits: Limits,
): AsyncGenerator<Chunk> {
  let chunk = emptyChunk(start);
  let chunkBytes = 0;
  for await (const pieces of source) {
    for (const piece of pieces) {
      if ("error" in piece) {
        yield { ...chunk, broken: piece };
        return;
      }
      const { line, element, bytes, end } = piece;
      const isFull =
        chunk.lines.length >= limits.lines ||
        (chunk.lines.length > 0 && chunkBytes + (bytes?.byteLength ?? 0) > limits.bytes);
      if (isFull) {
        yield chunk;
        chunk = emptyChunk(chunk.end);
        chunkBytes = 0;
      }
      if (bytes === null) chunk.tooLong.push(line);
      else if (bytes.some((byte) => byte > 0x20))
        chunk.lines.push(element === undefined ? { line, bytes } : { line, element, bytes });
      chunkBytes += bytes?.byteLength ?? 0;
      chunk.end = end;
    }
  }
  if (chunk.lines.length > 0 || chunk.tooLong.length > 0 || chunk.end.offset > start.offset) yield chunk;
}

const emptyChunk = (end: Position): Chunk => ({ lines: [], tooLong: [], end });
