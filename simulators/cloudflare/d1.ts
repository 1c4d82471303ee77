/** D1 on SQLite in memory: migrations are really applied. */

import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { ok, page, Refusal, type Reply } from "./envelope.ts";
import type { Call } from "./router.ts";
import type { Database, World } from "./world.ts";

export function listDatabases(world: World, { query }: Call): Reply {
  if (Number(query.get("page") ?? 1) > 1) return page([]);
  const name = query.get("name");
  return page([...world.databases.values()].filter((one) => name === null || one.name === name).map(shown));
}

export function createDatabase(world: World, { json }: Call): Reply {
  const { name } = json() as { name?: unknown };
  if (typeof name !== "string" || name === "") throw new Refusal(400, 7400, "The database has no name.");
  if (world.databases.has(name)) throw new Refusal(400, 7502, `A database with the name '${name}' already exists.`);
  const database = { uuid: randomUUID(), name, sql: new DatabaseSync(":memory:") };
  world.databases.set(name, database);
  return ok(shown(database));
}

export function readDatabase(world: World, call: Call): Reply {
  return ok(shown(databaseOf(world, call)));
}

/** Runs the statements of one query in one transaction, as D1 does: all of them, or none. */
export function queryDatabase(world: World, call: Call): Reply {
  const { sql } = databaseOf(world, call);
  const { sql: text } = call.json() as { sql?: string };
  if (typeof text !== "string" || text.trim() === "") throw new Refusal(400, 7400, "The query has no sql.");
  const started = performance.now();
  const results = rowsOf(sql, text);
  const meta = { duration: performance.now() - started, changes: 0, rows_read: results.length, rows_written: 0 };
  return ok([{ success: true, results, meta }]);
}

function rowsOf(sql: DatabaseSync, text: string): unknown[] {
  try {
    if (/^\s*(?:SELECT|PRAGMA|WITH)\b/i.test(text)) return sql.prepare(text).all();
    sql.exec("BEGIN");
    sql.exec(text);
    sql.exec("COMMIT");
    return [];
  } catch (error) {
    if (sql.isTransaction) sql.exec("ROLLBACK");
    throw new Refusal(400, 7500, error instanceof Error ? `${error.message}: SQLITE_ERROR` : "SQLITE_ERROR");
  }
}

function databaseOf(world: World, { params }: Call): Database {
  const named = decodeURIComponent(params.database ?? "");
  const found = [...world.databases.values()].find(({ uuid, name }) => uuid === named || name === named);
  if (found === undefined) {
    throw new Refusal(404, 7404, `The database ${named} could not be found`);
  }
  return found;
}

const shown = ({ uuid, name }: Database): object => ({
  uuid,
  name,
  version: "production",
  created_at: "2026-01-01T00:00:00.000Z",
});
