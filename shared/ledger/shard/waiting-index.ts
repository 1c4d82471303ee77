import { isBehind, type WaitingPlace } from "../../contracts/waiting.ts";
import type { Sql } from "../../core/sql.ts";

/** Where waiting rows stand. `upTo`: all up to this place were looked at; null: all. */
export type Stretch = { places: WaitingPlace[]; upTo: WaitingPlace | null };

/** The most entries of first dues that one page passes. Settled rows stand among them, on a busy shard those of a minute. */
export const PASSED_AT_ONCE = 5_000;

/**
 * The places of the rows of one kind that wait, from the two indexes that the pump has. No row is read but entries of these,
 * and of what is ahead of the pump its state.
 */
export function createWaitingIndex(
  sql: Sql,
  name: "event" | "action",
  position: () => WaitingPlace,
  isUnindexed: string,
) {
  const endOf = (found: readonly WaitingPlace[], limit: number): WaitingPlace | null =>
    found.length < limit ? null : (found.at(-1) ?? null);

  const firstDues = ({ due, id }: WaitingPlace, limit: number) =>
    sql
      .exec<WaitingPlace & { waits: number }>(
        `SELECT t.due, t.id, ${isUnindexed} AS waits FROM ${name} t INDEXED BY ${name}_due
          LEFT JOIN ${name}_state s ON s.id = t.id
          WHERE t.due IS NOT NULL AND (t.due, t.id) > (?, ?) ORDER BY t.due, t.id LIMIT ?`,
        due,
        id,
        limit,
      )
      .toArray();

  return {
    /** At most `limit` of those that the pump has looked at, or that moved back, in this queue. */
    waitingIn(queue: string, after: WaitingPlace, limit: number): Stretch {
      const query = `SELECT s.due, s.id FROM ${name}_state s INDEXED BY ${name}_state_due
        WHERE s.queue = ? AND s.due IS NOT NULL AND (s.due, s.id) > (?, ?) ORDER BY s.due, s.id LIMIT ?`;
      const places = sql.exec<WaitingPlace>(query, queue, after.due, after.id, limit).toArray();
      return { places, upTo: endOf(places, limit) };
    },
    /** Those that still wait for its first look: `limit` and a few more, where so many are found within the bound. */
    waitingAhead(after: WaitingPlace, limit: number): Stretch {
      // One range, not two: SQLite would search by the first, and read all that lies between them.
      const pump = position();
      let upTo: WaitingPlace | null = isBehind(after, pump) ? after : pump;
      const places: WaitingPlace[] = [];
      for (let passed = 0; upTo !== null && places.length < limit && passed < PASSED_AT_ONCE; passed += limit) {
        const found = firstDues(upTo, limit);
        places.push(...found.filter(({ waits }) => waits === 1).map(({ due, id }) => ({ due, id })));
        upTo = endOf(found, limit);
      }
      return { places, upTo };
    },
  };
}
