import { parseJson } from "../../shared/core/json.ts";
import { err, ok, type Result } from "../../shared/core/result.ts";
import { problem } from "./problem.ts";

/** The most that one event, and one body that is read whole, may weigh. NDJSON is bounded by the line instead. */
export const MAX_BYTES = 1_048_576;

/** The whole body, or the 413. Without a declared length it is counted while it arrives. */
export async function readBytes(request: Request): Promise<Result<Uint8Array, Response>> {
  const declared = Number(request.headers.get("content-length") ?? "NaN");
  if (declared > MAX_BYTES) return err(tooLarge());
  if (request.body === null) return ok(new Uint8Array());
  if (declared <= MAX_BYTES) {
    const whole = new Uint8Array(await request.arrayBuffer());
    return whole.byteLength > MAX_BYTES ? err(tooLarge()) : ok(whole);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = request.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.byteLength;
    if (length > MAX_BYTES) {
      reader.releaseLock();
      return err(tooLarge());
    }
    chunks.push(part.value);
  }
  return ok(concat(chunks, length));
}

/** Sixteen bodies that are read whole, or two seconds: no sender may hold us longer. */
const DROPPED_BYTES_MAX = 16 * MAX_BYTES;
const DROPPED_MS_MAX = 2_000;

/**
 * A caller that is still sending when it is answered sees its connection break instead of the answer (a 413, a 401), so
 * what it still sends is read and dropped, up to a bound.
 */
export async function hearOut({ body }: Request): Promise<void> {
  if (body === null || body.locked) return;
  const reader = body.getReader();
  const timer = setTimeout(() => void reader.cancel().catch(() => undefined), DROPPED_MS_MAX);
  try {
    let dropped = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      dropped += part.value.byteLength;
      if (dropped > DROPPED_BYTES_MAX) return await reader.cancel();
    }
  } catch {
    // It broke off: nobody waits for the answer any more.
  } finally {
    clearTimeout(timer);
  }
}

export function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only) return only;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
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
