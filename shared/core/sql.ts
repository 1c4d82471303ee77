/** The part of SQLite that we use. A Durable Object's `ctx.storage.sql` has it; tests wrap node:sqlite. */
export type SqlValue = string | number | null;
export type Sql = {
  exec<Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]): { toArray(): Row[] };
};

/** Brings the tables to the newest version. Each migration runs once; the version is its position in the list, from 1. */
export function migrate(sql: Sql, migrations: readonly string[]): void {
  sql.exec("CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY) WITHOUT ROWID");
  const [last] = sql.exec<{ version: number | null }>("SELECT max(version) AS version FROM migration").toArray();
  for (const [index, statements] of migrations.entries()) {
    const version = index + 1;
    if (version <= (last?.version ?? 0)) continue;
    sql.exec(statements);
    sql.exec("INSERT INTO migration (version) VALUES (?)", version);
  }
}
