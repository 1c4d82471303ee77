import type { CaseRow } from "../contracts/records.ts";
import type { Database } from "./database.ts";
import { type Page, type Position, readPage } from "./page.ts";

export const COLUMNS =
  "id, actionId, subject, eventId, kind, amountMinor, currency, reason, summary, state, version, openedAt, status, dueAt, isInformation, closedAt";

/** A case as it is to be kept: open, or closed at `closedAt`, where what it is about is over. The table sets its version. */
export type NewCase = Omit<CaseRow, "state" | "version" | "closedAt"> & Partial<Pick<CaseRow, "closedAt">>;

/**
 * Keeps the action's case. A case that is closed, or open for another reason or with another standing, is reopened under the
 * next version. One whose matter is over is closed, and says how it ended. The same again changes nothing, so a doorbell may
 * ring twice. An approval names its version: an approval of an older version does not count.
 */
export async function openCase(database: Database, opening: NewCase): Promise<void> {
  const { id, actionId, subject, eventId, kind, amountMinor, currency, reason, summary, openedAt } = opening;
  const { status, dueAt, isInformation, closedAt = null } = opening;
  const state: CaseRow["state"] = closedAt === null ? "open" : "closed";
  await database
    .prepare(
      `INSERT INTO cases (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         eventId = excluded.eventId, kind = excluded.kind, amountMinor = excluded.amountMinor,
         currency = excluded.currency, reason = excluded.reason, summary = excluded.summary,
         status = excluded.status, dueAt = excluded.dueAt, closedAt = excluded.closedAt,
         state = excluded.state, version = version + 1,
         openedAt = CASE WHEN excluded.state = 'open' THEN excluded.openedAt ELSE openedAt END
       WHERE state <> excluded.state OR reason <> excluded.reason
         OR status IS NOT excluded.status OR dueAt IS NOT excluded.dueAt`,
    )
    .bind(
      id,
      actionId,
      subject,
      eventId,
      kind,
      amountMinor,
      currency,
      reason,
      summary,
      state,
      openedAt,
      status,
      dueAt,
      isInformation,
      closedAt,
    )
    .run();
}

export async function getCase(database: Database, id: string): Promise<CaseRow | null> {
  return await database.prepare(`SELECT ${COLUMNS} FROM cases WHERE id = ?`).bind(id).first<CaseRow>();
}

export type CaseFilter = {
  state?: CaseRow["state"] | undefined;
  /** Those that only tell of something, or those that a person decides; both where it is left out. */
  isInformation?: CaseRow["isInformation"] | undefined;
  limit: number;
  after: Position | null;
};

export async function listCases(database: Database, filter: CaseFilter): Promise<Page<CaseRow>> {
  const { state, isInformation, limit, after } = filter;
  const where = [
    ...(state === undefined ? [] : [{ sql: "state = ?", value: state }]),
    ...(isInformation === undefined ? [] : [{ sql: "isInformation = ?", value: isInformation }]),
  ];
  return await readPage<CaseRow>(
    database,
    { table: "cases", columns: COLUMNS, time: "openedAt", where, limit, after },
    ({ openedAt, id }) => ({ at: openedAt, id }),
  );
}
