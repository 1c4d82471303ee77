import { problem } from "../../shared/http/problem.ts";

const RETRY_AFTER_SECONDS = 5;

const SEND_AGAIN = "Nothing was accepted. Send it again in a few seconds; what was stored before is recognised.";

/** The 503 when the ledger did not answer. `detail` says what the caller should do. */
export function unavailable(detail: string = SEND_AGAIN): Response {
  return problem(503, detail, { "retry-after": String(RETRY_AFTER_SECONDS) });
}
