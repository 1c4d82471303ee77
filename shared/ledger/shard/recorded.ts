import type { RecordedPage, RecordedPart, RecordedQuery, RecordedRow } from "../../contracts/recorded.ts";
import type { Sql } from "../../core/sql.ts";

/** The most rows that one page looks at, and the most that it answers: a call must not occupy its shard. */
const LOOKED_AT_ONCE = 1_000;
const ANSWERED_AT_ONCE = 50;

/** Ids behind one, in order, and whether people have worked with the row. No index has the deaths: each row is looked at. */
const QUERIES: Record<RecordedPart, string> = {
  actions:
    "SELECT id, subject, json_extract(row, '$.deaths') > 0 OR json_extract(row, '$.caseReason') IS NOT NULL AS isRecorded FROM action WHERE id > ? ORDER BY id LIMIT ?",
  events:
    "SELECT id, NULL AS subject, json_extract(row, '$.deaths') > 0 AS isRecorded FROM event WHERE id > ? ORDER BY id LIMIT ?",
  messages: idsLike("message"),
  acts: idsLike("act"),
  redrives: idsLike("redrive"),
  discards: idsLike("discard"),
};

/** Our own events by the prefix of their ids; `;` comes behind `:`. */
function idsLike(prefix: string): string {
  return `SELECT id, NULL AS subject, 1 AS isRecorded FROM event WHERE id > max(?, '${prefix}:') AND id < '${prefix};' ORDER BY id LIMIT ?`;
}

/** A page of a shard's rows that people have worked with. It reads ids alone. */
export function recordedIn(sql: Sql, { part, after }: RecordedQuery): RecordedPage {
  const looked = sql.exec<RecordedRow & { isRecorded: number | null }>(QUERIES[part], after, LOOKED_AT_ONCE).toArray();
  const rows: RecordedRow[] = [];
  for (const { id, subject, isRecorded } of looked) {
    if (isRecorded === 1) rows.push({ id, subject });
    if (rows.length === ANSWERED_AT_ONCE) return { rows, next: id };
  }
  return { rows, next: looked.length < LOOKED_AT_ONCE ? null : (looked.at(-1)?.id ?? null) };
}
