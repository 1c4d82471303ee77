import type { Sql, SqlValue } from "../../core/sql.ts";
import { DAY_MS } from "../../core/time.ts";
import { createOrder } from "../find/order.ts";
import { type Chore, foundAlone } from "./chores.ts";

type Sum = { bucket: string; count: number; amount: number };

/** Days that have rows of their own. What is older is in the rows of day 0, so that a shard's totals stay few. */
export const TOTAL_DAYS = 400;
/** The most rows that one step of folding takes away. */
const FOLDED_AT_ONCE = 1_000;

type Minute = { minute: number; bucket: string };
const DAY_OF_MINUTE = "minute / 1440";
/** The newest of texts is the greatest: see find/order.ts. */
const ADD = `ON CONFLICT (day, bucket) DO UPDATE SET count = count + excluded.count, amount = amount + excluded.amount,
  newest = CASE WHEN newest > excluded.newest THEN newest ELSE coalesce(excluded.newest, newest) END`;
/** With its row the last event that was stored is written. */
const ACCEPTED = "event:accepted";

export const dayOf = (now: number): number => Math.floor(now / DAY_MS);

/**
 * Counts that are read without reading the events. What one call counts is written at its end, a row for each bucket and
 * day. `total` has the rows of earlier versions, one for each minute, until `fold` has added them to their days.
 */
export function createTotals(sql: Sql) {
  let unwritten = new Map<string, Sum & { day: number }>();
  const order = createOrder(sql);

  /** Moves rows of `from`, all of them or up to an end, to the days that `day` says. */
  function move(from: "total" | "total_day", day: string, where: string, ...bindings: SqlValue[]): void {
    const newest = from === "total" ? "NULL" : "max(newest)";
    const sums = `SELECT ${day}, bucket, sum(count), sum(amount), ${newest} FROM ${from} WHERE ${where} GROUP BY 1, 2`;
    sql.exec(`INSERT INTO total_day (day, bucket, count, amount, newest) ${sums} ${ADD}`, ...bindings);
    sql.exec(`DELETE FROM ${from} WHERE ${where}`, ...bindings);
  }

  return {
    order,
    count(bucket: string, count: number, amount: number, now: number): void {
      const day = dayOf(now);
      const key = `${day} ${bucket}`;
      const sum = unwritten.get(key) ?? { day, bucket, count: 0, amount: 0 };
      unwritten.set(key, { ...sum, count: sum.count + count, amount: sum.amount + amount });
    },
    flush(): void {
      if (unwritten.size === 0) return;
      for (const { day, bucket, count, amount } of unwritten.values())
        sql.exec(
          `INSERT INTO total_day (day, bucket, count, amount, newest) VALUES (?, ?, ?, ?, ?) ${ADD}`,
          day,
          bucket,
          count,
          amount,
          bucket === ACCEPTED ? order.unwritten() : null,
        );
      unwritten = new Map();
    },
    forget(): void {
      unwritten = new Map();
      order.forget();
    },
    /** Of all events that were ever stored. */
    accepted(): number {
      const query = `SELECT coalesce(sum(count), 0) AS count FROM (
        SELECT count FROM total_day WHERE bucket = ? UNION ALL SELECT count FROM total WHERE bucket = ?)`;
      return sql.exec<{ count: number }>(query, ACCEPTED, ACCEPTED).toArray()[0]?.count ?? 0;
    },
    /** Adds very old days to day 0 and, once, the rows of minutes to their days. */
    fold: {
      keepMs: TOTAL_DAYS * DAY_MS,
      look(_cursor, cutoff) {
        const [end] = sql
          .exec<Minute>("SELECT minute, bucket FROM total ORDER BY minute, bucket LIMIT 1 OFFSET ?", FOLDED_AT_ONCE - 1)
          .toArray();
        const [left] = sql
          .exec<{ day: number | null }>(
            "SELECT min(day) AS day FROM total_day WHERE day >= ?",
            Math.max(1, dayOf(cutoff)),
          )
          .toArray();
        const fold = (): void => {
          move("total_day", "0", "day > 0 AND day < ?", dayOf(cutoff));
          if (end === undefined) move("total", DAY_OF_MINUTE, "true");
          else move("total", DAY_OF_MINUTE, "(minute, bucket) <= (?, ?)", end.minute, end.bucket);
        };
        const day = left?.day ?? null;
        return foundAlone(fold, end === undefined ? null : "more", day === null ? null : day * DAY_MS);
      },
    } satisfies Chore,
    sums: (): Sum[] =>
      sql
        .exec<Sum>(
          `SELECT bucket, sum(count) AS count, sum(amount) AS amount
           FROM (SELECT bucket, count, amount FROM total_day UNION ALL SELECT bucket, count, amount FROM total)
           GROUP BY bucket`,
        )
        .toArray(),
  };
}
