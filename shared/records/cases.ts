import type { CaseRow } from "../contracts/records.ts";
import type { Database } from "./database.ts";
import { type Page, type Position, readPage } from "./page.ts";

export const COLUMNS =
  "id, actionId, subject, eventId, kind, amountMinor, currency, reason, summary, state, version, openedAt, status, dueAt, isInformation, closedAt";

/** A case when it is opened. The table sets its state and version. */
export type NewCase = Omit<CaseRow, "state" | "version" | "closedAt">;

/** One action has one case, so the action's id gives the case's id. */
export const caseIdOf = (actionId: string): string => `case_${actionId.replace(/^act_/, "")}`;

/**
 * Opens the action's case. A case that is closed, or open for another reason, is reopened under the next version; the
 * same opening again changes nothing, so a doorbell may ring twice. An approval names its version: an approval of an older
 * version does not count.
 */
export async function openCase(database: Database, opening: NewCase): Promise<void> {
  const { id, actionId, subject, eventId, kind, amountMinor, currency, reason, summary, openedAt } = opening;
  const { status, dueAt, isInformation } = opening;
  await database
    .prepare(
      `INSERT INTO cases (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', 1, ?, ?, ?, ?, NULL)
       ON CONFLICT (id) DO UPDATE SET
         eventId = excluded.eventId, kind = excluded.kind, amountMinor = excluded.amountMinor,
         currency = excluded.currency, reason = excluded.reason, summary = excluded.summary,
         status = excluded.status, dueAt = excluded.dueAt, closedAt = NULL,
         state = 'open', version = version + 1, openedAt = excluded.openedAt
       WHERE state <> 'open' OR reason <> excluded.reason`,
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
      openedAt,
      status,
      dueAt,
      isInformation,
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
