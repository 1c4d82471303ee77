import type { Hear } from "../contracts/heard.ts";
import type { Database, Statement } from "./database.ts";

/** An alarm is repeated after this time: a queue delivers again and again while D1 is away. */
export const ALARM_EVERY_MS = 10 * 60_000;

type Watch = { alarm(line: Record<string, unknown>): void; now(): number; hear?: Hear };

/**
 * D1, of which a person is told where it fails or is full. Made once per isolate, so that each tells it once in a while.
 * What was to be written waits in the ledger; the caller gets the error and tries again.
 */
export function createWatch({ alarm, now, hear }: Watch): (database: Database) => Database {
  let toldAt = Number.NEGATIVE_INFINITY;
  async function watched<T>(call: Promise<T>): Promise<T> {
    try {
      const answer = await call;
      hear?.("records", "answered");
      return answer;
    } catch (error) {
      hear?.("records", "records_unavailable");
      const at = now();
      // A clock that was set back must not silence it.
      if (Math.abs(at - toldAt) >= ALARM_EVERY_MS) {
        toldAt = at;
        alarm({ what: "records.unavailable", error: String(error), waits: "cases and dead letters, in the ledger" });
      }
      throw error;
    }
  }
  const statementOf = (inner: Statement): Statement => ({
    bind: (...values) => statementOf(inner.bind(...values)),
    all: <Row>() => watched(inner.all<Row>()),
    first: <Row>() => watched(inner.first<Row>()),
    run: () => watched(inner.run()),
  });
  return (database) => ({ prepare: (sql) => statementOf(database.prepare(sql)) });
}
