import { parseJson } from "../../shared/core/json.ts";
import { adviceForTable, tableOf } from "./csv.ts";

/** What a file holds, by its beginning. `refused`: nothing of it can be sent; `advice` says what to do, in lines. */
export type Kind =
  | { kind: "lines" | "array" | "objects" }
  | { kind: "empty" }
  | { kind: "refused"; what: string; advice: string[] };

/** How much of a file is looked at: as much as one event may have. */
export const HEAD_BYTES = 1_048_576;
const LINES_LOOKED_AT = 50;

const decoder = new TextDecoder();

/** What `head` is the beginning of; null where more of it must be read. `name` is for the advice: how a shell names the file. */
export function kindOf(head: Uint8Array, isWhole: boolean, name: string): Kind | null {
  const isEnough = isWhole || head.byteLength >= HEAD_BYTES;
  if (head.byteLength < 8 && !isEnough) return null;
  const packed = PACKED.find(({ bytes }) => bytes.every((byte, at) => head[at] === byte));
  if (packed !== undefined) return { kind: "refused", what: packed.what, advice: packed.advice(name) };
  if (isBinary(head)) return { kind: "refused", what: "binary", advice: ["Send JSON: one event a line, or an array."] };
  const text = decoder.decode(head.subarray(0, HEAD_BYTES), { stream: !isWhole });
  const trimmed = text.trimStart();
  if (trimmed === "") return isEnough ? (isWhole ? { kind: "empty" } : { kind: "lines" }) : null;
  if (trimmed.startsWith("[")) return { kind: "array" };
  if (trimmed.startsWith("{")) return kindOfObject(trimmed, isWhole, isEnough, name);
  if (trimmed.startsWith("<")) return ofMarkup(trimmed);
  const lines = trimmed.split("\n");
  // A line that is broken costs only itself.
  if (lines.slice(0, LINES_LOOKED_AT).some((line) => /^\s*[{[]/.test(line))) return { kind: "lines" };
  if (!isEnough && lines.length <= LINES_LOOKED_AT) return null;
  const table = tableOf(isWhole ? lines : lines.slice(0, -1));
  if (table !== null) return { kind: "refused", what: table.what, advice: adviceForTable(table) };
  const isValue = isWhole && parseJson(trimmed).ok;
  return {
    kind: "refused",
    what: isValue ? "one value of JSON, and no event" : "text without JSON",
    advice: ["Send JSON: one event a line, or an array of events."],
  };
}

type Packed = { bytes: readonly number[]; what: string; advice: (name: string) => string[] };
const ascii = (text: string): number[] => [...text].map((sign) => sign.charCodeAt(0));
const piped =
  (command: string) =>
  (name: string): string[] => [`Unpack it first: ${command} ${name} | npx countersign send -`];
const recoded =
  (encoding: string) =>
  (name: string): string[] => [`Write it as UTF-8: iconv -f ${encoding} -t UTF-8 ${name} | npx countersign send -`];

/** By their first bytes. UTF-32 begins as UTF-16 does, so it stands before it. */
const PACKED: readonly Packed[] = [
  { bytes: [0x1f, 0x8b], what: "compressed by gzip", advice: piped("gunzip -c") },
  { bytes: ascii("PK\x03\x04"), what: "a ZIP file, or a spreadsheet, which is one", advice: adviceForZip },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: "compressed by zstd", advice: piped("zstd -dc") },
  { bytes: ascii("BZh"), what: "compressed by bzip2", advice: piped("bunzip2 -c") },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], what: "compressed by xz", advice: piped("xz -dc") },
  { bytes: ascii("%PDF"), what: "a PDF", advice: () => ["Nothing can be read from it. Export the events as JSON."] },
  { bytes: ascii("PAR1"), what: "a Parquet file", advice: () => ["Export it as NDJSON, one event a line."] },
  { bytes: ascii("SQLite format 3"), what: "an SQLite database", advice: () => ["Export the events as JSON."] },
  { bytes: [0xff, 0xfe, 0x00, 0x00], what: "text in UTF-32", advice: recoded("UTF-32") },
  { bytes: [0x00, 0x00, 0xfe, 0xff], what: "text in UTF-32", advice: recoded("UTF-32") },
  { bytes: [0xff, 0xfe], what: "text in UTF-16", advice: recoded("UTF-16") },
  { bytes: [0xfe, 0xff], what: "text in UTF-16", advice: recoded("UTF-16") },
  { bytes: [0x7b, 0x00], what: "text in UTF-16", advice: recoded("UTF-16LE") },
  { bytes: [0x5b, 0x00], what: "text in UTF-16", advice: recoded("UTF-16LE") },
  { bytes: [0x00, 0x7b], what: "text in UTF-16", advice: recoded("UTF-16BE") },
  { bytes: [0x00, 0x5b], what: "text in UTF-16", advice: recoded("UTF-16BE") },
];

