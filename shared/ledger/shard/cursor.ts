import type { Sql, SqlValue } from "../../core/sql.ts";
import { MINUTE_MS } from "../../core/time.ts";

/**
 * How far the pump has read the first dues of a kind of rows. They are in the index of the table that is written once, and
 * stay there: a row that is settled before its first due costs no second entry in an index. Ahead of the cursor the pump
 * finds rows by their first due; what still waits behind it is in the index of `<kind>_state`.
 */
export type Position = { due: number; id: string };

/** The most first dues that one step passes. */
const STEP_MAX = 2_000;
/** How far the stored cursor may lie behind. A restart reads these dues again, which changes nothing. */
const STORED_EVERY_MS = 10 * MINUTE_MS;
const START: Position = { due: -1, id: "" };
/** After every id: ids are printable ASCII. */
const LAST_ID = "\u{10FFFF}";

export function createCursor(sql: Sql, table: "event" | "action") {
  const setting = `looked:${table}`;
  let stored = read();
  let position = stored;
  /** No first due ahead is earlier; null: not asked yet. */
  let nextDue: number | null = null;

  function read(): Position {
    const [row] = sql.exec<{ value: string }>("SELECT value FROM setting WHERE name = ?", setting).toArray();
    return row === undefined ? START : (JSON.parse(row.value) as Position);
  }
  // SQLite uses a partial index only where the condition says that the column is not null.
  const ahead = "t.due IS NOT NULL AND (t.due, t.id) > (?, ?)";
  const upTo = `${ahead} AND (t.due, t.id) <= (?, ?)`;
  const from = `FROM ${table} t INDEXED BY ${table}_due`;
  const bindings = (): SqlValue[] => [position.due, position.id];

  function next(): number {
    if (nextDue === null) {
      const query = `SELECT min(t.due) AS due ${from} WHERE ${ahead}`;
      const [row] = sql.exec<{ due: number | null }>(query, ...bindings()).toArray();
      nextDue = row?.due ?? Number.POSITIVE_INFINITY;
    }
    return nextDue;
  }

  return {
    next,
    /** The pump has not come to this due yet. */
    isAhead: ({ due, id }: Position): boolean => due > position.due || (due === position.due && id > position.id),
    noteNext(due: number): void {
      if (nextDue !== null && due < nextDue) nextDue = due;
    },
    /** The condition on `t` for all that is ahead. */
    ahead: () => ({ where: ahead, bindings: bindings() }),
    /** The condition for what the next step passes, and its end; null where no first due has come. */
    step(now: number): { where: string; bindings: SqlValue[]; end: Position } | null {
      if (next() > now) return null;
      const query = `SELECT t.due, t.id ${from} WHERE ${upTo} ORDER BY t.due, t.id LIMIT 1 OFFSET ${STEP_MAX - 1}`;
      const [last] = sql.exec<Position>(query, ...bindings(), now, LAST_ID).toArray();
      const end = last ?? { due: now, id: LAST_ID };
      return { where: upTo, bindings: [...bindings(), end.due, end.id], end };
    },
    moveTo(end: Position): void {
      position = end;
      nextDue = null;
      if (end.due - stored.due < STORED_EVERY_MS) return;
      sql.exec("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", setting, JSON.stringify(end));
      stored = end;
    },
    reload(): void {
      stored = read();
      position = stored;
      nextDue = null;
    },
  };
}
