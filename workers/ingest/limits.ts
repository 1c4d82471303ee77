import type { BodyLimit } from "../../shared/http/body.ts";

/** The largest event, and the largest body that is read into memory. For NDJSON it limits each line. */
export const MAX_BYTES = 1_048_576;

export const WHOLE_BODY: BodyLimit = {
  maxBytes: MAX_BYTES,
  tooLarge: "A body that is read whole may have 1 MB (1,048,576 bytes). Send many events as NDJSON.",
};

/**
 * How many calls of queues and Durable Objects one request may make on Cloudflare's paid plans:
 * https://developers.cloudflare.com/workers/platform/limits/#subrequests
 */
export const SUBREQUESTS = 10_000;
