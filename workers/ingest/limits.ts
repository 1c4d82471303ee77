import type { BodyLimit } from "../../shared/http/body.ts";

/** The most that one event, and one body that is read whole, may weigh. NDJSON is bounded by the line instead. */
export const MAX_BYTES = 1_048_576;

export const WHOLE_BODY: BodyLimit = {
  maxBytes: MAX_BYTES,
  tooLarge: "A body that is read whole may have 1 MB (1,048,576 bytes). Send many events as NDJSON.",
};
