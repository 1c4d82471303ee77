import { CASE_KINDS } from "../contracts/policy.ts";
import type { CaseRow } from "../contracts/records.ts";
import { ALL_COLUMNS } from "./cases.ts";
import type { Database } from "./database.ts";

/**
 * The case that this person works next: by policy's priority, and of one priority what is due first. Not what is snoozed,
 * asked, grouped, recorded, or somebody else's.
 */
export async function nextCase(
  database: Database,
  { person, about, now }: { person: string; about?: CaseRow["about"] | undefined; now: number },
): Promise<CaseRow | null> {
  await wakeSnoozed(database, now);
  const kinds = JSON.stringify(about === undefined ? CASE_KINDS : [about]);
  const [own, nobodys] = await Promise.all([
    database.prepare(NEXT).bind(kinds, person).first<CaseRow>(),
    database.prepare(NEXT).bind(kinds, null).first<CaseRow>(),
  ]);
  if (own === null || nobodys === null) return own ?? nobodys;
  return isBefore(nobodys, own) ? nobodys : own;
}

const FAR = 9_000_000_000_000_000;

/** Of each kind its first, and of them the first: however many wait, one row of each kind is read. */
export const NEXT = `SELECT ${ALL_COLUMNS} FROM (SELECT value AS waiting FROM json_each(?1)) CROSS JOIN cases ON id = (
    SELECT id FROM cases INDEXED BY cases_by_place
    WHERE state = 'open' AND about = waiting AND place = 'queue' AND owner IS ?2
    ORDER BY priority, dueOrder, openedAt, id LIMIT 1
  ) ORDER BY priority, dueOrder, openedAt, id LIMIT 1`;

/** What is the person's own comes first where both are as urgent. */
function isBefore(one: CaseRow, own: CaseRow): boolean {
  if (one.priority !== own.priority) return one.priority < own.priority;
  return (one.decideBy ?? FAR) < (own.decideBy ?? FAR);
}

/** A snooze that is over ends by itself: here, and at the escalate Worker's next look. */
async function wakeSnoozed(database: Database, now: number): Promise<void> {
  await database.prepare(WAKE).bind(now).run();
}

export const WAKE = "UPDATE cases SET snoozedUntil = NULL WHERE snoozedUntil <= ?";
