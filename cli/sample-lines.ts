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
  const lineByRequest = new Map<string, string>();
  let occurredAt = startAt;
  let garbage = 0;
  for (const { isGarbage, door, body } of stream) {
    if (isGarbage) {
      garbage++;
    } else if (door === "requests") {
      // The same words within a day are the same request, as they are at /v1/requests.
      const number = lineByRequest.size + 1;
      const line = lineByRequest.get(body) ?? requestLine(body, `sample-${seed}-request-${number}`, occurredAt);
      lineByRequest.set(body, line);
      lines.push(line);
    } else {
      lines.push(body);
      occurredAt = createdOf(body) ?? occurredAt;
    }
  }
  return { lines, requests: lineByRequest.size, copies: lines.length - new Set(lines).size, garbage };
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
