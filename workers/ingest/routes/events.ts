import { type Lane, lane as laneSchema } from "../../../shared/contracts/event.ts";
import { isSignedId } from "../../../shared/core/ids.ts";
import { notJson, parseJson, stringifyJson } from "../../../shared/core/json.ts";
import { err, ok, type Result } from "../../../shared/core/result.ts";
import { abortedLine, readJson } from "../../../shared/http/body.ts";
import { decodeUtf8 } from "../../../shared/http/decode.ts";
import { mediaTypeOf, unsupportedMediaType } from "../../../shared/http/media-type.ts";
import { type Cut, PACES } from "../../../shared/http/pace.ts";
import { problem } from "../../../shared/http/problem.ts";
import { acceptEntries, createTally, cutResponse, type Entry, receiptResponse, type Tally } from "../accept.ts";
import { createBulk } from "../bulk.ts";
import { cover, refusalOf } from "../cover.ts";
import type { Deps } from "../deps.ts";
import { readElement } from "../element.ts";
import { MOST_EVENTS, TOO_MANY_EVENTS, WHOLE_BODY } from "../limits.ts";
import { type Line, readLines } from "../lines.ts";

const NDJSON = new Set(["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"]);
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

  const body = await readJson(request, WHOLE_BODY, deps);
  if (!body.ok) return body.error;
  const { text, value } = body.value;
  const tally = createTally();
  if (Array.isArray(value)) {
    if (value.length > MOST_EVENTS) return problem(413, TOO_MANY_EVENTS);
    await acceptEntries(deps, await readArray(deps, value, lane, tally), tally);
    return receiptResponse(tally);
  }
  const read = await readKeyed(deps, value, text, lane);
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

async function readArray(deps: Deps, values: readonly unknown[], lane: Lane | null, tally: Tally): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const [index, value] of values.entries()) {
    const raw = stringifyJson(value);
    const read = raw === null ? null : await readKeyed(deps, value, raw, lane);
    if (read?.ok) entries.push({ line: index + 1, item: read.value });
    else tally.reject(index + 1, read?.error ?? "the element is nested too deeply to be kept");
  }
  return entries;
}

/**
 * Uses constant memory: one chunk, one line, and what bulk.ts gathers. The next chunk is read when there is room. All complete
 * lines that were read are stored, however the body ends.
 */
async function postLines(deps: Deps, request: Request, lane: Lane | null): Promise<Response> {
  const tally = createTally();
  if (request.body === null) return receiptResponse(tally);
  const bulk = createBulk(deps, tally);
  const pace = (deps.paces ?? PACES).streamed;
  for await (const lines of readLines(request.body, { pace, now: deps.now })) {
    for (const line of lines) {
      const end = bulk.isSpent() ? "spent" : endOf(line);
      if (end !== null) {
        await bulk.end();
        if (end === "aborted") deps.log({ ...abortedLine(request), accepted: tally.receipt.accepted });
        return cutAt(tally, line.line, end);
      }
      const entry = await readLine(deps, line, lane, tally);
      if (entry !== null) await bulk.add(entry, line.bytes.length);
      // The rest of a long line may take long to arrive: store the lines before it now.
      else if (line.bytes === "too long") await bulk.flush();
    }
  }
  await bulk.end();
  return receiptResponse(tally);
}

type End = "spent" | "endless" | Cut;

/** Null for a line after which reading goes on. */
function endOf({ bytes }: Line): End | null {
  return bytes === "endless" || bytes === "stalled" || bytes === "aborted" ? bytes : null;
}

/** Reading ended at `line`. All lines before it are answered, and stored. */
function cutAt(tally: Tally, line: number, end: End): Response {
  switch (end) {
    case "spent":
      return spentResponse(tally, line);
    case "endless":
      return endlessResponse(tally, line);
    case "stalled":
      return stalledResponse(tally, line);
    case "aborted":
      return cutResponse(
        tally,
        400,
        "The body broke off. Send the whole file again; what was stored before is recognised.",
      );
  }
}

/** The platform limits the calls of one request, and a file may need more. */
function spentResponse(tally: Tally, line: number): Response {
  const detail = `One request may not store more of this file. The counts are of the lines before line ${line}, which are answered. Send the file again from line ${line} on.`;
  return cutResponse(tally, 413, detail, line);
}

function stalledResponse(tally: Tally, line: number): Response {
  const detail = `The rest of the file did not come in time: nothing came for ten seconds, or less than 1,000 bytes a second. The counts are of the lines before line ${line}, which are answered. Send the file again from line ${line} on.`;
  return cutResponse(tally, 408, detail, line);
}

function endlessResponse(tally: Tally, line: number): Response {
  const detail = `Line ${line} is longer than 100 MB, so nothing after its beginning was read. The counts are of the lines before it. End each event with a newline, and send the file again from line ${line} on.`;
  return cutResponse(tally, 413, detail, line);
}

async function readLine(deps: Deps, { line, bytes }: Line, lane: Lane | null, tally: Tally): Promise<Entry | null> {
  const read =
    typeof bytes === "string"
      ? "the line is longer than 1 MB; send one event a line, each ended by a newline"
      : await readBytesOf(deps, bytes, lane);
  if (typeof read !== "string") return { line, item: read };
  tally.reject(line, read);
  return null;
}

/** The item, or an error text for the line. */
async function readBytesOf(deps: Deps, bytes: Uint8Array, lane: Lane | null): Promise<Entry["item"] | string> {
  const text = decodeUtf8(bytes);
  if (text === null) return "the line is not valid UTF-8: write the file in that encoding";
  const parsed = parseJson(text);
  if (!parsed.ok) return notJson(text, parsed.error);
  const read = await readKeyed(deps, parsed.value, text, lane);
  return read.ok ? read.value : read.error;
}

/** An id of a signed event that stands beside a keyed one is ours to give. In our own shape nothing is ever signed. */
async function readKeyed(
  { hash }: Deps,
  value: unknown,
  raw: string,
  lane: Lane | null,
): Promise<Result<Entry["item"], string>> {
  const read = readElement(value, raw, lane);
  if (!read.ok) return read;
  const { id } = read.value.event;
  if (isSignedId(id) && !id.startsWith("api:")) return err("id: must not end with :signed");
  const refusal = refusalOf(read.value.event);
  if (refusal !== null) return err(refusal);
  return ok(await cover(read.value, "keyed", hash));
}
