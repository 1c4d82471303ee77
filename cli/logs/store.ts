import { closeSync, fstatSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openForAppend, privateFolder } from "../private.ts";
import { atExit } from "../stopping.ts";
import type { LogEntry } from "./entry.ts";

/** Oldest first. What is older than both files is gone. */
export const logFilesOf = (stateDir: string): readonly [older: string, current: string] => [
  join(stateDir, "logs", "workers.1.ndjson"),
  join(stateDir, "logs", "workers.ndjson"),
];

const FILE_MAX_BYTES = 10_000_000;
const FLUSH_MS = 100;

export type LogStore = { write(entry: LogEntry): void; close(): void };

/** Keeps what the Workers log, at most two files of `maxBytes`. Lines are written in batches, so that they cost little. */
export function openLogStore(stateDir: string, maxBytes = FILE_MAX_BYTES): LogStore {
  privateFolder(stateDir);
  privateFolder(join(stateDir, "logs"));
  const [older, current] = logFilesOf(stateDir);
  let file = openForAppend(current);
  let bytes = fstatSync(file).size;
  // A kill may have cut the last line off: the next one must not become its end.
  let waiting: string[] = bytes > 0 ? ["\n"] : [];
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.length === 0) return;
    const text = waiting.join("");
    waiting = [];
    if (bytes > 0 && bytes + Buffer.byteLength(text) > maxBytes) turn();
    bytes += writeSync(file, text);
  }

  function turn(): void {
    closeSync(file);
    renameSync(current, older);
    file = openForAppend(current);
    bytes = 0;
  }

  const forget = atExit(flush);
  return {
    write(entry) {
      waiting.push(`${JSON.stringify(entry)}\n`);
      timer ??= setTimeout(flush, FLUSH_MS);
    },
    close() {
      forget();
      flush();
      closeSync(file);
    },
  };
}
