import { decodeUtf8 } from "../core/decode.ts";
import { parseJson } from "../core/json.ts";
import { err, ok, type Result } from "../core/result.ts";
import { createGatherer } from "./chunks.ts";
import { mediaTypeOf, unsupportedMediaType } from "./media-type.ts";
import { type Cut, isCut, PACES, type Pace, type Reading, readPaced, within } from "./pace.ts";
import { problem } from "./problem.ts";

/** The largest body that an endpoint reads into memory, and the advice to the sender of a larger one. */
export type BodyLimit = { maxBytes: number; tooLarge: string };

/** A body that is declared with no more than this is read in one call, which is faster. The call takes its memory at once. */
const SHORT_BYTES = 65_536;

/**
 * The whole body, or why there is none. A body with a larger `content-length` is not read at all. Of a long one no more is in
 * memory than has come: what is only declared costs nothing. A short one has `idleMs` in all.
 */
export async function readWhole(
  request: Request,
  maxBytes: number,
  pace: Pace,
  now: () => number,
): Promise<Result<Uint8Array, "too large" | Cut>> {
  const declared = Number(request.headers.get("content-length") ?? "NaN");
  if (declared > maxBytes) return err("too large");
  if (request.body === null) return ok(new Uint8Array());
  if (declared <= SHORT_BYTES) {
    const whole = await within(pace.idleMs, request.arrayBuffer());
    if (typeof whole === "string") return err(whole);
    return whole.byteLength > maxBytes ? err("too large") : ok(new Uint8Array(whole));
  }
  const whole = createGatherer(maxBytes);
  for await (const chunk of readPaced(request.body, pace, now)) {
    if (isCut(chunk)) return err(chunk);
    if (!whole.add(chunk)) return err("too large");
  }
  return ok(whole.bytes());
}

/** The whole body, or the 413, the 408, or the 400 that nobody reads. */
export async function readBytes(
  request: Request,
  { maxBytes, tooLarge }: BodyLimit,
  { paces = PACES, now, log }: Reading,
): Promise<Result<Uint8Array, Response>> {
  const whole = await readWhole(request, maxBytes, paces.whole, now);
  if (whole.ok) return whole;
  switch (whole.error) {
    case "too large":
      return err(problem(413, tooLarge));
    case "stalled":
      return err(problem(408, "The rest of the body did not come in time. Nothing was stored. Send it again."));
    case "aborted":
      log(abortedLine(request));
      return err(problem(400, "The body broke off. Nothing was stored. Send it again."));
  }
}

/** The one line about a sender that went away. */
export const abortedLine = (request: Request): Record<string, unknown> => ({
  what: "door.aborted",
  path: new URL(request.url).pathname.slice(0, 100),
});

export type JsonBody = { text: string; value: unknown };

/** Reads and parses a JSON body. Its errors are 408, 413, 415 and 400 responses. */
export async function readJson(
  request: Request,
  limit: BodyLimit,
  reading: Reading,
): Promise<Result<JsonBody, Response>> {
  if (mediaTypeOf(request) !== "application/json") return err(unsupportedMediaType("application/json"));
  const bytes = await readBytes(request, limit, reading);
  return bytes.ok ? jsonOf(bytes.value) : bytes;
}

/** Bytes as JSON, or the 400. */
export function jsonOf(bytes: Uint8Array): Result<JsonBody, Response> {
  const text = decodeUtf8(bytes);
  if (text === null) return err(problem(400, "The body is not valid UTF-8. Send it as UTF-8."));
  const parsed = parseJson(text);
  return parsed.ok ? ok({ text, value: parsed.value }) : err(notJson(parsed.error));
}

export function notJson(error: string): Response {
  return problem(400, `The body is not valid JSON. Send JSON in UTF-8. The parser says: ${error.slice(0, 200)}`);
}
