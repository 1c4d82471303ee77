/** The part of D1 that the queries here use. `D1Database` satisfies it, and so does a local SQLite in tests. */
export type Database = { prepare(sql: string): Statement };
export type Value = string | number | null;
export type Statement = {
  bind(...values: Value[]): Statement;
  all<Row>(): Promise<{ results: Row[] }>;
  first<Row>(): Promise<Row | null>;
  run(): Promise<unknown>;
};