function adviceForZip(name: string): string[] {
  return [
    `Of a ZIP file with one file of JSON: unzip -p ${name} | npx countersign send -`,
    "A spreadsheet: export the events as JSON where they come from; its cells do not say what is money.",
  ];
}

/** Control characters that no text has. */
const isBinary = (head: Uint8Array): boolean =>
  head.subarray(0, 4_096).some((byte) => byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b));

function ofMarkup(text: string): Kind {
  const isPage = /^<(?:!doctype html|html)/i.test(text);
  return {
    kind: "refused",
    what: isPage ? "a web page (HTML)" : "XML",
    advice: isPage
      ? ["A download that needs a login may save its page instead. Download the events again, as JSON."]
      : ["Send JSON: one event a line, or an array. Export it as JSON where it comes from."],
  };
}

/** Whether the first object ends on its line. What is broken on its line is one bad line. */
function kindOfObject(text: string, isWhole: boolean, isEnough: boolean, name: string): Kind | null {
  const newline = text.indexOf("\n");
  if (newline < 0 && !isEnough) return null;
  const line = newline < 0 ? text : text.slice(0, newline);
  if (parseJson(line).ok) return ofWrapper(line, name) ?? { kind: "lines" };
  const holder = ofWrapper(text.slice(0, 4_096), name);
  const end = endOfObject(text);
  if (end === null) {
    if (!isEnough) return null;
    if (holder !== null) return holder;
    return /^\{\s*$/.test(line) ? brokenPretty(isWhole, name) : { kind: "lines" };
  }
  const first = text.slice(0, end);
  if (!first.includes("\n")) return { kind: "lines" };
  if (holder !== null) return holder;
  if (parseJson(first).ok) return { kind: "objects" };
  return /^\{\s*$/.test(line) ? brokenPretty(isWhole, name) : { kind: "lines" };
}

/** Before its array such an object may have a few plain fields, such as a count, but none that makes it an event. */
const WRAPPER =
  /^\{\s*(?:"(?!type"|occurredAt")\w{1,40}"\s*:\s*(?:"[^"\\]{0,200}"|[\w.+-]{1,40})\s*,\s*){0,10}"(data|events|items|records|results)"\s*:\s*\[/;

/** A list of an API, or another object whose array holds the events. */
function ofWrapper(text: string, name: string): Kind | null {
  const isList = /^\{\s*"object"\s*:\s*"list"/.test(text);
  const field = isList ? "data" : WRAPPER.exec(text)?.[1];
  if (field === undefined) return null;
  return {
    kind: "refused",
    what: `one object that holds the events in its field ${field}`,
    advice: [`Send what is in it: jq -c '.${field}[]' ${name} | npx countersign send -`],
  };
}

function brokenPretty(isWhole: boolean, name: string): Kind {
  return {
    kind: "refused",
    what: isWhole ? "JSON over several lines, and broken" : "one JSON object over several lines, larger than 1 MB",
    advice: [
      `An event has at most 1 MB on one line. This says where it is broken, or writes such lines: jq -c . ${name}`,
    ],
  };
}

/** Behind the } of the object that the text begins with; null where it does not end. */
function endOfObject(text: string): number | null {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (isText) {
      if (sign === "\\") at++;
      else if (sign === '"') isText = false;
    } else if (sign === '"') isText = true;
    else if (sign === "{" || sign === "[") depth++;
    else if ((sign === "}" || sign === "]") && --depth === 0) return at + 1;
  }
  return null;
}
