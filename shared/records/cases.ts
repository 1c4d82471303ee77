import type { CasePlacing, CaseRow, CaseWork } from "../contracts/records.ts";
import type { Database, Value } from "./database.ts";
import { UNPLACED } from "./place.ts";

/** What the ledger says of a case. The rest is policy's, or people's. */
export const COLUMNS =
  "id, actionId, subject, eventId, kind, amountMinor, currency, reason, summary, state, version, openedAt, status, dueAt, isInformation, closedAt, customer, payment, rule, about";
export const PLACING = "placedBy, worthUsdCents, priority, decideBy, whenDue, lookAt, groupKey";
const WORK = "owner, ownerName, snoozedUntil, askedAt, acts, decidedBy, code";
/** All that is read of a case. */
export const ALL_COLUMNS = `${COLUMNS}, ${PLACING}, ${WORK}`;

type Matter = Pick<CaseRow, "customer" | "payment" | "rule" | "about">;
/** A case as it is to be kept: open, or closed at `closedAt`, where what it is about is over. `version`: the row's round. */
export type NewCase = Omit<CaseRow, "state" | "closedAt" | keyof (Matter & CasePlacing & CaseWork)> &
  Partial<Pick<CaseRow, "closedAt"> & Matter & CasePlacing>;

export const NO_MATTER: Matter = { customer: null, payment: null, rule: null, about: "other" };
export const NO_WORK: CaseWork = {
  owner: null,
  ownerName: null,
  snoozedUntil: null,
  askedAt: null,
  acts: 0,
  decidedBy: null,
  code: null,
};

export const replaced = (columns: string): string =>
  columns
    .split(", ")
    .map((column) => `${column} = excluded.${column}`)
    .join(", ");
/** What waits for nothing any more: another round begins, or it is over. */
export const ANEW = "snoozedUntil = NULL, askedAt = NULL";
const INSERTED = `${COLUMNS}, ${PLACING}`;

/**
 * Keeps the action's case. Each round of its row is written once: the same again, or what an older round said, changes
 * nothing, whenever it arrives and whatever people have decided since. A newer round opens it again: its owner stays, a
 * snooze and a question end. One whose matter is over is closed, and says how it ended.
 */
export async function openCase(database: Database, opening: NewCase): Promise<void> {
  const closedAt = opening.closedAt ?? null;
  const state: CaseRow["state"] = closedAt === null ? "open" : "closed";
  const row = { ...NO_MATTER, ...UNPLACED, ...opening, state, closedAt };
  await database
    .prepare(
      `INSERT INTO cases (${INSERTED}) VALUES (${INSERTED.replaceAll(/\w+/g, "?")})
       ON CONFLICT (id) DO UPDATE SET
         ${replaced("subject, eventId, kind, amountMinor, currency, reason, summary, status, dueAt, closedAt, state, customer, payment, rule, about")},
         ${replaced(PLACING)}, version = excluded.version, ${ANEW}, decidedBy = NULL, code = NULL,
         openedAt = CASE WHEN excluded.state = 'open' THEN excluded.openedAt ELSE openedAt END
       WHERE cases.version < excluded.version`,
    )
    .bind(...INSERTED.split(", ").map((column) => Reflect.get(row, column) as Value))
    .run();
}

export async function getCase(database: Database, id: string): Promise<CaseRow | null> {
  return await database.prepare(`SELECT ${ALL_COLUMNS} FROM cases WHERE id = ?`).bind(id).first<CaseRow>();
}
