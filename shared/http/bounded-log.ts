import { MINUTE_MS } from "../core/time.ts";

/** In a minute one isolate writes no more lines of a kind: anybody can cause them. What comes beyond them is counted in one line. */
const LINES_A_MINUTE = 60;

export type LogDeps = { now(): number; log(line: Record<string, unknown>): void };
/** `isLimited`: of a caller who is over its limit. */
export type BoundedLog = (line: Record<string, unknown>, isLimited?: boolean) => void;

/** The log of one kind of line at one door. `more`: the `what` of the line that counts those without one of their own. */
export function createBoundedLog(more: string, door: string, { now, log }: LogDeps): BoundedLog {
  let minute = { since: Number.NEGATIVE_INFINITY, lines: 0, limited: 0, unwritten: 0 };
  function turn(): void {
    if (now() - minute.since < MINUTE_MS) return;
    if (minute.unwritten > 0) log({ what: more, door, count: minute.unwritten, since: minute.since });
    minute = { since: now(), lines: 0, limited: 0, unwritten: 0 };
  }
  return (line, isLimited = false) => {
    turn();
    if (isLimited) minute.limited++;
    // Of those who are limited only the first in a minute has a line of its own: a flood must not write one each.
    if (minute.lines >= LINES_A_MINUTE || minute.limited > 1) {
      minute.unwritten++;
      return;
    }
    minute.lines++;
    log(isLimited ? { ...line, limited: true } : line);
  };
}

/** One bound for each `what`: a flood of one kind of line hides no other. Only for a few kinds. */
export function createBoundedLogs(door: string, deps: LogDeps): BoundedLog {
  const kinds = new Map<string, BoundedLog>();
  return (line) => {
    const what = String(line.what);
    const write = kinds.get(what) ?? createBoundedLog(`${what}_more`, door, deps);
    kinds.set(what, write);
    write(line);
  };
}
