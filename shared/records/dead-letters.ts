import type { DeadLetterRow } from "../contracts/records.ts";
import type { Database, Value } from "./database.ts";
import { type Page, type Position, readPage } from "./page.ts";

const COLUMNS =
  "id, queue, rowKind, rowId, subject, body, reason, detail, attempts, firstAt, lastAt, state, redrives, actedAt, discardReason";

/** A dead letter as it is first kept; what people do with it comes later. */
export type NewDeadLetter = Omit<DeadLetterRow, "state" | "redrives" | "actedAt" | "discardReason">;

/** Keeps a dead letter once: its id is the death's, so a message that is delivered again finds its row. */
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
  /** Of the last failure; both ends belong to it. */
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

/**
 * A dead letter starts its next redrive; one whose redrive was cut short goes on with it under the same number and the
 * same time, so that everything derived from them is the same again. Null when it is neither: redriven, discarded or
 * unknown.
 */
export async function startRedrive(database: Database, id: string, now: number): Promise<DeadLetterRow | null> {
  return await database
    .prepare(
      `UPDATE dead_letters SET
         redrives = CASE state WHEN 'dead' THEN redrives + 1 ELSE redrives END,
         actedAt = CASE state WHEN 'dead' THEN ? ELSE actedAt END,
         state = 'redriving'
       WHERE id = ? AND state IN ('dead', 'redriving') RETURNING ${COLUMNS}`,
    )
    .bind(now, id)
    .first<DeadLetterRow>();
}

/** Ends the redrive of this number: it is on its way (`redriven`), or it could not be sent at all (`dead`). */
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

/** Only what is dead can be discarded: a redrive that has begun is ended first. False when it was not dead. */
export async function discardDeadLetter(database: Database, id: string, reason: string, now: number): Promise<boolean> {
  const row = await database
    .prepare(
      `UPDATE dead_letters SET state = 'discarded', discardReason = ?, actedAt = ?
       WHERE id = ? AND state = 'dead' RETURNING id`,
    )
    .bind(reason, now, id)
    .first<{ id: string }>();
  return row !== null;
}
