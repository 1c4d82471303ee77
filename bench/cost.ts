import { existsSync, readFileSync } from "node:fs";
import type { SqlCount, SqlCounts } from "../workers/ledger/sql-counts.ts";

/** Linux counts a process's time in hundredths of a second. */
const TICK_MS = 10;

/** The processor time of a process so far, user and system; null on a system without /proc. */
export function cpuMsOf(pid: number): number | null {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) ? cpuMsIn(readFileSync(path, "utf8")) : null;
}

/** The name of the process is in parentheses and may contain anything, so fields are counted from its end. */
export function cpuMsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** The bench's own question is no part of the pipeline's cost, nor is what opens a shard. */
const NOT_OF_EVENTS = ["totals", "start"];

const plus = (one: SqlCount, other: SqlCount): SqlCount => ({
  statements: one.statements + other.statements,
  rowsRead: one.rowsRead + other.rowsRead,
  rowsWritten: one.rowsWritten + other.rowsWritten,
  bytesWritten: one.bytesWritten + other.bytesWritten,
});
const NOTHING: SqlCount = { statements: 0, rowsRead: 0, rowsWritten: 0, bytesWritten: 0 };

/** The counts of all shards together, by call. */
export function byCall(shards: readonly SqlCounts[]): SqlCounts {
  const sums: SqlCounts = {};
  for (const [name, count] of shards.flatMap((shard) => Object.entries(shard)))
    if (!NOT_OF_EVENTS.includes(name)) sums[name] = plus(sums[name] ?? NOTHING, count);
  return sums;
}

export const sumOf = (counts: SqlCounts): SqlCount => Object.values(counts).reduce(plus, NOTHING);

export const perEvent = (count: SqlCount, events: number): SqlCount => ({
  statements: count.statements / events,
  rowsRead: count.rowsRead / events,
  rowsWritten: count.rowsWritten / events,
  bytesWritten: count.bytesWritten / events,
});

/** One line a call, the one that writes most rows first. */
export function linesOfCalls(counts: SqlCounts, events: number): string[] {
  return Object.entries(counts)
    .sort(([, one], [, other]) => other.rowsWritten - one.rowsWritten)
    .map(([name, count]) => `  ${name.padEnd(16)}${textOf(perEvent(count, events))}`);
}

export const textOf = ({ statements, rowsRead, rowsWritten, bytesWritten }: SqlCount): string =>
  `${statements.toFixed(2)} statements, ${rowsRead.toFixed(2)} rows read, ${rowsWritten.toFixed(2)} written, ${bytesWritten.toFixed(0)} bytes`;
