/** `isJson`: the text is exactly what `JSON.stringify` would write. `isCut`: its end is missing. */
export type Text = { text: string; isJson: boolean; isCut: boolean };

/** Deeper than this, `JSON.stringify` or a structured clone may run out of stack. */
const DEPTH_MAX = 500;

/**
 * An untrusted value as text: JSON, with a quoted description of what JSON cannot express (bytes, a Map, a cycle). The
 * sender controls its depth and size, so it is written without recursion and stops at `maxLength` characters.
 */
export function textOf(value: unknown, maxLength: number): Text {
  const parts: string[] = [];
  const open: Frame[] = [];
  const path = new Set<object>();
  let length = 0;
  let isJson = true;

  function emit(part: string): void {
    parts.push(part);
    length += part.length;
  }
  function write(item: unknown): void {
    if (!isContainer(item)) {
      const scalar = textOfScalar(item);
      isJson &&= scalar.isJson;
      emit(scalar.text);
    } else if (path.has(item)) {
      isJson = false;
      emit('"(itself again)"');
    } else {
      const frame = frameOf(item);
      isJson &&= isPlain(item) && open.length < DEPTH_MAX;
      emit(frame.brackets.charAt(0));
      open.push(frame);
      path.add(item);
    }
  }

  write(value);
  for (let frame = open.at(-1); frame !== undefined && length <= maxLength; frame = open.at(-1)) {
    const next = frame.rest.next();
    if (next.done) {
      open.pop();
      path.delete(frame.container);
      emit(frame.brackets.charAt(1));
      continue;
    }
    const { key, item } = next.value;
    emit(`${frame.isBegun ? "," : ""}${key === null ? "" : `${JSON.stringify(key)}:`}`);
    frame.isBegun = true;
    write(item);
  }
  const text = parts.join("");
  const isCut = text.length > maxLength;
  return { text: isCut ? text.slice(0, maxLength) : text, isJson: isJson && !isCut, isCut };
}

type Frame = { container: object; brackets: "[]" | "{}"; rest: Iterator<Entry>; isBegun: boolean };
type Entry = { key: string | null; item: unknown };

function frameOf(container: object): Frame {
  const isList = Array.isArray(container) || container instanceof Map || container instanceof Set;
  return { container, brackets: isList ? "[]" : "{}", rest: entriesOf(container), isBegun: false };
}

function* entriesOf(container: object): Generator<Entry, void> {
  if (Array.isArray(container) || container instanceof Map || container instanceof Set) {
    for (const item of container) yield { key: null, item };
  } else {
    for (const [key, item] of Object.entries(container)) yield { key, item };
  }
}

const isBytes = (item: object): item is ArrayBuffer | ArrayBufferView =>
  item instanceof ArrayBuffer || ArrayBuffer.isView(item);

/** Whether a value is written entry by entry. Dates, errors, regular expressions and bytes are written as one string. */
function isContainer(item: unknown): item is object {
  if (typeof item !== "object" || item === null || isBytes(item)) return false;
  return !(item instanceof Date || item instanceof Error || item instanceof RegExp);
}

function isPlain(item: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(item);
  return Array.isArray(item) || prototype === Object.prototype || prototype === null;
}

function textOfScalar(item: unknown): { text: string; isJson: boolean } {
  switch (typeof item) {
    case "string":
    case "boolean":
      return { text: JSON.stringify(item), isJson: true };
    case "number":
      return Number.isFinite(item) ? { text: JSON.stringify(item), isJson: true } : inWords(String(item));
    case "bigint":
      return inWords(`${item}n`);
    case "object":
      if (item === null) return { text: "null", isJson: true };
      return inWords(isBytes(item) ? `base64:${toBase64(item)}` : String(item));
    default:
      return inWords(String(item));
  }
}

const inWords = (words: string) => ({ text: JSON.stringify(words), isJson: false });

function toBase64(bytes: ArrayBuffer | ArrayBufferView): string {
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  let binary = "";
  for (const byte of view) binary += String.fromCharCode(byte);
  return btoa(binary);
}
