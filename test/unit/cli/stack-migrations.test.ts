import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { applyMigrations, type Database } from "../../../cli/stack/migrations.ts";

/** SQLite in memory behind D1's words; a batch is one transaction, as at D1. */
function createDatabase() {
  const sqlite = new DatabaseSync(":memory:");
  const statement = (
    sql: string,
    values: SQLInputValue[] = [],
  ): ReturnType<Database["prepare"]> & { execute(): void } => ({
    bind: (...given) => statement(sql, given as SQLInputValue[]),
    all: async <Row>() => ({ results: sqlite.prepare(sql).all(...values) as Row[] }),
    run: async () => sqlite.prepare(sql).run(...values),
    execute: () => void sqlite.prepare(sql).run(...values),
  });
  const database: Database = {
    prepare: statement,
    async batch(statements) {
      sqlite.exec("BEGIN");
      try {
        for (const one of statements as ReturnType<typeof statement>[]) one.execute();
        sqlite.exec("COMMIT");
      } catch (error) {
        sqlite.exec("ROLLBACK");
        throw error;
      }
    },
  };
  return { database, sqlite };
}

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "countersign-test-"));
  writeFileSync(join(directory, "0002_more.sql"), "INSERT INTO notes (text) VALUES ('a;b');");
  writeFileSync(
    join(directory, "0001_first.sql"),
    "-- notes; of people\nCREATE TABLE notes (text TEXT);\nCREATE INDEX n ON notes (text);\n",
  );
  writeFileSync(join(directory, "README.md"), "not a migration");
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("applyMigrations", () => {
  it("applies each file once, in the order of their names", async () => {
    const { database, sqlite } = createDatabase();
    expect(await applyMigrations(database, directory)).toEqual(["0001_first.sql", "0002_more.sql"]);
    expect(await applyMigrations(database, directory)).toEqual([]);
    expect(
      sqlite
        .prepare("SELECT text FROM notes")
        .all()
        .map((row) => row.text),
    ).toEqual(["a;b"]);
  });

  it("applies what came later to a database that has the rest", async () => {
    const { database } = createDatabase();
    await applyMigrations(database, directory);
    writeFileSync(join(directory, "0003_again.sql"), "INSERT INTO notes (text) VALUES ('c');");
    expect(await applyMigrations(database, directory)).toEqual(["0003_again.sql"]);
  });

  it("leaves nothing of a file that fails half way, and tries it again", async () => {
    const { database, sqlite } = createDatabase();
    writeFileSync(
      join(directory, "0003_bad.sql"),
      "INSERT INTO notes (text) VALUES ('half'); INSERT INTO nowhere VALUES (1);",
    );
    await expect(applyMigrations(database, directory)).rejects.toThrow("nowhere");
    expect(sqlite.prepare("SELECT count(*) AS n FROM notes WHERE text = 'half'").get()).toEqual({ n: 0 });
    writeFileSync(join(directory, "0003_bad.sql"), "INSERT INTO notes (text) VALUES ('whole');");
    expect(await applyMigrations(database, directory)).toEqual(["0003_bad.sql"]);
  });

  it("has nothing to do where there is no folder", async () => {
    expect(await applyMigrations(createDatabase().database, join(directory, "none"))).toEqual([]);
  });
});
