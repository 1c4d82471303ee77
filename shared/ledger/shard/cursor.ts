import type { Sql, SqlValue } from "../../core/sql.ts";
import { MINUTE_MS } from "../../core/time.ts";

/** A place in the index of first dues. */
export type Position = { due: number; id: string };

/** The most first dues that one step passes. */
const STEP_MAX = 2_000;
/** The pump sleeps past this many first dues of rows that are settled, so that it does not wake for each of them. */
const SLEPT_PAST_MAX = 500;
/** How far the stored cursor may lie behind. A restart reads these dues again, which changes nothing. */
const STORED_EVERY_MS = 10 * MINUTE_MS;
const START: Position = { due: -1, id: "" };
/** After every id: ids are printable ASCII. */
const LAST_ID = "\u{10FFFF}";
const LAST: Position = { due: Number.MAX_SAFE_INTEGER, id: LAST_ID };

/**
 * How far the pump has read the first dues of a kind of rows. Ahead of it, rows are found by their first due; what waits behind
 * it is in the index of `<kind>_state`. `isUnindexed`: the condition on `t` and its state `s` for a row that waits
 * and that nothing but its first due leads to.
 */
export function createCursor(sql: Sql, table: "event" | "action", isUnindexed: string) {
  const setting = `looked:${table}`;
  /** Null: not read yet. It is read when it is needed first, since a failed call is rolled back after it is forgotten. */
  let known: { stored: Position; position: Position } | null = null;
  /** No first due ahead of a row that waits for its first look is earlier; null: not asked yet. */
  let nextDue: number | null = null;

  function read(): { stored: Position; position: Position } {
    if (known !== null) return known;
    const [row] = sql.exec<{ value: string }>("SELECT value FROM setting WHERE name = ?", setting).toArray();
    const stored = row === undefined ? START : (JSON.parse(row.value) as Position);
    known = { stored, position: stored };
    return known;
  }
  // SQLite uses a partial index only where the condition says that the column is not null.
  const ahead = "t.due IS NOT NULL AND (t.due, t.id) > (?, ?)";
  const upTo = `${ahead} AND (t.due, t.id) <= (?, ?)`;
  const from = `FROM ${table} t INDEXED BY ${table}_due`;
  function bindings(): SqlValue[] {
    const { due, id } = read().position;
    return [due, id];
  }

  function next(): number {
    if (nextDue === null) {
      const last = nthAhead(SLEPT_PAST_MAX, LAST);
      const end = last ?? LAST;
      const query = `SELECT t.due ${from} LEFT JOIN ${table}_state s ON s.id = t.id WHERE ${upTo} AND ${isUnindexed} ORDER BY t.due, t.id LIMIT 1`;
      const [waiting] = sql.exec<{ due: number }>(query, ...bindings(), end.due, end.id).toArray();
      nextDue = waiting?.due ?? last?.due ?? Number.POSITIVE_INFINITY;
    }
    return nextDue;
  }
  /** Null where there are fewer ahead up to this end. */
  function nthAhead(n: number, end: Position): Position | null {
    const query = `SELECT t.due, t.id ${from} WHERE ${upTo} ORDER BY t.due, t.id LIMIT 1 OFFSET ${n - 1}`;
    return sql.exec<Position>(query, ...bindings(), end.due, end.id).toArray()[0] ?? null;
  }

  return {
    next,
    position: (): Position => read().position,
    /** The pump has not come to this due yet. */
    isAhead({ due, id }: Position): boolean {
      const { position } = read();
      return due > position.due || (due === position.due && id > position.id);
    },
    noteNext(due: number): void {
      if (nextDue !== null && due < nextDue) nextDue = due;
    },
    /** The condition on `t` for all that is ahead. */
    ahead: () => ({ where: ahead, bindings: bindings() }),
    /** The condition for what the next step passes, and its end; null where no first due has come. */
    step(now: number): { where: string; bindings: SqlValue[]; end: Position } | null {
      if (next() > now) return null;
      const present: Position = { due: now, id: LAST_ID };
      const end = nthAhead(STEP_MAX, present) ?? present;
      return { where: upTo, bindings: [...bindings(), end.due, end.id], end };
    },
    moveTo(end: Position): void {
      const { stored } = read();
      const isStored = end.due - stored.due >= STORED_EVERY_MS;
      if (isStored)
        sql.exec("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", setting, JSON.stringify(end));
      known = { stored: isStored ? end : stored, position: end };
      nextDue = null;
    },
    forget(): void {
      known = null;
      nextDue = null;
    },
  };
}
