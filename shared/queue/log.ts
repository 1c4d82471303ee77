import type { Verdict } from "./verdict.ts";

/** Writes one line of JSON, which the platform's log search filters by field. */
export function logLine(line: Record<string, unknown>): void {
  console.log(JSON.stringify(line));
}

/** A line that somebody must be woken for. */
export function alarmLine(line: Record<string, unknown>): void {
  console.error(JSON.stringify({ alarm: true, ...line }));
}

/**
 * Boots a Worker of a queue. What is wrong with its bindings is an alarm line that names them, and is thrown: no message is
 * taken, and each comes again.
 */
export async function bootOrAlarm<Ready>(name: string, boot: () => Promise<Ready>): Promise<Ready> {
  try {
    return await boot();
  } catch (error) {
    alarmLine({ what: `${name}.misconfigured`, error: String(error) });
    throw error;
  }
}

export type HandledMessage = {
  message: { readonly id: string; readonly body: unknown; readonly attempts: number };
  verdict: Verdict;
  durationMs: number;
};

/**
 * One log line for one delivery. It has only the ids of the body, because a customer's text must not be logged.
 * `verdict` is the answer to the queue; for an undeliverable message `reason` and `detail` say why.
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

/** The form of an id. A sentence does not match it. */
const ID = /^[\x21-\x7e]{1,600}$/;

function idsOf(body: unknown): Record<string, string> {
  if (typeof body !== "object" || body === null) return {};
  const ids: Record<string, string> = {};
  for (const name of ["kind", "id", "subject", "nonce"] as const) {
    const value: unknown = Reflect.get(body, name);
    if (typeof value === "string" && ID.test(value)) ids[name] = value;
  }
  // The body of a dead message contains the original doorbell.
  return ids.kind === "dead" ? { ...idsOf(Reflect.get(body, "body")), kind: "dead" } : ids;
}
