import { IDEMPOTENCY_MS } from "../../contracts/http.ts";
import type { Sql } from "../../core/sql.ts";
import { DAY_MS } from "../../core/time.ts";
import { type Chore, foundAlone } from "./chores.ts";

/** The most key rows that one step reads. */
const READ_AT_ONCE = 1_000;

/**
 * Removes the rows of idempotency keys that have had their time, and a day more, since a clock may be behind. A key that is
 * claimed after that finds its newest event by asking, like one of before key rows: docs/decisions/0021.
 */
export function choreOfKeys(sql: Sql): Chore {
  return {
    keepMs: IDEMPOTENCY_MS + DAY_MS,
    look(cursor, cutoff) {
      const query = "SELECT key, at FROM key WHERE key > ? ORDER BY key LIMIT ?";
      const rows = sql.exec<{ key: string; at: number }>(query, cursor, READ_AT_ONCE).toArray();
      const end = rows.length < READ_AT_ONCE ? null : (rows.at(-1)?.key ?? null);
      const until = end ?? rows.at(-1)?.key ?? "";
      const left = rows.filter(({ at }) => at >= cutoff).map(({ at }) => at);
      const remove = (): void =>
        void sql.exec("DELETE FROM key WHERE key > ? AND key <= ? AND at < ?", cursor, until, cutoff);
      return foundAlone(remove, end, left.length === 0 ? null : Math.min(...left));
    },
  };
}
