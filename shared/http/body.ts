import { decodeUtf8 } from "../core/decode.ts";
import { readJsonText } from "../core/json-text.ts";
import { err, ok, type Result } from "../core/result.ts";
import { createGatherer } from "./chunks.ts";
import { mediaTypeOf, unsupportedMediaType } from "./media-type.ts";
import { type Cut, isCut, PACES, type Pace, type Reading, readPaced, within } from "./pace.ts";
import { problem } from "./problem.ts";
import type { Room } from "./room.ts";

/** The largest body that an endpoint reads into memory, and the advice to the sender of a larger one. */
export type BodyLimit = { maxBytes: number; tooLarge: string };

/** A body that is declared with no more than this is read in one call, which is faster. The call takes its memory at once. */
const SHORT_BYTES = 65_536;

/**
 * The whole body, or why there is none. One whose `content-length` is too large is not read. A short one has `idleMs` in all.
 * A long one takes memory as it comes, and what it has beyond a short one from `room`, so that short ones always fit.
 */
export async function readWhole(
  request: Request,
  maxBytes: number,
  pace: Pace,
  now: () => number,
  room: Room | null = null,
): Promise<Result<Uint8Array, "too large" | "no room" | Cut>> {
  const declared = Number(request.headers.get("content-length") ?? "NaN");
  if (declared > maxBytes) return err("too large");
  if (request.body === null) return ok(new Uint8Array());
  if (declared <= SHORT_BYTES) {
    const whole = await within(pace.idleMs, request.arrayBuffer());
    if (typeof whole === "string") return err(whole);
    return whole.byteLength > maxBytes ? err("too large") : ok(new Uint8Array(whole));
  }
  const whole = createGatherer(maxBytes);
  let taken = 0;
  try {
    for await (const chunk of readPaced(request.body, pace, now)) {
      if (isCut(chunk)) return err(chunk);
      if (!whole.add(chunk)) return err("too large");
      const more = Math.max(0, whole.bytes().byteLength - SHORT_BYTES) - taken;
      if (room !== null && !room.take(more)) return err("no room");
      taken += more;
    }
  } finally {
    room?.give(taken);
  }
  return ok(whole.bytes());
}

const NO_ROOM = "Too many long bodies are coming at once. Nothing was stored. Send it again in a few seconds.";
const RETRY_AFTER_SECONDS = 5;

/** The whole body, or the 413, the 503, the 408, or the 400 that nobody reads. */
export async function readBytes(
  request: Request,
  { maxBytes, tooLarge }: BodyLimit,
  { paces = PACES, now, cutShort, room = null }: Reading,
): Promise<Result<Uint8Array, Response>> {
  const whole = await readWhole(request, maxBytes, paces.whole, now, room);
  if (whole.ok) return whole;
  switch (whole.error) {
    case "too large":
      return err(problem(413, tooLarge));
    case "no room":
      cutShort(cutLine(request, "door.no_room"));
      return err(problem(503, NO_ROOM, { "retry-after": String(RETRY_AFTER_SECONDS) }));
    case "stalled":
      cutShort(cutLine(request, "door.stalled"));
      return err(problem(408, "The rest of the body did not come in time. Nothing was stored. Send it again."));
    case "aborted":
      cutShort(cutLine(request, "door.aborted"));
      return err(problem(400, "The body broke off. Nothing was stored. Send it again."));
  }
}

/** The one line about a body that was not read to its end. */
export const cutLine = (
  request: Request,
  what: "door.aborted" | "door.stalled" | "door.no_room",
): Record<string, unknown> => ({
  what,
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
  const read = readJsonText(text);
  return read.ok ? ok({ text, value: read.value }) : err(notJson(read.error));
}

/** `why` goes on from "the body": core/json-text.ts. */
export const notJson = (why: string): Response => problem(400, `The body ${why}.`);
