import { DAY_MS } from "../core/time.ts";
import type { Database } from "./database.ts";

/** Stands where a text stood: the row stays, with its ids, amounts, states and times. */
export const REMOVED = "removed after RETENTION_DAYS";

/** Rows of one statement, and statements of one run: an invocation may ask D1 a thousand times. The rest follows a day later. */
const ROWS_AT_ONCE = 500;
const STATEMENTS_MAX = 200;

type Table = {
  name: "cases" | "dead_letters";
  time: "openedAt" | "lastAt";
  isOver: string;
  overAt: string;
  set: string;
};

/** What is over, and since when. What is open, dead, or being redriven, is somebody's work, however old it is. */
const TABLES: Record<"cases" | "deadLetters", Table> = {
  cases: {
    name: "cases",
    time: "openedAt",
    isOver: "state IN ('approved', 'denied', 'closed')",
    overAt: "coalesce(closedAt, openedAt)",
    set: "reason = ?1, summary = ?1",
  },
  deadLetters: {
    name: "dead_letters",
    time: "lastAt",
    isOver: "state IN ('redriven', 'discarded')",
    overAt: "coalesce(actedAt, lastAt)",
    set: "body = ?1, detail = ?1, discardReason = CASE WHEN discardReason IS NULL THEN NULL ELSE ?1 END",
  },
};
/** A column of each that nothing else writes this text to. */
const TEXT = { cases: "summary", dead_letters: "body" } as const;

export type Removed = { cases: number; deadLetters: number };

/** Removes the texts of what has been over for more than so many days. The same again removes nothing more. */
export async function removeOldTexts(database: Database, days: number, now: number): Promise<Removed> {
  const before = now - days * DAY_MS;
  return {
    cases: await removeFrom(database, TABLES.cases, before),
    deadLetters: await removeFrom(database, TABLES.deadLetters, before),
  };
}

/** Oldest first. A statement begins behind the last one, so that a run looks at each row once. */
async function removeFrom(
  database: Database,
  { name, time, isOver, overAt, set }: Table,
  before: number,
): Promise<number> {
  const sql = `UPDATE ${name} SET ${set} WHERE id IN (
      SELECT id FROM ${name} WHERE ${isOver} AND ${time} < ?2 AND ${overAt} < ?2 AND ${TEXT[name]} <> ?1
        AND (${time}, id) > (?3, ?4) ORDER BY ${time}, id LIMIT ?5)
    RETURNING id, ${time} AS at`;
  let from = { at: Number.MIN_SAFE_INTEGER, id: "" };
  let removed = 0;
  for (let statements = 0; statements < STATEMENTS_MAX / 2; statements++) {
    const { results } = await database
      .prepare(sql)
      .bind(REMOVED, before, from.at, from.id, ROWS_AT_ONCE)
      .all<{ id: string; at: number }>();
    removed += results.length;
    from = results.reduce((last, row) => (isBehind(row, last) ? row : last), from);
    if (results.length < ROWS_AT_ONCE) break;
  }
  return removed;
}

const isBehind = (row: { at: number; id: string }, last: { at: number; id: string }): boolean =>
  row.at > last.at || (row.at === last.at && row.id > last.id);
