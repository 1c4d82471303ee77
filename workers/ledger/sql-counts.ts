import type { Sql, SqlValue } from "../../shared/core/sql.ts";

/** `bytesWritten`: of the values that were bound to statements that write. An alarm that is set is billed as a row. */
export type SqlCount = { statements: number; rowsRead: number; rowsWritten: number; bytesWritten: number };
export type SqlCounts = Record<string, SqlCount>;

type Cursor<Row> = { toArray(): Row[]; readonly rowsRead: number; readonly rowsWritten: number };
export type CountableSql = {
  exec<Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]): Cursor<Row>;
};

/** Counts what a shard does in SQLite, by the call that does it. Only the benchmark asks for it (COUNT_SQL). */
export function createSqlCounter() {
  let counts: SqlCounts = {};
  let current = "start";
  const countOf = (name: string): SqlCount => {
    counts[name] ??= { statements: 0, rowsRead: 0, rowsWritten: 0, bytesWritten: 0 };
    return counts[name];
  };
  const counted = (sql: CountableSql): Sql => ({
    exec<Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]) {
      const cursor = sql.exec<Row>(query, ...bindings);
      const count = countOf(current);
      count.statements++;
      let rowsRead = 0;
      let rowsWritten = 0;
      /** A cursor's figures grow while it is read. */
      const add = (): void => {
        count.rowsRead += cursor.rowsRead - rowsRead;
        count.rowsWritten += cursor.rowsWritten - rowsWritten;
        ({ rowsRead, rowsWritten } = cursor);
      };
      add();
      if (!/^\s*SELECT/i.test(query)) count.bytesWritten += bytesOf(bindings);
      return {
        toArray: () => {
          const rows = cursor.toArray();
          add();
          return rows;
        },
      };
    },
  });
  return {
    counted,
    during<Answer>(name: string, call: () => Answer): Answer {
      const before = current;
      current = name;
      try {
        return call();
      } finally {
        current = before;
      }
    },
    alarmSet(): void {
      countOf("setAlarm").rowsWritten++;
    },
    /** The counts since the last call of this. */
    take(): SqlCounts {
      const taken = counts;
      counts = {};
      return taken;
    },
  };
}

const bytesOf = (bindings: readonly SqlValue[]): number =>
  bindings.reduce<number>((sum, value) => sum + (typeof value === "string" ? Buffer.byteLength(value) : 8), 0);
