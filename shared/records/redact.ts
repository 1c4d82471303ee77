/** Removes from D1 what people wrote about rows that are redacted. The rows stay. The same again changes nothing. */
import type { Database, Value } from "./database.ts";

/** Stands where a text stood; the ledger writes the same, so that no case looks changed. */
export const REDACTED = "[removed]";

/** `evenOpen`: also what somebody has before them. */
export type RecordsToRedact = { cases: readonly string[]; letters: readonly string[]; evenOpen: boolean };
export type RecordsRedacted = { cases: number; notes: number; letters: number };

export async function redactRecords(
  database: Database,
  { cases, letters, evenOpen }: RecordsToRedact,
): Promise<RecordsRedacted> {
  const sum = { cases: 0, notes: 0, letters: 0 };
  const changed = async (sql: string, values: Value[]): Promise<number> =>
    (
      await database
        .prepare(`${sql} RETURNING 1 AS one`)
        .bind(...values)
        .all<{ one: number }>()
    ).results.length;
  for (const id of cases) {
    sum.cases += await changed(
      "UPDATE cases SET reason = ?1, summary = ?1 WHERE id = ?2 AND summary <> ?1 AND (?3 OR state <> 'open')",
      [REDACTED, id, Number(evenOpen)],
    );
    sum.notes += await changed("UPDATE case_notes SET text = ?1 WHERE caseId = ?2 AND text <> ?1", [REDACTED, id]);
  }
  for (const id of letters) {
    sum.letters += await changed(
      `UPDATE dead_letters SET body = ?1, detail = ?1,
         discardReason = CASE WHEN discardReason IS NULL THEN NULL ELSE ?1 END
       WHERE id = ?2 AND body <> ?1 AND (?3 OR state IN ('redriven', 'discarded'))`,
      [REDACTED, id, Number(evenOpen)],
    );
  }
  return sum;
}

/** The letters of a row that people have before them: not sent again, and not given up. */
export async function openLetters(database: Database, ids: readonly string[]): Promise<string[]> {
  const open: string[] = [];
  for (const id of ids) {
    const sql = "SELECT id FROM dead_letters WHERE id = ? AND state IN ('dead', 'redriving')";
    if ((await database.prepare(sql).bind(id).first<{ id: string }>()) !== null) open.push(id);
  }
  return open;
}
