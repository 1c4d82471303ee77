import { isBehind, type WaitingPlace } from "../../contracts/waiting.ts";
import type { Sql } from "../../core/sql.ts";

/** Where waiting rows stand. `upTo`: all up to this place were looked at; null: all. */
export type Stretch = { places: WaitingPlace[]; upTo: WaitingPlace | null };

/**
 * The places of the rows of one kind that wait, from the two indexes that the pump has. No row is read but entries of these,
 * and of what is ahead of the pump its state: at most `limit` of each.
 */
export function createWaitingIndex(
  sql: Sql,
  name: "event" | "action",
  position: () => WaitingPlace,
  isUnindexed: string,
) {
  const stretch = (found: readonly WaitingPlace[], places: WaitingPlace[], limit: number): Stretch => ({
    places,
    upTo: found.length < limit ? null : (found.at(-1) ?? null),
  });
  return {
    /** Those that the pump has looked at, or that moved back, in this queue. */
    waitingIn(queue: string, after: WaitingPlace, limit: number): Stretch {
      const query = `SELECT s.due, s.id FROM ${name}_state s INDEXED BY ${name}_state_due
        WHERE s.queue = ? AND s.due IS NOT NULL AND (s.due, s.id) > (?, ?) ORDER BY s.due, s.id LIMIT ?`;
      const places = sql.exec<WaitingPlace>(query, queue, after.due, after.id, limit).toArray();
      return stretch(places, places, limit);
    },
    /** Those that still wait for its first look. Settled rows stand among them until their first due has come. */
    waitingAhead(after: WaitingPlace, limit: number): Stretch {
      // One range, not two: SQLite would search by the first, and read all that lies between them.
      const pump = position();
      const { due, id } = isBehind(after, pump) ? after : pump;
      const query = `SELECT t.due, t.id, ${isUnindexed} AS waits FROM ${name} t INDEXED BY ${name}_due
        LEFT JOIN ${name}_state s ON s.id = t.id WHERE t.due IS NOT NULL AND (t.due, t.id) > (?, ?) ORDER BY t.due, t.id LIMIT ?`;
      const found = sql.exec<WaitingPlace & { waits: number }>(query, due, id, limit).toArray();
      const places = found.filter(({ waits }) => waits === 1).map(({ due, id }) => ({ due, id }));
      return stretch(found, places, limit);
    },
  };
}
