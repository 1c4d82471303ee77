import { parseJson } from "../core/json.ts";
import type { Database, Value } from "./database.ts";

/**
 * Pages, newest first. A cursor names the last row of a page, not a number of rows to skip, so new rows do not shift
 * the pages that follow.
 */
export type Page<Row> = { items: Row[]; next: string | null };
export type Position = { at: number; id: string };

/** An opaque cursor that is safe in a URL. */
export function toCursor({ at, id }: Position): string {
  return btoa(JSON.stringify([at, id]))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** Null for a text that is not one of our cursors. */
export function fromCursor(cursor: string): Position | null {
  const json = fromBase64Url(cursor);
  const parsed = json === null ? null : parseJson(json);
  if (!parsed?.ok || !Array.isArray(parsed.value)) return null;
  const [at, id]: unknown[] = parsed.value;
  return Number.isSafeInteger(at) && typeof at === "number" && typeof id === "string" ? { at, id } : null;
}

function fromBase64Url(text: string): string | null {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return null;
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return null;
  }
}

/** Before the newest row. */
const BEFORE_ALL: Position = { at: Number.MAX_SAFE_INTEGER, id: "" };

export type PageQuery = {
  table: "cases" | "dead_letters";
  columns: string;
  /** The column to order by. It never changes in a row's life. */
  time: "openedAt" | "lastAt";
  /** Fixed SQL fragments, each with one parameter. A caller's input is always a parameter. */
  where: { sql: string; value: Value }[];
  limit: number;
  after: Position | null;
};

export async function readPage<Row>(
  database: Database,
  { table, columns, time, where, limit, after }: PageQuery,
  positionOf: (row: Row) => Position,
): Promise<Page<Row>> {
  const conditions = where.map(({ sql }) => sql);
  const values = where.map(({ value }) => value);
  if (after !== null) {
    conditions.push(`(${time}, id) < (?, ?)`);
    values.push(after.at, after.id);
  }
  const filter = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  const sql = `SELECT ${columns} FROM ${table} ${filter} ORDER BY ${time} DESC, id DESC LIMIT ?`;
  const { results } = await database
    .prepare(sql)
    .bind(...values, limit + 1)
    .all<Row>();
  const items = results.slice(0, limit);
  const last = items.at(-1);
  // A page of no rows: the next one begins where this one did.
  const reached = last === undefined ? (after ?? BEFORE_ALL) : positionOf(last);
  return { items, next: results.length > limit ? toCursor(reached) : null };
}
