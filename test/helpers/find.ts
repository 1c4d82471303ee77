import type { FindQuery, FoundRow, ShardFound } from "../../shared/contracts/find.ts";
import type { SqlValue } from "../../shared/core/sql.ts";
import type { ShardSql } from "../../shared/ledger/shard/fullness.ts";

type Finder = { find(query: FindQuery): ShardFound };

/** All that a shard finds for a reference, call by call to the end, and how many calls that took. */
export function findAll(shard: Finder, reference: string, limit = 10_000, between: () => void = () => undefined) {
  const rows: FoundRow[] = [];
  let [calls, removed] = [0, 0];
  let after: string | null = null;
  do {
    const answer = shard.find({ reference, limit, after });
    rows.push(...answer.rows);
    removed += answer.removed;
    after = answer.next;
    if (++calls > 10_000) throw new Error("the look-up does not come to its end");
    between();
  } while (after !== null);
  return { rows, ids: [...new Set(rows.map(({ eventId }) => eventId))], calls, removed };
}

/** How many rows SQLite gave out. */
export function countingRows(sql: ShardSql): { sql: ShardSql; take(): number } {
  let read = 0;
  return {
    sql: {
      get databaseSize() {
        return sql.databaseSize;
      },
      exec<Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]) {
        const rows = sql.exec<Row>(query, ...bindings).toArray();
        read += rows.length;
        return { toArray: () => rows };
      },
    },
    take() {
      const taken = read;
      read = 0;
      return taken;
    },
  };
}
