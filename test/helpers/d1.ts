import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { Database, Statement, Value } from "../../shared/records/database.ts";

const MIGRATIONS = fileURLToPath(new URL("../../shared/records/migrations/", import.meta.url));

/** What the platform allows, so that no statement passes here and fails there. */
export const PLATFORM_LIMITS = {
  compoundSelect: 5,
  variableNumber: 100,
  sqlLength: 100_000,
  functionArg: 32,
  exprDepth: 100,
  column: 100,
  likePatternLength: 50,
};

/** An empty records database, in memory: real SQL behind the shape of D1. */
export function createRecords(): { database: Database; sqlite: DatabaseSync } {
  const sqlite = new DatabaseSync(":memory:", { limits: PLATFORM_LIMITS });
  for (const name of readdirSync(MIGRATIONS).sort()) sqlite.exec(readFileSync(MIGRATIONS + name, "utf8"));
  return { database: databaseOf(sqlite), sqlite };
}

export const databaseOf = (sqlite: DatabaseSync): Database => ({ prepare: (sql) => statement(sqlite, sql, []) });

function statement(sqlite: DatabaseSync, sql: string, values: Value[]): Statement {
  const rows = (): unknown[] =>
    sqlite
      .prepare(sql)
      .all(...values)
      .map((row) => ({ ...row }));
  return {
    bind: (...bound) => statement(sqlite, sql, bound),
    all: async <Row>() => ({ results: rows() as Row[] }),
    first: async <Row>() => (rows()[0] ?? null) as Row | null,
    run: async () => rows(),
  };
}

/** The same database, of which a call that matches fails: as if D1 went away before it, or after it had its effect. */
export function failing(database: Database, matches: (sql: string) => boolean, when: "before" | "after"): Database {
  const wrap = (sql: string, inner: Statement): Statement => {
    const call = async <T>(run: () => Promise<T>): Promise<T> => {
      const fails = matches(sql);
      if (fails && when === "before") throw new Error("D1_ERROR: the database is away");
      const result = await run();
      if (fails) throw new Error("D1_ERROR: the connection was lost");
      return result;
    };
    return {
      bind: (...values) => wrap(sql, inner.bind(...values)),
      all: <Row>() => call(() => inner.all<Row>()),
      first: <Row>() => call(() => inner.first<Row>()),
      run: () => call(() => inner.run()),
    };
  };
  return { prepare: (sql) => wrap(sql, database.prepare(sql)) };
}
