import type { CasePlacing, CaseRow } from "../contracts/records.ts";
import { ALL_COLUMNS, ANEW } from "./cases.ts";
import type { Database } from "./database.ts";

/** Cases at which it is time to look, those that wait longest first. */
export const TO_LOOK_AT = `SELECT ${ALL_COLUMNS} FROM cases INDEXED BY cases_to_look_at WHERE lookAt <= ? ORDER BY lookAt, id LIMIT ?`;

export async function casesToLookAt(database: Database, now: number, limit: number): Promise<CaseRow[]> {
  const { results } = await database.prepare(TO_LOOK_AT).bind(now, limit).all<CaseRow>();
  return results;
}

export const TO_PLACE = ["placedBy IS NULL", "placedBy < ?", "placedBy > ?"].map(
  (where) =>
    `SELECT ${ALL_COLUMNS} FROM cases INDEXED BY cases_to_place WHERE state = 'open' AND ${where} ORDER BY placedBy, id LIMIT ?`,
);

/** Open cases that were placed under another policy than this, or none. */
export async function casesToPlace(database: Database, version: string, limit: number): Promise<CaseRow[]> {
  const found: CaseRow[] = [];
  for (const [index, sql] of TO_PLACE.entries()) {
    if (found.length >= limit) break;
    const values = [...(index === 0 ? [] : [version]), limit - found.length];
    const { results } = await database
      .prepare(sql)
      .bind(...values)
      .all<CaseRow>();
    found.push(...results);
  }
  return found;
}

/** Where policy puts it now. What was brought to the front stays there, and a snooze is still looked at when it ends. */
export async function placeCase(database: Database, { id, version }: CaseRow, placing: CasePlacing): Promise<void> {
  const { placedBy, worthUsdCents, priority, decideBy, whenDue, lookAt, groupKey } = placing;
  await database
    .prepare(
      `UPDATE cases SET placedBy = ?, worthUsdCents = ?, priority = CASE WHEN priority = 0 THEN 0 ELSE ? END, decideBy = ?,
         whenDue = ?, lookAt = CASE WHEN snoozedUntil IS NULL THEN ? ELSE min(snoozedUntil, coalesce(?, snoozedUntil)) END, groupKey = ?
       WHERE id = ? AND version = ? AND state = 'open'`,
    )
    .bind(placedBy, worthUsdCents, priority, decideBy, whenDue, lookAt, lookAt, groupKey, id, version)
    .run();
}

/** It was looked at. `isFront`: it comes next in the queue from now on. */
export async function lookedAt(
  database: Database,
  { id, lookAt }: CaseRow,
  change: { next: number | null; isFront: boolean; isAwake: boolean },
): Promise<void> {
  const { next, isFront, isAwake } = change;
  await database
    .prepare(
      `UPDATE cases SET lookAt = ?, priority = CASE WHEN ? = 1 THEN 0 ELSE priority END,
         snoozedUntil = CASE WHEN ? = 1 THEN NULL ELSE snoozedUntil END WHERE id = ? AND lookAt = ?`,
    )
    .bind(next, isFront ? 1 : 0, isAwake ? 1 : 0, id, lookAt)
    .run();
}

/** Policy has closed this round of it; no person decided. */
export async function closeByPolicy(
  database: Database,
  id: string,
  { code, round }: { code: string; round: number },
  now: number,
): Promise<void> {
  await database
    .prepare(
      "UPDATE cases SET state = 'closed', code = ?, closedAt = ?, lookAt = NULL, snoozedUntil = NULL, askedAt = NULL WHERE id = ? AND state = 'open' AND version <= ?",
    )
    .bind(code, now, id, round)
    .run();
}

/** Its approval was not used: it is before people again, and comes first. */
export async function bringBack(database: Database, { id, version }: CaseRow, lookAt: number): Promise<void> {
  const sql = `UPDATE cases SET state = 'open', closedAt = NULL, decidedBy = NULL, priority = 0, lookAt = ?
    WHERE id = ? AND version = ? AND state = 'approved'`;
  await database.prepare(sql).bind(lookAt, id, version).run();
}

/** Its approval was used after all. */
export async function approvedAfterAll(database: Database, { id, version }: CaseRow, now: number): Promise<void> {
  const sql = `UPDATE cases SET state = 'approved', closedAt = ?, lookAt = NULL, ${ANEW} WHERE id = ? AND version = ? AND state = 'open'`;
  await database.prepare(sql).bind(now, id, version).run();
}
