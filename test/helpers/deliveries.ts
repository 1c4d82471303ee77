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

/** A batch is reported in one go: each of its lines follows the one before within the same moment. */
const ONE_MOMENT_MS = 2;

function batchesOf(lines: readonly Line[]): Line[][] {
  const batches: Line[][] = [];
  for (const line of lines) {
    const last = batches.at(-1)?.at(-1);
    if (last !== undefined && line.at - last.at <= ONE_MOMENT_MS) batches.at(-1)?.push(line);
    else batches.push([line]);
  }
  return batches;
}

/** The queues in which a message of one of these rows was in one batch with one that was buried. */
export function queuesSharedWithPoison(lines: readonly Line[], ids: ReadonlySet<string>): Set<string> {
  const handled = lines.filter(({ what }) => what === "message.handled");
  const isShared = (batch: readonly Line[]): boolean =>
    batch.some(({ outcome }) => outcome === "dead") &&
    batch.some(({ id, outcome }) => ids.has(id ?? "") && outcome !== "dead");
  return new Set(
    [...Map.groupBy(handled, ({ queue }) => queue)].flatMap(([queue, all]) =>
      batchesOf(all).some(isShared) ? [queue] : [],
    ),
  );
}
