import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, realpathSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseJson } from "../../shared/core/json.ts";
import { privateFolder, readPrivate, writePrivate } from "../private.ts";
import { type Position, START } from "./piece.ts";

/** How far a file has been sent. Losing it only costs time: the ledger recognises duplicates. */
export type Progressed = Position & { accepted: number; duplicates: number; conflicts: number; rejected: number };

export type Bookmark = {
  read(): Progressed;
  write(progressed: Progressed): void;
  /** The file was sent completely: the next send begins at its first line. */
  remove(): void;
};

const NOTHING: Progressed = { ...START, accepted: 0, duplicates: 0, conflicts: 0, rejected: 0 };
const HEAD_BYTES = 65_536;

/** Stored under a hash of the file's path, size, time and beginning, so that a changed file begins anew. */
export function bookmarkOf(file: string, stateDir: string, url: string): Bookmark {
  const directory = join(stateDir, "send");
  const path = join(directory, `${identityOf(file, url)}.json`);
  return {
    read: () => readBookmark(path),
    write(progressed) {
      privateFolder(stateDir);
      privateFolder(directory);
      writePrivate(path, JSON.stringify({ file, ...progressed }));
    },
    remove: () => rmSync(path, { force: true }),
  };
}

function readBookmark(path: string): Progressed {
  try {
    const parsed = parseJson(readPrivate(path) ?? "null");
    return parsed.ok && parsed.value !== null ? { ...NOTHING, ...(parsed.value as Partial<Progressed>) } : NOTHING;
  } catch {
    return NOTHING;
  }
}

function identityOf(file: string, url: string): string {
  const { size, mtimeMs } = statSync(file);
  const head = Buffer.alloc(Math.min(size, HEAD_BYTES));
  const descriptor = openSync(file, "r");
  readSync(descriptor, head);
  closeSync(descriptor);
  const hash = createHash("sha256")
    .update(JSON.stringify([realpathSync(file), size, mtimeMs, url]))
    .update(head);
  return hash.digest("hex").slice(0, 32);
}
