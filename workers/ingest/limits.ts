import type { BodyLimit } from "../../shared/http/body.ts";

/** The largest event, and the largest body that is read into memory. For NDJSON it limits each line. */
export const MAX_BYTES = 1_048_576;

export const WHOLE_BODY: BodyLimit = {
  maxBytes: MAX_BYTES,
  tooLarge: "A body that is read whole may have 1 MB (1,048,576 bytes). Send many events as NDJSON.",
};

/** A body that is one thing, which cannot be sent in parts. */
export const ONE_BODY: BodyLimit = {
  maxBytes: MAX_BYTES,
  tooLarge: "A body may have 1 MB (1,048,576 bytes) here. Nothing was stored.",
};

/** The most events of one array. Those of a real file have 100 bytes and more each, so that 1 MB has fewer. */
export const MOST_EVENTS = 10_000;
export const TOO_MANY_EVENTS = "An array may have 10,000 events. Send more of them as NDJSON, one a line.";

/**
 * How many calls of queues and Durable Objects one request may make on Cloudflare's paid plans:
 * https://developers.cloudflare.com/workers/platform/limits/#subrequests
 */
export const SUBREQUESTS = 10_000;
