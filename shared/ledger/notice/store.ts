import type { NoticeState } from "../../contracts/views.ts";
import type { Sql } from "../../core/sql.ts";

/**
 * That a person is told of a waiting row, until its case is open, and again until it is closed. `at`: when that was found,
 * which tells one wait of a row from another. `since`: its `waitsSince` then. `subject`: the shard key of the row.
 */
export type NoticeRow = {
  id: string;
  kind: "event" | "action";
  subject: string;
  at: number;
  since: number;
  why: string;
  state: NoticeState;
  /** When the pump rings for it. */
  due: number;
  rings: number;
};

/** The table of notices. Its migration is in shard/schema.ts. It has a row only for what waits for too long. */
export function createNoticeStore(sql: Sql, noteDue: (due: number) => void) {
  /** No notice is due before this; null where it is to be read. So the pump asks the table only when one is due. */
  let soonest: number | null = null;
  const readSoonest = (): number =>
    sql.exec<{ due: number | null }>("SELECT min(due) AS due FROM notice").toArray()[0]?.due ??
    Number.POSITIVE_INFINITY;
  const rows = (where: string, ...bindings: (string | number)[]): NoticeRow[] =>
    sql
      .exec<NoticeRow>(`SELECT id, kind, subject, at, since, why, state, due, rings FROM notice ${where}`, ...bindings)
      .toArray();
  return {
    of: (id: string): NoticeRow | null => rows("WHERE id = ?", id)[0] ?? null,
    due(now: number, limit: number): NoticeRow[] {
      soonest ??= readSoonest();
      if (soonest > now) return [];
      soonest = null;
      return rows("WHERE due <= ? ORDER BY due LIMIT ?", now, limit);
    },
    save({ id, kind, subject, at, since, why, state, due, rings }: NoticeRow): void {
      noteDue(due);
      if (soonest !== null) soonest = Math.min(soonest, due);
      sql.exec(
        "INSERT OR REPLACE INTO notice (id, kind, subject, at, since, why, state, due, rings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        kind,
        subject,
        at,
        since,
        why,
        state,
        due,
        rings,
      );
    },
    remove(id: string): void {
      soonest = null;
      sql.exec("DELETE FROM notice WHERE id = ?", id);
    },
    earliestDue(): number | null {
      soonest ??= readSoonest();
      return soonest === Number.POSITIVE_INFINITY ? null : soonest;
    },
    /** A call has failed: what it left in memory is not on disk. */
    forget(): void {
      soonest = null;
    },
  };
}

export type NoticeStore = ReturnType<typeof createNoticeStore>;
