import type { Database, Statement } from "../../shared/records/database.ts";

/** So many readers, by statements with these words, see the same rows: none goes on before all have read. */
export function readTogether(database: Database, readers: number, words: string): Database {
  let waiting = readers;
  let go = (): void => undefined;
  const all = new Promise<void>((resolve) => {
    go = resolve;
  });
  async function together<Told>(told: Told): Promise<Told> {
    waiting--;
    if (waiting <= 0) go();
    await all;
    return told;
  }
  const wrap = (inner: Statement): Statement => ({
    ...inner,
    bind: (...values) => wrap(inner.bind(...values)),
    first: async <Row>() => await together(await inner.first<Row>()),
    all: async <Row>() => await together(await inner.all<Row>()),
  });
  return {
    prepare: (sql) => (sql.includes(words) ? wrap(database.prepare(sql)) : database.prepare(sql)),
  };
}
