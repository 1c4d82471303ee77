import { type Lane, lane as laneSchema } from "../../../shared/contracts/event.ts";
import { parseJson, stringifyJson } from "../../../shared/core/json.ts";
import { readJson } from "../../../shared/http/body.ts";
import { decodeUtf8 } from "../../../shared/http/decode.ts";
import { mediaTypeOf, unsupportedMediaType } from "../../../shared/http/media-type.ts";
import { problem } from "../../../shared/http/problem.ts";
import { acceptEntries, createTally, cutResponse, type Entry, receiptResponse, type Tally } from "../accept.ts";
import type { Deps } from "../deps.ts";
import { readElement } from "../element.ts";
import { WHOLE_BODY } from "../limits.ts";
import { type Line, readLines } from "../lines.ts";

const NDJSON = new Set(["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"]);
/** The limits of one call to the ledger: this many lines or about this many bytes, whichever comes first. */
const BATCH_LINES = 500;
const BATCH_BYTES = 4_194_304;

/**
 * `POST /v1/events`: one event, an array, or NDJSON of any length. An array and NDJSON answer 202 and name each bad
 * element or line, counted from 1; a single bad event is a 400. With `?lane=batch` a backfill does not delay live events.
 */
export async function postEvents(deps: Deps, request: Request): Promise<Response> {
  const lane = laneOf(request);
  if (lane === undefined) return problem(400, "Send lane=live, lane=batch, or none.");
  const type = mediaTypeOf(request);
  if (type !== null && NDJSON.has(type)) return postLines(deps, request, lane);
  if (type !== "application/json") return unsupportedMediaType("application/json or application/x-ndjson");

  const body = await readJson(request, WHOLE_BODY);
  if (!body.ok) return body.error;
  const { text, value } = body.value;
  const tally = createTally();
  if (Array.isArray(value)) {
    await acceptEntries(deps, readArray(value, lane, tally), tally);
    return receiptResponse(tally);
  }
  const read = readElement(value, text, lane);
  if (!read.ok) return problem(400, `Correct the event and send it again. ${read.error}`);
  await acceptEntries(deps, [{ line: 1, item: read.value }], tally);
  return receiptResponse(tally);
}

/** Null: the request names no lane, so each event's own counts. Undefined: there is no such lane. */
function laneOf(request: Request): Lane | null | undefined {
  const query = request.url.indexOf("?");
  const asked = query < 0 ? null : new URLSearchParams(request.url.slice(query)).get("lane");
  return asked === null ? null : laneSchema.options.find((option) => option === asked);
}

function readArray(values: readonly unknown[], lane: Lane | null, tally: Tally): Entry[] {
  const entries: Entry[] = [];
  for (const [index, value] of values.entries()) {
    const raw = stringifyJson(value);
    const read = raw === null ? null : readElement(value, raw, lane);
    if (read?.ok) entries.push({ line: index + 1, item: read.value });
    else tally.reject(index + 1, read?.error ?? "the element is nested too deeply to be kept");
  }
  return entries;
}

/**
 * Uses constant memory: one chunk, one line and one batch. The next chunk is read when the batch is stored. All complete
 * lines are stored, however the body ends.
 */
async function postLines(deps: Deps, request: Request, lane: Lane | null): Promise<Response> {
  const tally = createTally();
  if (request.body === null) return receiptResponse(tally);
  const batch = createBatch(deps, tally);
  try {
    for await (const lines of readLines(request.body)) {
      for (const line of lines) {
        if (line.bytes === "endless") return endlessResponse(tally, line.line);
        const entry = readLine(line, lane, tally);
        if (entry !== null) await batch.add(entry, line.bytes.length);
        // The rest of a long line may take long to arrive: store the lines before it now.
        else if (line.bytes === "too long") await batch.flush();
      }
    }
  } catch (error) {
    await batch.flush();
    deps.log({ what: "ingest.body_broke_off", accepted: tally.receipt.accepted, error: String(error) });
    return cutResponse(
      tally,
      400,
      "The body broke off. Send the whole file again; what was stored before is recognised.",
    );
  }
  await batch.flush();
  return receiptResponse(tally);
}

function createBatch(deps: Deps, tally: Tally) {
  let entries: Entry[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const full = entries;
    entries = [];
    bytes = 0;
    await acceptEntries(deps, full, tally);
  };
  return {
    flush,
    add: async (entry: Entry, lineBytes: number): Promise<void> => {
      entries.push(entry);
      bytes += lineBytes;
      if (entries.length >= BATCH_LINES || bytes >= BATCH_BYTES) await flush();
    },
  };
}

function endlessResponse(tally: Tally, line: number): Response {
  const detail = `Line ${line} is longer than 100 MB, so nothing after its beginning was read. The counts are of the lines before it. End each event with a newline, and send the file again from line ${line} on.`;
  return cutResponse(tally, 413, detail);
}

function readLine({ line, bytes }: Line, lane: Lane | null, tally: Tally): Entry | null {
  const read =
    typeof bytes === "string"
      ? "the line is longer than 1 MB; send one event a line, each ended by a newline"
      : readBytesOf(bytes, lane);
  if (typeof read !== "string") return { line, item: read };
  tally.reject(line, read);
  return null;
}

/** The item, or an error text for the line. */
function readBytesOf(bytes: Uint8Array, lane: Lane | null): Entry["item"] | string {
  const text = decodeUtf8(bytes);
  if (text === null) return "the line is not valid UTF-8";
  const parsed = parseJson(text);
  if (!parsed.ok) return `the line is not valid JSON: ${parsed.error.slice(0, 200)}`;
  const read = readElement(parsed.value, text, lane);
  return read.ok ? read.value : read.error;
}
