/** Removes from D1 what people wrote about rows that are redacted. The rows stay. The same again changes nothing. */
import { REDACTED } from "../contracts/redact.ts";
import type { Database, Value } from "./database.ts";

/** `notes`: by their own events. `discards`: letters whose reason goes, and no more. `evenOpen`: also what somebody has before them. */
export type RecordsToRedact = {
  cases: readonly string[];
  letters: readonly string[];
  notes: readonly string[];
  discards: readonly string[];
  evenOpen: boolean;
};
/** By their ids; a note has that of its event. */
export type RecordsRedacted = Record<"cases" | "notes" | "letters", string[]>;

/** Answers the rows that were changed. `remove` false: those that would be. */
export async function redactRecords(
  database: Database,
  { cases, letters, notes, discards, evenOpen }: RecordsToRedact,
  remove: boolean,
): Promise<RecordsRedacted> {
  const sum: RecordsRedacted = { cases: [], notes: [], letters: [] };
  const change = async (into: keyof RecordsRedacted, what: Change, id: string): Promise<void> => {
    sum[into].push(...(await changed(database, what, id, evenOpen, remove)));
  };
  for (const id of cases) {
    await change("cases", CASE, id);
    await change("notes", NOTES_OF_CASE, id);
  }
  for (const id of notes) await change("notes", NOTE, id);
  for (const id of letters) await change("letters", LETTER, id);
  for (const id of discards) await change("letters", DISCARD, id);
  return sum;
}

type Change = { table: string; key: string; set: string; where: string };

const CASE: Change = {
  table: "cases",
  key: "id",
  set: "reason = ?1, summary = ?1",
  where: "id = ?2 AND summary <> ?1 AND (?3 OR state <> 'open')",
};
const NOTES_OF_CASE: Change = {
  table: "case_notes",
  key: "event",
  set: "text = ?1",
  where: "caseId = ?2 AND text <> ?1",
};
const NOTE: Change = { table: "case_notes", key: "event", set: "text = ?1", where: "event = ?2 AND text <> ?1" };
const LETTER: Change = {
  table: "dead_letters",
  key: "id",
  set: "body = ?1, detail = ?1, discardReason = CASE WHEN discardReason IS NULL THEN NULL ELSE ?1 END",
  where: "id = ?2 AND body <> ?1 AND (?3 OR state IN ('redriven', 'discarded'))",
};
const DISCARD: Change = {
  table: "dead_letters",
  key: "id",
  set: "discardReason = ?1",
  where: "id = ?2 AND discardReason <> ?1",
};

async function changed(
  database: Database,
  { table, key, set, where }: Change,
  id: string,
  evenOpen: boolean,
  remove: boolean,
): Promise<string[]> {
  const sql = remove
    ? `UPDATE ${table} SET ${set} WHERE ${where} RETURNING ${key} AS id`
    : `SELECT ${key} AS id FROM ${table} WHERE ${where}`;
  const values: Value[] = where.includes("?3") ? [REDACTED, id, Number(evenOpen)] : [REDACTED, id];
  const { results } = await database
    .prepare(sql)
    .bind(...values)
    .all<{ id: string }>();
  return results.map(({ id: changedId }) => changedId);
}

/** The events of what was written about a case: acts of people, and answers that came as requests. */
export async function noteEvents(database: Database, caseId: string): Promise<string[]> {
  const { results } = await database
    .prepare("SELECT event FROM case_notes WHERE caseId = ? ORDER BY at DESC, event DESC LIMIT 1000")
    .bind(caseId)
    .all<{ event: string }>();
  return results.map(({ event }) => event);
}

/** The open case beside which the words of this event stand; null where there is none. */
export async function openCaseWithNote(database: Database, event: string): Promise<string | null> {
  const row = await database
    .prepare("SELECT id FROM cases WHERE state = 'open' AND id = (SELECT caseId FROM case_notes WHERE event = ?)")
    .bind(event)
    .first<{ id: string }>();
  return row?.id ?? null;
}

/** The letters of a row that people have before them: not sent again, and not given up. */
export async function openLetters(database: Database, ids: readonly string[]): Promise<string[]> {
  const open: string[] = [];
  for (const id of ids) {
    const sql = "SELECT id FROM dead_letters WHERE id = ? AND state IN ('dead', 'redriving')";
    if ((await database.prepare(sql).bind(id).first<{ id: string }>()) !== null) open.push(id);
  }
  return open;
}
