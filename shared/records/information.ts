import type { NewCase } from "./cases.ts";
import type { Database } from "./database.ts";

/**
 * Cases for information: they tell of a row that waits for long and goes on by itself. One row has one such case, beside the
 * case that it may become. `openedAt` is when the wait was found too long, and tells one wait of the row from another.
 */
export type NewInformation = Omit<NewCase, "status" | "dueAt" | "isInformation">;

/** Opens it; a later wait reopens it under the next version. The same opening again changes nothing, also after its end. */
export async function openInformation(database: Database, opening: NewInformation): Promise<void> {
  const { id, actionId, subject, eventId, kind, amountMinor, currency, reason, summary, openedAt } = opening;
  await database
    .prepare(
      `INSERT INTO cases (id, actionId, subject, eventId, kind, amountMinor, currency, reason, summary, state, version, openedAt, isInformation)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', 1, ?, 1)
       ON CONFLICT (id) DO UPDATE SET
         reason = excluded.reason, summary = excluded.summary, state = 'open', version = version + 1,
         openedAt = excluded.openedAt, closedAt = NULL
       WHERE isInformation = 1 AND openedAt <> excluded.openedAt`,
    )
    .bind(id, actionId, subject, eventId, kind, amountMinor, currency, reason, summary, openedAt)
    .run();
}

/** Closes it where it was opened at `until` or before: a wait that was found later is another one. */
export async function closeInformation(database: Database, id: string, until: number, now: number): Promise<void> {
  await database
    .prepare(
      "UPDATE cases SET state = 'closed', closedAt = ? WHERE id = ? AND isInformation = 1 AND state = 'open' AND openedAt <= ?",
    )
    .bind(now, id, until)
    .run();
}
