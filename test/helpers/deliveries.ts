import type { WorkerLog } from "../../cli/stack/index.ts";
import { parseJson } from "../../shared/core/json.ts";

/** One delivery of one message, as its consumer reports it. */
export type Line = {
  what: string;
  queue: string;
  message: string;
  attempts: number;
  id?: string;
  verdict: string;
  outcome?: string;
  at: number;
};

/** Every line that a Worker wrote as JSON. */
export const linesOf = (logs: readonly WorkerLog[]): Line[] =>
  logs.flatMap(({ message, timestamp }) => {
    const parsed = parseJson(message);
    return parsed.ok && typeof parsed.value === "object" && parsed.value !== null
      ? [{ ...parsed.value, at: timestamp } as Line]
      : [];
  });

/** What a storm of redeliveries would leave in the log: a second delivery, a message asked for again, an exception. */
export function redeliveries(lines: readonly Line[]): Line[] {
  const seen = new Set<string>();
  return lines.filter(({ what, message, attempts, verdict }) => {
    if (what !== "message.handled") return /threw|not_sent|failed/.test(what);
    const isSecond = attempts > 1 || verdict === "retry" || seen.has(message);
    seen.add(message);
    return isSecond;
  });
}

/** A batch is reported in one go, what was malformed first: then each line follows the one before within the same moment. */
const ONE_MOMENT_MS = 2;

/** The queues in which a message of one of these rows was in one batch with one that was buried. */
export function queuesSharedWithPoison(lines: readonly Line[], ids: ReadonlySet<string>): Set<string> {
  const byQueue = Map.groupBy(
    lines.filter(({ what }) => what === "message.handled"),
    ({ queue }) => queue,
  );
  const isShared = (all: readonly Line[]): boolean =>
    all.some(({ id, outcome, at }, index) => {
      const before = all[index - 1];
      const isOurs = id !== undefined && ids.has(id) && outcome !== "dead";
      return isOurs && before?.outcome === "dead" && at - before.at <= ONE_MOMENT_MS;
    });
  return new Set([...byQueue].flatMap(([queue, all]) => (isShared(all) ? [queue] : [])));
}
