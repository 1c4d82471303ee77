/**
 * An append-only file of everything that must survive a kill. All records of one request are one line, written before its
 * answer. So after a SIGKILL an effect is complete or missing, and an answered one is never missing.
 */

import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

import type { IdempotencyRecord } from "./idempotency.ts";
import type { OutcomeScript } from "./outcomes.ts";
import type { AnyResource } from "./resources.ts";
import type { SubscriptionChange } from "./subscription-change.ts";

export type JournalRecord =
  | { kind: "put"; object: AnyResource; account?: string }
  | { kind: "answer"; record: IdempotencyRecord }
  | { kind: "clock"; offsetSeconds: number }
  | { kind: "script"; target: string; script: OutcomeScript }
  | { kind: "balance"; currency: string; availableMinor: number }
  | { kind: "webhook"; url: string | null; secret: string }
  | { kind: "delivered"; event: string }
  | { kind: "detached"; method: string }
  | { kind: "connection"; account: string; connected: boolean }
  | { kind: "subscription_change"; change: SubscriptionChange }
  | { kind: "reset" };

export interface Journal {
  append(record: JournalRecord): void;
  /** Writes what was appended since the last flush. */
  flush(): void;
  close(): void;
}

export const NO_JOURNAL: Journal = { append: () => {}, flush: () => {}, close: () => {} };

export function openJournal(directory: string): Journal {
  mkdirSync(directory, { recursive: true });
  const file = openSync(pathOf(directory), "a");
  // A request may store an object several times; only its last state is written.
  const putsById = new Map<string, JournalRecord>();
  let others: JournalRecord[] = [];
  return {
    append(record) {
      if (record.kind === "reset") {
        putsById.clear();
        others = [];
      }
      if (record.kind === "put") putsById.set(record.object.id, record);
      else others.push(record);
    },
    flush() {
      if (putsById.size + others.length === 0) return;
      // A reset comes before what was put after it; nothing else depends on the order.
      let rest = Buffer.from(`${JSON.stringify([...others, ...putsById.values()])}\n`);
      putsById.clear();
      others = [];
      while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
    },
    close() {
      this.flush();
      closeSync(file);
    },
  };
}

/** The records in order. An incomplete last line is ignored: its request was never answered. */
export function* readJournal(directory: string): Generator<JournalRecord> {
  const path = pathOf(directory);
  if (!existsSync(path)) return;
  const bytes = readFileSync(path);
  let start = 0;
  for (let end = bytes.indexOf(10, start); end !== -1; end = bytes.indexOf(10, start)) {
    yield* JSON.parse(bytes.toString("utf8", start, end)) as JournalRecord[];
    start = end + 1;
  }
}

/** Replaces the journal by `records`, atomically. Otherwise it would grow with every start and keep an incomplete line. */
export function compactJournal(directory: string, records: Iterable<JournalRecord>): void {
  mkdirSync(directory, { recursive: true });
  const temporary = `${pathOf(directory)}.new`;
  const file = openSync(temporary, "w");
  let chunk = "";
  for (const record of records) {
    chunk += `[${JSON.stringify(record)}]\n`;
    if (chunk.length > 1_000_000) {
      writeSync(file, chunk);
      chunk = "";
    }
  }
  writeSync(file, chunk);
  closeSync(file);
  renameSync(temporary, pathOf(directory));
}

function pathOf(directory: string): string {
  return join(directory, "stripe.ndjson");
}
