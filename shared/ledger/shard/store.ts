import type { RecordedDecision } from "../../contracts/decision.ts";
import type { PaymentEvent } from "../../contracts/event.ts";
import type { HoldRef } from "../../contracts/gate.ts";
import { canonicalJson } from "../../core/json.ts";
import type { Sql } from "../../core/sql.ts";
import { MINUTE_MS } from "../../core/time.ts";
import type { ActionRow } from "../action/row.ts";
import type { KeyRow } from "../event/key.ts";
import type { EventRow } from "../event/row.ts";
import { upgradedAction, upgradedDecision, upgradedEvent } from "./upgrade.ts";

/** Reads and writes rows in SQLite. It makes no decision. */
export function createStore(sql: Sql) {
  let soonestDue: number | null = null;
  const noteDue = (due: number | null): void => {
    if (due !== null && (soonestDue === null || due < soonestDue)) soonestDue = due;
  };
  return {
    event: (id: string): EventRow | null => one(eventRows(sql, "WHERE id = ?", id)),
    dueEvents: (now: number, limit: number): EventRow[] =>
      eventRows(sql, "WHERE due <= ? ORDER BY due LIMIT ?", now, limit),
    /** Reads the whole table, once per process, for a person's question. An index would cost a write with every event. */
    newestEventIds: (limit: number): string[] =>
      sql
        .exec<{ id: string }>("SELECT id FROM event ORDER BY accepted_at DESC LIMIT ?", limit)
        .toArray()
        .map(({ id }) => id),
    insertEvent(row: EventRow, raw: string): void {
      noteDue(row.due);
      sql.exec(
        "INSERT INTO event (id, due, accepted_at, body, row, raw) VALUES (?, ?, ?, ?, ?, ?)",
        row.id,
        row.due,
        row.acceptedAt,
        canonicalJson(row.event),
        restOf(row),
        raw,
      );
    },
    updateEvent(row: EventRow): void {
      noteDue(row.due);
      sql.exec("UPDATE event SET due = ?, row = ? WHERE id = ?", row.due, restOf(row), row.id);
    },
    eventBody: (id: string): string | null =>
      one(sql.exec<{ body: string }>("SELECT body FROM event WHERE id = ?", id).toArray())?.body ?? null,
    rawOf: (id: string): string | null =>
      one(sql.exec<{ raw: string }>("SELECT raw FROM event WHERE id = ?", id).toArray())?.raw ?? null,
    insertConflict(event: PaymentEvent, raw: string, now: number): void {
      sql.exec(
        "INSERT OR IGNORE INTO conflict (id, at, body, raw) VALUES (?, ?, ?, ?)",
        event.id,
        now,
        canonicalJson(event),
        raw,
      );
    },

    key(key: string): KeyRow | null {
      const query = 'SELECT key, n, occurred_at AS "occurredAt", at FROM key WHERE key = ?';
      return one(sql.exec<KeyRow>(query, key).toArray());
    },
    saveKey({ key, n, occurredAt, at }: KeyRow): void {
      sql.exec("INSERT OR REPLACE INTO key (key, n, occurred_at, at) VALUES (?, ?, ?, ?)", key, n, occurredAt, at);
    },

    decision(key: string): RecordedDecision | null {
      const row = one(sql.exec<{ standing: string }>("SELECT standing FROM fact WHERE key = ?", key).toArray());
      return row === null ? null : upgradedDecision(JSON.parse(row.standing));
    },
    insertDecision(recorded: RecordedDecision): void {
      sql.exec("INSERT INTO fact (key, standing) VALUES (?, ?)", recorded.factRowKey, JSON.stringify(recorded));
    },

    action: (id: string): ActionRow | null => one(actionRows(sql, "WHERE id = ?", id)),
    actionsOf: (subject: string): ActionRow[] => actionRows(sql, "WHERE subject = ?", subject),
    dueActions: (now: number, limit: number): ActionRow[] =>
      actionRows(sql, "WHERE due <= ? ORDER BY due LIMIT ?", now, limit),
    /** The actions that wait for this hold's lift. It scans the index of waiting rows, so it needs no index of its own. */
    heldActions: ({ scope, at }: HoldRef, limit: number): ActionRow[] =>
      actionRows(
        sql,
        "INDEXED BY action_due WHERE due IS NOT NULL AND json_extract(row, '$.held.scope') = ? AND json_extract(row, '$.held.at') <= ? LIMIT ?",
        scope,
        at,
        limit,
      ),
    /** The waiting actions of this kind and customer. It scans the index of waiting rows, as `heldActions` does. */
    waitingOf: (kind: string, customer: string, limit: number): ActionRow[] =>
      actionRows(
        sql,
        "INDEXED BY action_due WHERE due IS NOT NULL AND json_extract(row, '$.action.kind') = ? AND json_extract(row, '$.action.customer') = ? LIMIT ?",
        kind,
        customer,
        limit,
      ),
    insertAction(row: ActionRow): void {
      noteDue(row.due);
      sql.exec(
        "INSERT INTO action (id, subject, due, row) VALUES (?, ?, ?, ?)",
        row.id,
        row.subject,
        row.due,
        JSON.stringify(row),
      );
    },
    updateAction(row: ActionRow): void {
      noteDue(row.due);
      sql.exec("UPDATE action SET due = ?, row = ? WHERE id = ?", row.due, JSON.stringify(row), row.id);
    },

    /** The earliest due that was written since the last call of this; null when none was. */
    takeSoonestDue(): number | null {
      const due = soonestDue;
      soonestDue = null;
      return due;
    },
    /** When the pump must wake: the earliest due of all rows; null when nothing waits. */
    earliestDue(): number | null {
      const [row] = sql
        .exec<{ due: number | null }>(
          "SELECT min(due) AS due FROM (SELECT min(due) AS due FROM event WHERE due IS NOT NULL UNION ALL SELECT min(due) AS due FROM action WHERE due IS NOT NULL)",
        )
        .toArray();
      return row?.due ?? null;
    },
    waiting(): { events: number; actions: number } {
      const count = (table: string): number =>
        one(sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table} WHERE due IS NOT NULL`).toArray())?.n ?? 0;
      return { events: count("event"), actions: count("action") };
    },
    /** One row per minute and bucket, so that totals are read without reading the events. */
    count(bucket: string, count: number, amount: number, now: number): void {
      sql.exec(
        "INSERT INTO total (minute, bucket, count, amount) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count, amount = amount + excluded.amount",
        Math.floor(now / MINUTE_MS),
        bucket,
        count,
        amount,
      );
    },
    totals: (): { bucket: string; count: number; amount: number }[] =>
      sql
        .exec<{ bucket: string; count: number; amount: number }>(
          "SELECT bucket, sum(count) AS count, sum(amount) AS amount FROM total GROUP BY bucket",
        )
        .toArray(),

    setting: (name: string): string | null =>
      one(sql.exec<{ value: string }>("SELECT value FROM setting WHERE name = ?", name).toArray())?.value ?? null,
    insertSetting(name: string, value: string): void {
      sql.exec("INSERT INTO setting (name, value) VALUES (?, ?)", name, value);
    },
  };
}

export type Store = ReturnType<typeof createStore>;

const one = <T>(rows: readonly T[]): T | null => rows[0] ?? null;

function restOf({ event: _event, ...rest }: EventRow): string {
  return JSON.stringify(rest);
}

function eventRows(sql: Sql, where: string, ...bindings: (string | number)[]): EventRow[] {
  return sql
    .exec<{ body: string; row: string }>(`SELECT body, row FROM event ${where}`, ...bindings)
    .toArray()
    .map(({ body, row }) => ({
      ...upgradedEvent(JSON.parse(row)),
      event: JSON.parse(body) as PaymentEvent,
    }));
}

function actionRows(sql: Sql, where: string, ...bindings: (string | number)[]): ActionRow[] {
  return sql
    .exec<{ row: string }>(`SELECT row FROM action ${where}`, ...bindings)
    .toArray()
    .map(({ row }) => upgradedAction(JSON.parse(row)));
}
