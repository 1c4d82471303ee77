/** The copy of the audit in D1, for people to search. What it says is checked against the writer's signed head. */
import type { ActDetail } from "../contracts/act.ts";
import type { AuditEntry } from "../contracts/audit.ts";
import { canonicalJson, isObject, parseJson } from "../core/json.ts";
import type { Database, Value } from "./database.ts";
import { type Page, type Position, toCursor } from "./page.ts";

type AuditRow = Omit<AuditEntry, "by" | "before" | "after"> & {
  personId: string;
  personName: string;
  before: string;
  after: string;
};

const COLUMNS = [
  "n",
  "event",
  "at",
  "personId",
  "personName",
  "what",
  "about",
  "before",
  "after",
  "textHash",
  "prev",
  "hash",
];
const REST = COLUMNS.slice(1);
/** D1 takes a hundred parameters a statement. */
const ROWS_AT_ONCE = 8;

/** Writes entries; one that has its row, and is as it should be, is left. Answers how many rows were written. */
export async function keepEntries(database: Database, entries: readonly AuditEntry[]): Promise<number> {
  let written = 0;
  for (let from = 0; from < entries.length; from += ROWS_AT_ONCE) {
    const some = entries.slice(from, from + ROWS_AT_ONCE);
    const { results } = await database
      .prepare(
        `INSERT INTO audit (${COLUMNS.join(", ")}) VALUES ${some.map(() => `(${COLUMNS.map(() => "?").join(", ")})`).join(", ")}
         ON CONFLICT (n) DO UPDATE SET ${REST.map((column) => `${column} = excluded.${column}`).join(", ")}
         WHERE ${REST.map((column) => `audit.${column} IS NOT excluded.${column}`).join(" OR ")}
         RETURNING n`,
      )
      .bind(...some.flatMap(valuesOf))
      .all<{ n: number }>();
    written += results.length;
  }
  return written;
}

function valuesOf({ n, event, at, by, what, about, before, after, textHash, prev, hash }: AuditEntry): Value[] {
  return [n, event, at, by.id, by.name, what, about, canonicalJson(before), canonicalJson(after), textHash, prev, hash];
}

function entryOf({ personId, personName, before, after, ...row }: AuditRow): AuditEntry {
  return { ...row, by: { id: personId, name: personName }, before: detailOf(before), after: detailOf(after) };
}

/** What is no JSON any more was changed; its hash will not fit. */
function detailOf(text: string): ActDetail {
  const parsed = parseJson(text);
  return parsed.ok && isObject(parsed.value) ? (parsed.value as ActDetail) : { unreadable: text };
}

/** Entries behind n, in the order of the chain. */
export async function entriesBehind(database: Database, n: number, limit: number): Promise<AuditEntry[]> {
  const { results } = await database
    .prepare("SELECT * FROM audit WHERE n > ? ORDER BY n LIMIT ?")
    .bind(n, limit)
    .all<AuditRow>();
  return results.map(entryOf);
}

export async function entryAt(database: Database, n: number): Promise<AuditEntry | null> {
  const row = await database.prepare("SELECT * FROM audit WHERE n = ?").bind(n).first<AuditRow>();
  return row === null ? null : entryOf(row);
}

/** The acts of these entries, by their numbers; at most so many as one call of the writer answers. */
export async function eventsAt(database: Database, numbers: readonly number[]): Promise<Map<number, string>> {
  const events = new Map<number, string>();
  for (let from = 0; from < numbers.length; from += NUMBERS_AT_ONCE) {
    const some = numbers.slice(from, from + NUMBERS_AT_ONCE);
    const { results } = await database
      .prepare(`SELECT n, event FROM audit WHERE n IN (${some.map(() => "?").join(", ")})`)
      .bind(...some)
      .all<{ n: number; event: string }>();
    for (const { n, event } of results) events.set(n, event);
  }
  return events;
}
const NUMBERS_AT_ONCE = 100;

/** The acts about these, oldest first, without redactions: what is left of those says why. */
export async function actsAbout(database: Database, about: readonly string[], limit: number): Promise<AuditEntry[]> {
  const { results } = await database
    .prepare(
      `SELECT * FROM audit WHERE about IN (${about.map(() => "?").join(", ")}) AND what <> 'text.redact' ORDER BY n LIMIT ?`,
    )
    .bind(...about, limit)
    .all<AuditRow>();
  return results.map(entryOf);
}

export type AuditFilter = {
  person?: string | undefined;
  about?: string | undefined;
  /** Bounds of the time of the act, both inclusive, in epoch milliseconds. */
  since?: number | undefined;
  until?: number | undefined;
  limit: number;
  after: Position | null;
};

/** Newest act first. */
export async function listAudit(database: Database, filter: AuditFilter): Promise<Page<AuditEntry>> {
  const { sql, values } = queryOfAudit(filter);
  const { results } = await database
    .prepare(sql)
    .bind(...values)
    .all<AuditRow>();
  const items = results.slice(0, filter.limit).map(entryOf);
  const last = items.at(-1);
  const reached = last === undefined ? filter.after : { at: last.at, id: String(last.n) };
  const isMore = results.length > filter.limit;
  return { items, next: isMore ? toCursor(reached ?? { at: Number.MAX_SAFE_INTEGER, id: "0" }) : null };
}

/** By itself, so that a test can read its plan. */
export function queryOfAudit(filter: AuditFilter): { sql: string; values: Value[] } {
  const { person, about, since, until, limit, after } = filter;
  const conditions: [sql: string, value: Value | undefined][] = [
    ["about = ?", about],
    ["personId = ?", person],
    ["at >= ?", since],
    ["at <= ?", until],
  ];
  const where = conditions.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  const values: Value[] = where.map(({ value }) => value);
  const place = after === null ? [] : [after.at, Number(after.id)];
  const all = [...where.map(({ sql }) => sql), ...(after === null ? [] : ["(at, n) < (?, ?)"])];
  const filtered = all.length === 0 ? "" : `WHERE ${all.join(" AND ")}`;
  return {
    sql: `SELECT * FROM audit ${filtered} ORDER BY at DESC, n DESC LIMIT ?`,
    values: [...values, ...place, limit + 1],
  };
}
