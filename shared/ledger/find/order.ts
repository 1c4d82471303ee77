import type { Sql } from "../../core/sql.ts";
import type { Stored } from "../event/row.ts";

/** The last event that a shard stored: the n-th, counted from 1. */
export type Newest = { n: number; id: string };

const FIGURES = 15;
/** The greater text is the newer one, whatever the day of its row: a clock may be set back. */
const toText = ({ n, id }: Newest): string => `${String(n).padStart(FIGURES, "0")} ${id}`;
const fromText = (text: string): Newest => ({ n: Number(text.slice(0, FIGURES)), id: text.slice(FIGURES + 1) });

/**
 * The order in which a shard stored its events. No index has it, since one would cost a row with each event. Each row says in
 * its JSON which event came before it, and the row of the day's total, which is written anyway, says which was the last.
 */
export function createOrder(sql: Sql) {
  /** Undefined: not read yet. */
  let known: Newest | null | undefined;
  let isWritten = true;

  function newest(): Newest | null {
    if (known !== undefined) return known;
    const query = "SELECT max(newest) AS newest FROM total_day WHERE bucket = 'event:accepted'";
    const [row] = sql.exec<{ newest: string | null }>(query).toArray();
    known = row?.newest ? fromText(row.newest) : null;
    return known;
  }
  return {
    newest,
    /** The place of the event that is stored next. */
    next(): Stored {
      const last = newest();
      return { n: (last?.n ?? 0) + 1, previous: last?.id ?? null };
    },
    append({ id, stored }: { id: string; stored: Stored }): void {
      known = { n: stored.n, id };
      isWritten = false;
    },
    /** What the total's row is to say; null where it says it already. */
    unwritten(): string | null {
      if (isWritten || !known) return null;
      isWritten = true;
      return toText(known);
    },
    /** A call has failed: what is in memory may not be on disk. */
    forget(): void {
      known = undefined;
      isWritten = true;
    },
  };
}

export type Order = ReturnType<typeof createOrder>;
