import type { Day } from "../simulators/day/index.ts";

/** A day as lines for `/v1/events`, and what of it cannot be one. */
export type SampleLines = {
  lines: string[];
  requests: number;
  copies: number;
  /** Lines that are no events, which the demo sends to show that they are refused. */
  garbage: number;
};

/** Webhooks and lines of an export are their events as they are; a request becomes a `countersign.request`. */
export function linesOfDay(
  { stream }: Pick<Day, "stream">,
  { seed, startAt }: { seed: number; startAt: number },
): SampleLines {
  const lines: string[] = [];
  let occurredAt = startAt;
  let requests = 0;
  let garbage = 0;
  for (const item of stream) {
    if (item.isGarbage) garbage++;
    else if (item.door === "requests")
      lines.push(requestLine(item.body, `sample-${seed}-request-${++requests}`, occurredAt));
    else {
      lines.push(item.body);
      occurredAt = createdOf(item.body) ?? occurredAt;
    }
  }
  return { lines, requests, garbage, copies: stream.filter(({ isCopy, isGarbage }) => isCopy && !isGarbage).length };
}

/** A request has no time of its own: it is asked when the event before it happened. */
function requestLine(body: string, id: string, occurredAt: number): string {
  const { message, ...about } = JSON.parse(body) as { message: string };
  return JSON.stringify({ id, type: "countersign.request", occurredAt, mode: "test", ...about, text: message });
}

function createdOf(body: string): number | null {
  const { created } = JSON.parse(body) as { created?: unknown };
  return typeof created === "number" ? created * 1_000 : null;
}
