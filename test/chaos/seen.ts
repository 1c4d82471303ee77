import type { LoggedRequest } from "../../simulators/stripe/request-log.ts";
import type { Moved } from "./moves.ts";

/**
 * What could be known of a change when money was moved: it was done before our last read of what shows it. A change after
 * that read nobody could see. A read is as good as no read when the call came so much later: before every call it is read
 * anew.
 */
const FRESH_MS = 15_000;
/** The stand-in's log tells when an answer left, a little after what it shows. */
const MARGIN_MS = 50;

/** The moments at which the provider answered a read that names something, by its names. */
export function readsBy(requests: readonly LoggedRequest[]): (names: readonly string[]) => number[] {
  const byName = new Map<string, number[]>();
  for (const { method, status, at, path, params } of requests) {
    if (method !== "GET" || status !== 200) continue;
    const text = `${path} ${JSON.stringify(params)}`;
    for (const name of new Set(text.match(/\b(?:pi|ch|in|sub|pm|cus)_\w+/g) ?? []))
      byName.set(name, [...(byName.get(name) ?? []), Date.parse(at)]);
  }
  return (names) => names.flatMap((name) => byName.get(name) ?? []);
}

type Change = { seenIn: readonly string[]; doneAtMs: number };

/** Null: the log does not tell when the call was sent. */
export function couldBeSeen(
  { seenIn, doneAtMs }: Change,
  { sentAtMs }: Pick<Moved, "sentAtMs">,
  readsOf: ReturnType<typeof readsBy>,
): boolean | null {
  if (sentAtMs === null) return null;
  const reads = readsOf(seenIn).filter((at) => at <= sentAtMs);
  const last = Math.max(sentAtMs - FRESH_MS, ...reads);
  return doneAtMs + MARGIN_MS <= last;
}
