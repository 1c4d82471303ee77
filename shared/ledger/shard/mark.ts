import type { Sql, SqlValue } from "../../core/sql.ts";
import { MINUTE_MS } from "../../core/time.ts";

/**
 * How far the pump has looked at the first dues of a kind of rows. A row that is over by then costs no entry in an index:
 * the first due is never written again. Behind the mark, what waits is in the index of `<kind>_state`.
 */
type Place = { due: number; id: string };

/** The most first dues that one look passes. */
const SPAN_MAX = 2_000;
/** How far the stored mark may lie behind. A restart looks again, which changes nothing. */
const STORED_EVERY_MS = 10 * MINUTE_MS;
const NOWHERE: Place = { due: -1, id: "" };

export function createMark(sql: Sql, table: "event" | "action") {
  const setting = `looked:${table}`;
  let stored = read();
  let place = stored;
  /** A time before which no first due lies; null: not asked yet. */
  let nextDue: number | null = null;

  function read(): Place {
    const [row] = sql.exec<{ value: string }>("SELECT value FROM setting WHERE name = ?", setting).toArray();
    return row === undefined ? NOWHERE : (JSON.parse(row.value) as Place);
  }
  const ahead = "t.due >= ? AND (t.due > ? OR t.id > ?)";
  const aheadBindings = (): SqlValue[] => [place.due, place.due, place.id];

  return {
    ahead,
    aheadBindings,
    /** Whether the pump has not looked at this due yet. */
    isBefore: (due: number, id: string): boolean => due > place.due || (due === place.due && id > place.id),
    noteNext(due: number): void {
      if (nextDue !== null && due < nextDue) nextDue = due;
    },
    next(): number {
      if (nextDue === null) {
        const query = `SELECT min(t.due) AS due FROM ${table} t INDEXED BY ${table}_due WHERE ${ahead}`;
        const [row] = sql.exec<{ due: number | null }>(query, ...aheadBindings()).toArray();
        nextDue = row?.due ?? Number.POSITIVE_INFINITY;
      }
      return nextDue;
    },
    /** What the next look passes; null where no first due has come. */
    span(now: number): { where: string; bindings: SqlValue[]; end: Place } | null {
      if (this.next() > now) return null;
      const query = `SELECT t.due, t.id FROM ${table} t INDEXED BY ${table}_due WHERE ${ahead} AND t.due <= ? ORDER BY t.due, t.id LIMIT 1 OFFSET ${SPAN_MAX - 1}`;
      const [last] = sql.exec<Place>(query, ...aheadBindings(), now).toArray();
      const end = last ?? { due: now, id: LAST_ID };
      const where = `${ahead} AND t.due <= ? AND (t.due < ? OR t.id <= ?)`;
      return { where, bindings: [...aheadBindings(), end.due, end.due, end.id], end };
    },
    moveTo(end: Place): void {
      place = end;
      nextDue = null;
      if (end.due - stored.due < STORED_EVERY_MS) return;
      sql.exec("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", setting, JSON.stringify(end));
      stored = end;
    },
    reload(): void {
      stored = read();
      place = stored;
      nextDue = null;
    },
  };
}

/** After every id. */
const LAST_ID = "\u{10FFFF}";
