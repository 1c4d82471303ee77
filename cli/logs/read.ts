import { closeSync, fstatSync, readFileSync, readSync } from "node:fs";
import { pause } from "../http.ts";
import { openForReading } from "../private.ts";
import { entryIn, isAlarm, type LogEntry } from "./entry.ts";
import { logFilesOf } from "./store.ts";

/** Absent: no filter. `id`: any text that is in the line. `since`: epoch milliseconds. */
export type LogFilter = { worker?: string; what?: string; alarm?: boolean; since?: number; id?: string };

export function isWanted(entry: LogEntry, { worker, what, alarm, since, id }: LogFilter): boolean {
  if (worker !== undefined && entry.worker !== worker) return false;
  if (what !== undefined && !(typeof entry.log?.what === "string" && entry.log.what.startsWith(what))) return false;
  if (alarm === true && !isAlarm(entry)) return false;
  if (since !== undefined && !(Date.parse(entry.at) >= since)) return false;
  return id === undefined || JSON.stringify(entry.log ?? entry.text).includes(id);
}

/** The last `limit` lines that are wanted, oldest first, and how many more there are. */
export type LogPage = { entries: LogEntry[]; more: number };

export function readLogs(stateDir: string, filter: LogFilter, limit: number): LogPage {
  const wanted = logFilesOf(stateDir)
    .flatMap(linesOf)
    .flatMap((line) => entryIn(line) ?? [])
    .filter((entry) => isWanted(entry, filter));
  const from = Math.max(0, wanted.length - limit);
  return { entries: wanted.slice(from), more: from };
}

function linesOf(path: string): string[] {
  const file = openForReading(path);
  if (file === null) return [];
  try {
    return readFileSync(file, "utf8").split("\n");
  } finally {
    closeSync(file);
  }
}

const LOOK_MS = 200;

/** Each line that is written from now on, until `signal` aborts; also over a change of files and a new start. */
export async function* followLogs(stateDir: string, filter: LogFilter, signal: AbortSignal): AsyncGenerator<LogEntry> {
  const [, current] = logFilesOf(stateDir);
  let reader = readerOf(current, "end");
  try {
    while (!signal.aborted) {
      const lines = reader?.lines() ?? [];
      for (const entry of lines.flatMap((line) => entryIn(line) ?? [])) if (isWanted(entry, filter)) yield entry;
      const next = readerOf(current, "beginning");
      if (next === null || next.inode === reader?.inode) next?.close();
      else {
        // What was written to the old file after the last look is not lost.
        for (const entry of (reader?.lines() ?? []).flatMap((line) => entryIn(line) ?? []))
          if (isWanted(entry, filter)) yield entry;
        reader?.close();
        reader = next;
        continue;
      }
      await pause(LOOK_MS, signal);
    }
  } finally {
    reader?.close();
  }
}

type Reader = { inode: number; lines(): string[]; close(): void };

function readerOf(path: string, from: "beginning" | "end"): Reader | null {
  const file = openForReading(path);
  if (file === null) return null;
  const { ino, size } = fstatSync(file);
  let position = from === "end" ? size : 0;
  let rest = Buffer.alloc(0);
  return {
    inode: ino,
    lines() {
      const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - position));
      position += readSync(file, bytes, 0, bytes.length, position);
      const all = Buffer.concat([rest, bytes]);
      const end = all.lastIndexOf("\n") + 1;
      rest = Buffer.from(all.subarray(end));
      return all.subarray(0, end).toString("utf8").split("\n").filter(Boolean);
    },
    close: () => closeSync(file),
  };
}
