import { parseJson } from "../core/json.ts";
import { err, ok, type Result } from "../core/result.ts";
import { createGatherer, readChunks } from "./chunks.ts";
import { decodeUtf8 } from "./decode.ts";
import { mediaTypeOf, unsupportedMediaType } from "./media-type.ts";
import { problem } from "./problem.ts";

/** The largest body that an endpoint reads into memory, and the advice to the sender of a larger one. */
export type BodyLimit = { maxBytes: number; tooLarge: string };

/**
 * The whole body; null when it is larger than `maxBytes`. A body with a larger `content-length` is not read at all.
 * Without that header the bytes are counted as they arrive, and at most `maxBytes` are in memory.
 */
export async function readWhole(request: Request, maxBytes: number): Promise<Uint8Array | null> {
  const declared = Number(request.headers.get("content-length") ?? "NaN");
  if (declared > maxBytes) return null;
  if (request.body === null) return new Uint8Array();
  if (declared <= maxBytes) {
    const whole = new Uint8Array(await request.arrayBuffer());
    return whole.byteLength > maxBytes ? null : whole;
  }
  const whole = createGatherer(maxBytes);
  for await (const chunk of readChunks(request.body)) if (!whole.add(chunk)) return null;
  return whole.bytes();
}

/** The whole body, or the 413. */
export async function readBytes(
  request: Request,
  { maxBytes, tooLarge }: BodyLimit,
): Promise<Result<Uint8Array, Response>> {
  const whole = await readWhole(request, maxBytes);
  return whole === null ? err(problem(413, tooLarge)) : ok(whole);
}

export type JsonBody = { text: string; value: unknown };

/** Reads and parses a JSON body. Its errors are 413, 415 and 400 responses. */
export async function readJson(request: Request, limit: BodyLimit): Promise<Result<JsonBody, Response>> {
  if (mediaTypeOf(request) !== "application/json") return err(unsupportedMediaType("application/json"));
  const bytes = await readBytes(request, limit);
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
