import type { Sql } from "../../core/sql.ts";
import { MINUTE_MS } from "../../core/time.ts";

type Sum = { bucket: string; count: number; amount: number };

/** Counts that are read without reading the events. What one call counts is written at its end, a row for each bucket. */
export function createTotals(sql: Sql) {
  let unwritten = new Map<string, Sum & { minute: number }>();
  return {
    count(bucket: string, count: number, amount: number, now: number): void {
      const minute = Math.floor(now / MINUTE_MS);
      const key = `${minute} ${bucket}`;
      const sum = unwritten.get(key) ?? { minute, bucket, count: 0, amount: 0 };
      unwritten.set(key, { ...sum, count: sum.count + count, amount: sum.amount + amount });
    },
    flush(): void {
      if (unwritten.size === 0) return;
      for (const { minute, bucket, count, amount } of unwritten.values())
        sql.exec(
          "INSERT INTO total (minute, bucket, count, amount) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count, amount = amount + excluded.amount",
          minute,
          bucket,
          count,
          amount,
        );
      unwritten = new Map();
    },
    forget(): void {
      unwritten = new Map();
    },
    sums: (): Sum[] =>
      sql.exec<Sum>("SELECT bucket, sum(count) AS count, sum(amount) AS amount FROM total GROUP BY bucket").toArray(),
  };
}
