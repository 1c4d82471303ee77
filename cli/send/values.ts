import { BYTE_ORDER_MARK } from "./chunks.ts";
import { type Broken, type Chunk, inChunks, type Limits, type Piece, type Position } from "./piece.ts";

/** `array`: the elements of a JSON array, or of several one after another. `objects`: JSON objects one after another, over several lines each. */
export type Shape = "array" | "objects";

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

const [NEWLINE, RETURN, SPACE, QUOTE, COMMA, BACKSLASH] = [0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x5c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const DEEPEST = 10_000;

/**
 * `outside`: before an array or an object. `first`: behind `[`. `value`: in a value, or where one must be. `after`: behind an
 * element, where a file that was sent in part is read on.
 */
type State = "outside" | "first" | "value" | "after";

function createSplitter(start: Position, maxBytes: number, shape: Shape) {
  let { offset, line } = start;
  let element = (start.events ?? 0) + 1;
  let state: State = shape === "array" && offset > 0 ? "after" : "outside";
  const closers: number[] = [];
  let isText = false;
  let isEscaped = false;
  let value = emptyValue(line);
  let pieces: Piece[] = [];

  /** `at`: the first byte behind the value. */
  function close(at: number): Broken | null {
    if (value.isBlank) return { line, error: "an element is missing between two commas, or behind the last one" };
    const end = { offset: at, line, events: element };
    const bytes = value.length > maxBytes ? null : onOneLine(Buffer.concat(value.parts));
    pieces.push({ line: value.line, element, bytes, end });
    element++;
    value = emptyValue(line);
    return null;
  }

  /** The first byte that is no space, where no value is open. */
  function outside(byte: number): Broken | "begins" | null {
    if (byte <= SPACE) return null;
    if (offset < BYTE_ORDER_MARK.length && byte === BYTE_ORDER_MARK[offset]) return null;
    if (shape === "objects") {
      if (byte === OPEN_OBJECT) return "begins";
      if (byte === COMMA)
        return { line, error: "the objects are separated by commas; put [ before the first and ] behind the last" };
      return { line, error: "a JSON object must begin here" };
    }
    if (byte !== OPEN_ARRAY) return { line, error: "there is more behind the end of the array" };
    state = "first";
    return null;
  }

  function afterElement(byte: number): Broken | null {
    if (byte <= SPACE) return null;
    if (byte === COMMA) state = "value";
    else if (byte === CLOSE_ARRAY) state = "outside";
    else return { line, error: "a comma or ] must stand here" };
    value = emptyValue(line);
    return null;
  }

  /** In a value. Says whether the byte belongs to it. */
  function within(byte: number): Broken | "taken" | "delimiter" {
    if (isText) {
      if (byte === NEWLINE || byte === RETURN)
        return { line, error: "a text has a line break in it, which JSON writes as \\n" };
      if (isEscaped) isEscaped = false;
      else if (byte === BACKSLASH) isEscaped = true;
      else if (byte === QUOTE) isText = false;
      return "taken";
    }
    if (closers.length === 0 && shape === "array" && (byte === COMMA || byte === CLOSE_ARRAY)) return "delimiter";
    if (byte === QUOTE) isText = true;
    else if (byte === OPEN_OBJECT) closers.push(CLOSE_OBJECT);
    else if (byte === OPEN_ARRAY) closers.push(CLOSE_ARRAY);
    else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && closers.pop() !== byte)
      return { line, error: `${String.fromCharCode(byte)} closes what was not opened` };
    if (closers.length > DEEPEST) return { line, error: "it is nested too deeply" };
    return "taken";
  }

  /** Counts the byte to the value, which begins with the first that is no space. */
  function take(byte: number): void {
    if (!value.isBlank || byte <= SPACE) return;
    value.isBlank = false;
    value.line = line;
  }

  function read(part: Uint8Array): { pieces: Piece[]; broken: Broken | null } {
    pieces = [];
    const begin = offset;
    // From here on the bytes of the part belong to the open value.
    let from = state === "value" ? 0 : -1;
    const add = (to: number): void => {
      if (from >= 0) addTo(value, part.subarray(from, to), maxBytes);
      from = -1;
    };
    const stop = (broken: Broken) => ({ pieces, broken });
    for (let at = 0; at < part.byteLength; at++, offset++) {
      const byte = part[at] as number;
      if (state === "outside") {
        const result = outside(byte);
        if (result === "begins") {
          state = "value";
          value = emptyValue(line);
          from = at;
        } else if (result !== null) return stop(result);
      } else if (state === "after") {
        const broken = afterElement(byte);
        if (broken !== null) return stop(broken);
        if (state === ("value" as State)) from = at + 1;
        if (byte === NEWLINE) line++;
        continue;
      } else if (state === "first") {
        if (byte === CLOSE_ARRAY) state = "outside";
        else if (byte > SPACE) {
          state = "value";
          value = emptyValue(line);
          from = at;
        }
      }
      if (state === "value") {
        const result = within(byte);
        if (typeof result === "object") return stop(result);
        if (result === "taken") take(byte);
        const isOver = shape === "objects" && closers.length === 0 && !isText && !value.isBlank;
        if (result === "delimiter" || isOver) {
          add(isOver ? at + 1 : at);
          const broken = close(begin + (isOver ? at + 1 : at));
          if (broken !== null) return stop(broken);
          state = byte === COMMA ? "value" : "outside";
          if (state === "value") from = at + 1;
        }
      }
      if (byte === NEWLINE) line++;
    }
    add(part.byteLength);
    return { pieces, broken: null };
  }

  function end(): Broken | null {
    if (state === "outside") return null;
    const what = shape === "array" ? "the array has no end: ] is missing" : "the last object has no end: } is missing";
    return { line: state === "value" && !value.isBlank ? value.line : line, error: `${what}; the file may be cut off` };
  }

  return { read, end };
}

type Value = { line: number; parts: Uint8Array[]; length: number; isBlank: boolean };
const emptyValue = (line: number): Value => ({ line, parts: [], length: 0, isBlank: true });

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
