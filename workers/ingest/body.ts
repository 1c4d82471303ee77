import { parseJson } from "../../shared/core/json.ts";
import { err, ok, type Result } from "../../shared/core/result.ts";
import { readWhole } from "../../shared/http/body.ts";
import { problem } from "./problem.ts";

/** The most that one event, and one body that is read whole, may weigh. NDJSON is bounded by the line instead. */
export const MAX_BYTES = 1_048_576;

/** The whole body, or the 413. */
export async function readBytes(request: Request): Promise<Result<Uint8Array, Response>> {
  const whole = await readWhole(request, MAX_BYTES);
  return whole === null ? err(tooLarge()) : ok(whole);
}

const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
const lenient = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** Null when the bytes are not UTF-8: nothing is replaced silently. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return fatal.decode(bytes);
  } catch {
    return null;
  }
}

/** For a body whose signature is checked next: replaced bytes do not match their signature. */
export function decodeForSignature(bytes: Uint8Array): string {
  return lenient.decode(bytes);
}

export type JsonBody = { text: string; value: unknown };

/** Reads and parses a JSON body that is read whole, or says why not: 413, 415 or 400. */
export async function readJson(request: Request): Promise<Result<JsonBody, Response>> {
  if (mediaTypeOf(request) !== "application/json") return err(unsupported("application/json"));
  const bytes = await readBytes(request);
  if (!bytes.ok) return bytes;
  const text = decodeUtf8(bytes.value);
  if (text === null) return err(problem(400, "The body is not valid UTF-8. Send it as UTF-8."));
  const parsed = parseJson(text);
  return parsed.ok ? ok({ text, value: parsed.value }) : err(notJson(parsed.error));
}

/** Null when the value is nested deeper than the runtime's stack allows. */
export function textOfJson(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}

export function notJson(error: string): Response {
  return problem(400, `The body is not valid JSON: ${error.slice(0, 200)}`);
}

/** Null for an encoding that would have to be undone first. */
export function mediaTypeOf(request: Request): string | null {
  const encoding = request.headers.get("content-encoding") ?? "identity";
  const [type = "", ...parameters] = (request.headers.get("content-type") ?? "").toLowerCase().split(";");
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith("charset="));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  return encoding === "identity" && isUtf8 ? type.trim() : null;
}

export function unsupported(wanted: string): Response {
  return problem(415, `Send Content-Type: ${wanted}, in UTF-8, without Content-Encoding.`);
}

function tooLarge(): Response {
  return problem(413, "A body that is read whole may have 1 MB (1,048,576 bytes). Send many events as NDJSON.");
}
