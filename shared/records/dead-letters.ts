import type { DeadLetterRow } from "../contracts/records.ts";
import type { Database, Value } from "./database.ts";
import { groupOf } from "./letter-groups.ts";
import { type Page, type Position, readPage } from "./page.ts";

export const COLUMNS =
  "id, queue, rowKind, rowId, subject, body, reason, detail, attempts, firstAt, lastAt, state, redrives, actedAt, discardReason";
/** What is read: the last two follow from the others, and from an act. */
const READ = `${COLUMNS}, groupKey, editedTo`;

/** A dead letter when it is first stored, before a person acts on it. */
export type NewDeadLetter = Omit<
  DeadLetterRow,
  "state" | "redrives" | "actedAt" | "discardReason" | "groupKey" | "editedTo"
>;

/** Stores a dead letter once: its id is derived from what was given up and when, so a redelivery changes nothing. */
export async function keepDeadLetter(database: Database, letter: NewDeadLetter): Promise<void> {
  const { id, queue, rowKind, rowId, subject, body, reason, detail, attempts, firstAt, lastAt } = letter;
  await database
    .prepare(
      `INSERT INTO dead_letters (${COLUMNS}, groupKey)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'dead', 0, NULL, NULL, ?)
       ON CONFLICT (id) DO NOTHING`,
    )
    .bind(id, queue, rowKind, rowId, subject, body, reason, detail, attempts, firstAt, lastAt, await groupOf(letter))
    .run();
}

export async function getDeadLetter(database: Database, id: string): Promise<DeadLetterRow | null> {
  return await database.prepare(`SELECT ${READ} FROM dead_letters WHERE id = ?`).bind(id).first<DeadLetterRow>();
}

export type LetterFilter = {
  queue?: string | undefined;
  reason?: string | undefined;
  group?: string | undefined;
  state?: DeadLetterRow["state"] | undefined;
  /** Bounds of the last failure's time, both inclusive, in epoch milliseconds. */
  since?: number | undefined;
  until?: number | undefined;
};
export type DeadLetterFilter = LetterFilter & { limit: number; after: Position | null };

/** Fixed SQL, each with one parameter. A group is of one queue and reason: its index serves, and theirs (by the `+`) does not. */
export function conditionsOf(filter: LetterFilter): { sql: string; value: Value }[] {
  const beside = filter.group === undefined ? "" : "+";
  const conditions: [sql: string, value: Value | undefined][] = [
    [`${beside}queue = ?`, filter.queue],
    [`${beside}reason = ?`, filter.reason],
    ["groupKey = ?", filter.group],
    ["state = ?", filter.state],
    ["lastAt >= ?", filter.since],
    ["lastAt <= ?", filter.until],
  ];
  return conditions.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
}

export async function listDeadLetters(database: Database, filter: DeadLetterFilter): Promise<Page<DeadLetterRow>> {
  const { limit, after } = filter;
  return await readPage<DeadLetterRow>(
    database,
    { table: "dead_letters", columns: READ, time: "lastAt", where: conditionsOf(filter), limit, after },
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
       RETURNING ${READ}`,
    )
    .bind(n, at, id, n - 1, n)
    .first<DeadLetterRow>();
}

/**
 * Ends the redrive of this number: it was sent (`redriven`), or it could not be sent (`dead`). `editedTo`: the event that was
 * sent in its place.
 */
export async function endRedrive(
  database: Database,
  { id, redrives }: Pick<DeadLetterRow, "id" | "redrives">,
  state: "redriven" | "dead",
  editedTo: string | null = null,
): Promise<void> {
  await database
    .prepare("UPDATE dead_letters SET state = ?, editedTo = ? WHERE id = ? AND state = 'redriving' AND redrives = ?")
    .bind(state, editedTo, id, redrives)
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
