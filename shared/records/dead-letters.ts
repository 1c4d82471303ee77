import type { DeadLetterRow } from "../contracts/records.ts";
import type { Database, Value } from "./database.ts";
import { type Page, type Position, readPage } from "./page.ts";

export const COLUMNS =
  "id, queue, rowKind, rowId, subject, body, reason, detail, attempts, firstAt, lastAt, state, redrives, actedAt, discardReason";

/** A dead letter when it is first stored, before a person acts on it. */
export type NewDeadLetter = Omit<DeadLetterRow, "state" | "redrives" | "actedAt" | "discardReason">;

/** Stores a dead letter once: its id is derived from what was given up and when, so a redelivery changes nothing. */
export async function keepDeadLetter(database: Database, letter: NewDeadLetter): Promise<void> {
  const { id, queue, rowKind, rowId, subject, body, reason, detail, attempts, firstAt, lastAt } = letter;
  await database
    .prepare(
      `INSERT INTO dead_letters (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'dead', 0, NULL, NULL)
       ON CONFLICT (id) DO NOTHING`,
    )
    .bind(id, queue, rowKind, rowId, subject, body, reason, detail, attempts, firstAt, lastAt)
    .run();
}

export async function getDeadLetter(database: Database, id: string): Promise<DeadLetterRow | null> {
  return await database.prepare(`SELECT ${COLUMNS} FROM dead_letters WHERE id = ?`).bind(id).first<DeadLetterRow>();
}

export type DeadLetterFilter = {
  queue?: string | undefined;
  reason?: string | undefined;
  state?: DeadLetterRow["state"] | undefined;
  /** Bounds of the last failure's time, both inclusive, in epoch milliseconds. */
  since?: number | undefined;
  until?: number | undefined;
  limit: number;
  after: Position | null;
};

export async function listDeadLetters(database: Database, filter: DeadLetterFilter): Promise<Page<DeadLetterRow>> {
  const conditions: [sql: string, value: Value | undefined][] = [
    ["queue = ?", filter.queue],
    ["reason = ?", filter.reason],
    ["state = ?", filter.state],
    ["lastAt >= ?", filter.since],
    ["lastAt <= ?", filter.until],
  ];
  const where = conditions.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  const { limit, after } = filter;
  return await readPage<DeadLetterRow>(
    database,
    { table: "dead_letters", columns: COLUMNS, time: "lastAt", where, limit, after },
    ({ lastAt, id }) => ({ at: lastAt, id }),
  );
}

/** A person's act as the ledger recorded it: the letter's act number `n`, and when it was done. */
export type NumberedAct = { n: number; at: number };

/**
 * Starts redrive `n` of a dead letter, or continues it where it was interrupted: what is derived from its number (the
 * nonce) must not change. Null when the letter is unknown, or stands elsewhere.
 */
export async function startRedrive(
  database: Database,
  id: string,
  { n, at }: NumberedAct,
): Promise<DeadLetterRow | null> {
  return await database
    .prepare(
      `UPDATE dead_letters SET state = 'redriving', redrives = ?, actedAt = ?
       WHERE id = ? AND ((state = 'dead' AND redrives = ?) OR (state = 'redriving' AND redrives = ?))
       RETURNING ${COLUMNS}`,
    )
    .bind(n, at, id, n - 1, n)
    .first<DeadLetterRow>();
}

/** Ends the redrive of this number: it was sent (`redriven`), or it could not be sent (`dead`). */
export async function endRedrive(
  database: Database,
  { id, redrives }: Pick<DeadLetterRow, "id" | "redrives">,
  state: "redriven" | "dead",
): Promise<void> {
  await database
    .prepare("UPDATE dead_letters SET state = ? WHERE id = ? AND state = 'redriving' AND redrives = ?")
    .bind(state, id, redrives)
    .run();
}

/** Discards a letter as its act `n`. Nothing changes where another act has come since. */
export async function discardDeadLetter(
  database: Database,
  id: string,
  { n, at, reason }: NumberedAct & { reason: string },
): Promise<void> {
  await database
    .prepare(
      `UPDATE dead_letters SET state = 'discarded', discardReason = ?, actedAt = ?
       WHERE id = ? AND state = 'dead' AND redrives = ?`,
    )
    .bind(reason, at, id, n - 1)
    .run();
}
