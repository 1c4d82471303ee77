import type { BodyLimit } from "../../shared/http/body.ts";

/** The largest event, and the largest body that is read into memory. For NDJSON it limits each line. */
export const MAX_BYTES = 1_048_576;

export const WHOLE_BODY: BodyLimit = {
  maxBytes: MAX_BYTES,
  tooLarge: "A body that is read whole may have 1 MB (1,048,576 bytes). Send many events as NDJSON.",
};
