import type { Verdict } from "./verdict.ts";

/** One line of JSON, which the platform's log search can filter by field. */
export function logLine(line: Record<string, unknown>): void {
  console.log(JSON.stringify(line));
}

export type HandledMessage = {
  message: { readonly id: string; readonly body: unknown; readonly attempts: number };
  verdict: Verdict;
  durationMs: number;
};

/**
 * All facts of one delivery in one line. Of the body only what identifies the row: what a customer wrote stays out of
 * the logs. `verdict` is how the message was answered; where it was given up, `reason` and `detail` say why.
 */
export function deliveryLine(queue: string, handled: HandledMessage, answered: Verdict): Record<string, unknown> {
  const { message, verdict, durationMs } = handled;
  return {
    what: "message.handled",
    queue,
    message: message.id,
    attempts: message.attempts,
    ...idsOf(message.body),
    verdict: answered.kind,
    ...(answered.kind === "ack" ? { outcome: answered.outcome } : {}),
    ...(answered.kind === "retry"
      ? { reason: answered.reason, detail: answered.detail, delaySeconds: answered.delaySeconds }
      : {}),
    ...(verdict.kind === "dead" ? { reason: verdict.failure.reason, detail: verdict.failure.detail } : {}),
    durationMs,
  };
}

/** An id of ours, and no sentence. */
const ID = /^[\x21-\x7e]{1,600}$/;

function idsOf(body: unknown): Record<string, string> {
  if (typeof body !== "object" || body === null) return {};
  const ids: Record<string, string> = {};
  for (const name of ["kind", "id", "subject", "nonce"] as const) {
    const value: unknown = Reflect.get(body, name);
    if (typeof value === "string" && ID.test(value)) ids[name] = value;
  }
  // A dead message names its row inside.
  return ids.kind === "dead" ? { ...idsOf(Reflect.get(body, "body")), kind: "dead" } : ids;
}
