import { BYTE_ORDER_MARK } from "./chunks.ts";

/** `array`: the elements of a JSON array, or of several one after another. `objects`: JSON objects one after another, over several lines each. */
export type Shape = "array" | "objects";

/**
 * What a byte is: of no value, of one, its last, or the delimiter behind one; or why the file cannot be read on. Whether a
 * value is valid JSON is not looked at.
 */
export type Step = "none" | "value" | "last" | "delimiter" | { error: string };

/**
 * `outside`: before an array or an object. `first`: behind `[`. `value`: in a value, or where one must be. `after`: behind an
 * element, where a file that was sent in part is read on.
 */
type State = "outside" | "first" | "value" | "after";

const [NEWLINE, RETURN, SPACE, QUOTE, COMMA, BACKSLASH] = [0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x5c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const DEEPEST = 10_000;

/** Reads JSON byte by byte, each with its offset in the file. `isContinued`: the first byte stands behind an element. */
export function createScanner(shape: Shape, isContinued: boolean) {
  let state: State = shape === "array" && isContinued ? "after" : "outside";
  const closers: number[] = [];
  let isText = false;
  let isEscaped = false;

  function next(byte: number, offset: number): Step {
    if (state === "value") return isText ? inText(byte) : inValue(byte);
    if (byte <= SPACE || (state === "outside" && isMark(byte, offset))) return "none";
    if (state === "first") return first(byte);
    if (state === "after") return after(byte);
    return shape === "array" ? beforeArray(byte) : beforeObject(byte);
  }

  function beforeArray(byte: number): Step {
    if (byte !== OPEN_ARRAY) return { error: "there is more behind the end of the array" };
    state = "first";
    return "none";
  }

  function beforeObject(byte: number): Step {
    if (byte === COMMA)
      return { error: "the objects are separated by commas; put [ before the first and ] behind the last" };
    if (byte !== OPEN_OBJECT) return { error: "a JSON object must begin here" };
    state = "value";
    return inValue(byte);
  }

  function first(byte: number): Step {
    state = byte === CLOSE_ARRAY ? "outside" : "value";
    return state === "value" ? inValue(byte) : "none";
  }

  function after(byte: number): Step {
    if (byte !== COMMA && byte !== CLOSE_ARRAY) return { error: "a comma or ] must stand here" };
    state = byte === COMMA ? "value" : "outside";
    return "none";
  }

  function inText(byte: number): Step {
    if (byte === NEWLINE || byte === RETURN)
      return { error: "a text has a line break in it, which JSON writes as \\n" };
    if (isEscaped) isEscaped = false;
    else if (byte === BACKSLASH) isEscaped = true;
    else if (byte === QUOTE) isText = false;
    return "value";
  }

  function inValue(byte: number): Step {
    if (closers.length === 0 && shape === "array" && (byte === COMMA || byte === CLOSE_ARRAY)) {
      state = byte === COMMA ? "value" : "outside";
      return "delimiter";
    }
    if (byte === QUOTE) isText = true;
    else if (byte === OPEN_OBJECT) closers.push(CLOSE_OBJECT);
    else if (byte === OPEN_ARRAY) closers.push(CLOSE_ARRAY);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) return closed(byte);
    return closers.length > DEEPEST ? { error: "it is nested too deeply" } : "value";
  }

  function closed(byte: number): Step {
    if (closers.pop() !== byte) return { error: `${String.fromCharCode(byte)} closes what was not opened` };
    if (shape === "array" || closers.length > 0) return "value";
    state = "outside";
    return "last";
  }

  return { next, isOutside: () => state === "outside" };
}

const isMark = (byte: number, offset: number): boolean =>
  offset < BYTE_ORDER_MARK.length && byte === BYTE_ORDER_MARK[offset];
