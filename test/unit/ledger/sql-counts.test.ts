import { expect, it } from "vitest";
import type { SqlValue } from "../../../shared/core/sql.ts";
import { createSqlCounter } from "../../../workers/ledger/sql-counts.ts";

/** As on the platform: what a statement has read is known once its rows were taken. */
const source = {
  exec<Row extends Record<string, SqlValue>>(query: string) {
    const reads = query.startsWith("SELECT");
    const cursor = { rowsRead: 0, rowsWritten: reads ? 0 : 2 };
    return Object.assign(cursor, {
      toArray(): Row[] {
        if (reads) cursor.rowsRead = 3;
        return [];
      },
    });
  },
};

it("counts statements, rows and bound bytes under the call that makes them, and begins anew when it is asked", () => {
  const counter = createSqlCounter();
  const sql = counter.counted(source);
  counter.during("claim", () => sql.exec("SELECT 1 WHERE ?", "not written").toArray());
  counter.during("close", () => sql.exec("UPDATE event SET row = ?, due = ?", "é", null));
  expect(() =>
    counter.during("begin", () => {
      throw new Error("refused");
    }),
  ).toThrow("refused");
  sql.exec("INSERT INTO setting VALUES (?)", "x");
  counter.alarmSet();
  expect(counter.take()).toEqual({
    claim: { statements: 1, rowsRead: 3, rowsWritten: 0, bytesWritten: 0 },
    close: { statements: 1, rowsRead: 0, rowsWritten: 2, bytesWritten: 10 },
    start: { statements: 1, rowsRead: 0, rowsWritten: 2, bytesWritten: 1 },
    setAlarm: { statements: 0, rowsRead: 0, rowsWritten: 1, bytesWritten: 0 },
  });
  expect(counter.take()).toEqual({});
});
