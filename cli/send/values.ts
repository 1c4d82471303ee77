import { type Broken, type Chunk, inChunks, type Limits, type Piece, type Position } from "./piece.ts";
import { createScanner, type Shape } from "./scan.ts";

/**
 * Reads JSON that is not a line an event, in chunks of one request each, however large the file is. It finds where a value
 * ends and leaves to the door whether it is valid. `source` begins at `start`.
 */
export const readValues = (
  source: AsyncIterable<Uint8Array>,
  start: Position,
  limits: Limits,
  shape: Shape,
): AsyncGenerator<Chunk> => inChunks(valuesOf(source, start, limits.lineBytes, shape), start, limits);

async function* valuesOf(
  source: AsyncIterable<Uint8Array>,
  start: Position,
  maxBytes: number,
  shape: Shape,
): AsyncGenerator<(Piece | Broken)[]> {
  const splitter = createSplitter(start, maxBytes, shape);
  for await (const part of source) {
    const { pieces, broken } = splitter.read(part);
    yield broken === null ? pieces : [...pieces, broken];
    if (broken !== null) return;
  }
  const broken = splitter.end();
  if (broken !== null) yield [broken];
}

const [NEWLINE, RETURN, SPACE] = [0x0a, 0x0d, 0x20];

function createSplitter(start: Position, maxBytes: number, shape: Shape) {
  const scanner = createScanner(shape, start.offset > 0);
  let { offset, line } = start;
  let element = (start.events ?? 0) + 1;
  let value = emptyValue(line);

  /** `at`: the first byte behind the value. */
  function close(at: number): Piece | Broken {
    if (value.isBlank) return { line, error: "an element is missing between two commas, or behind the last one" };
    const end = { offset: at, line, events: element };
    const bytes = value.length > maxBytes ? null : onOneLine(Buffer.concat(value.parts));
    const piece = { line: value.line, element, bytes, end };
    element++;
    value = emptyValue(line);
    return piece;
  }

  function read(part: Uint8Array): { pieces: Piece[]; broken: Broken | null } {
    const pieces: Piece[] = [];
    const begin = offset;
    /** From here on the bytes belong to the open value; -1 where none is open. */
    let from = -1;
    for (let at = 0; at < part.byteLength; at++, offset++) {
      const byte = part[at] as number;
      const step = scanner.next(byte, offset);
      if (typeof step === "object") return { pieces, broken: { line, error: step.error } };
      if (step === "value" || step === "last") {
        if (from < 0) from = at;
        beginAt(value, byte, line);
      }
      if (step === "delimiter" || step === "last") {
        const behind = step === "last" ? at + 1 : at;
        if (from >= 0) addTo(value, part.subarray(from, behind), maxBytes);
        from = -1;
        const closed = close(begin + behind);
        if ("error" in closed) return { pieces, broken: closed };
        pieces.push(closed);
      }
      if (byte === NEWLINE) line++;
    }
    if (from >= 0) addTo(value, part.subarray(from), maxBytes);
    return { pieces, broken: null };
  }

  function end(): Broken | null {
    if (scanner.isOutside()) return null;
    const what = shape === "array" ? "the array has no end: ] is missing" : "the last object has no end: } is missing";
    return { line: value.isBlank ? line : value.line, error: `${what}; the file may be cut off` };
  }

  return { read, end };
}

/** `isBlank`: nothing but spaces so far; `line` is where the first other byte stands. */
type Value = { line: number; parts: Uint8Array[]; length: number; isBlank: boolean };
const emptyValue = (line: number): Value => ({ line, parts: [], length: 0, isBlank: true });

function beginAt(value: Value, byte: number, line: number): void {
  if (!value.isBlank || byte <= SPACE) return;
  value.isBlank = false;
  value.line = line;
}

function addTo(value: Value, part: Uint8Array, maxBytes: number): void {
  value.length += part.byteLength;
  if (value.length > maxBytes) value.parts = [];
  else if (part.byteLength > 0) value.parts.push(part);
}

/** A line break outside a text is a space in JSON, and there is none inside. */
function onOneLine(bytes: Buffer): Uint8Array {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === NEWLINE || bytes[at] === RETURN) bytes[at] = SPACE;
  return bytes;
}
