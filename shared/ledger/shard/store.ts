import type { RecordedDecision } from "../../contracts/decision.ts";
import type { PaymentEvent } from "../../contracts/event.ts";
import type { HoldRef } from "../../contracts/gate.ts";
import { canonicalJson } from "../../core/json.ts";
import type { Sql } from "../../core/sql.ts";
import type { ActionRow } from "../action/row.ts";
import type { KeyRow } from "../event/key.ts";
import type { EventRow } from "../event/row.ts";
import { BLOCK_ROWS } from "../settings.ts";
import { createConflicts } from "./conflicts.ts";
import { destinationOfAction, destinationOfEvent } from "./destination.ts";
import { choreOfKeys } from "./keys.ts";
import { createRecent } from "./recent.ts";
import { createRowTable, type TableOf } from "./row-table.ts";
import { createTotals } from "./totals.ts";
import { upgradedAction, upgradedDecision, upgradedEvent } from "./upgrade.ts";

/** Action ids that are kept in memory with their subjects. */
const SUBJECTS_MAX = 10_000;
/** The JSON in which an action's changed fields are, `held` always among them. */
const NEWEST = "CASE WHEN s.id IS NULL THEN t.row ELSE s.row END";

type ActionTimes = { id: string; updatedAt: number; textRemovedAt: number | null };
/** Of what changed since, only what differs is in the state. */
const TIMES = `SELECT t.id, coalesce(json_extract(s.row, '$.updatedAt'), json_extract(t.row, '$.updatedAt')) AS "updatedAt",
  json_extract(t.row, '$.textRemovedAt') AS "textRemovedAt"
  FROM action t LEFT JOIN action_state s ON s.id = t.id WHERE t.id > ? ORDER BY t.id LIMIT ?`;

/** Reads and writes rows in SQLite. It makes no decision. */
export function createStore(sql: Sql) {
  let soonestDue: number | null = null;
  let insertedActions = 0;
  const noteDue = (due: number): void => {
    if (soonestDue === null || due < soonestDue) soonestDue = due;
  };
  const events = createRowTable(sql, EVENTS, noteDue);
  const actions = createRowTable(sql, ACTION_ROWS, noteDue);
  /** The ids of all actions of a subject, for subjects that were asked for a short while ago. */
  const idsBySubject = createRecent<readonly string[]>(SUBJECTS_MAX);
  const rememberSubject = (subject: string, ids: readonly string[]): void =>
    idsBySubject.set(subject, ids, Math.max(1, ids.length));
  const counted = createTotals(sql);
  const conflicts = createConflicts(sql);
  return {
    /** For the pump. */
    tables: { events, actions },
    event: events.row,
    /** Reads the whole table, once per process, for a person's question. An index would cost a write with every event. */
    newestEventIds: (limit: number): string[] =>
      sql
        .exec<{ id: string }>("SELECT id FROM event ORDER BY accepted_at DESC LIMIT ?", limit)
        .toArray()
        .map(({ id }) => id),
    /** Answers false, and writes nothing, where an event of this id is stored. */
    insertEvent(given: EventRow, raw: string): boolean {
      const row = { ...given, stored: counted.order.next() };
      const inserted = sql
        .exec(
          "INSERT INTO event (id, due, accepted_at, body, row, raw) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1",
          row.id,
          row.due,
          row.acceptedAt,
          canonicalJson(row.event),
          JSON.stringify(EVENTS.fieldsOf(row)),
          raw,
        )
        .toArray();
      if (inserted.length === 0) return false;
      events.inserted(row);
      counted.order.append(row);
      // A block of references can be written: not here, but by the alarm. Why there is no row for it: find/references.ts.
      if (row.stored.n % BLOCK_ROWS === 0) noteDue(0);
      return true;
    },
    updateEvent: (row: EventRow): void => events.update(row),
    rewriteEvent: (row: EventRow, raw: string): void => events.rewrite(row, { body: canonicalJson(row.event), raw }),
    eventBody: (id: string): string | null =>
      one(sql.exec<{ body: string }>("SELECT body FROM event WHERE id = ?", id).toArray())?.body ?? null,
    /** Null also where the bytes were removed after their time. */
    rawOf: (id: string): string | null =>
      one(sql.exec<{ raw: string }>("SELECT raw FROM event WHERE id = ?", id).toArray())?.raw || null,
    insertConflict: conflicts.insert,
    conflictsOf: conflicts.of,
    removeConflicts: conflicts.remove,

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
    /** Answers false, and writes nothing, where a decision is recorded under the key. */
    insertDecision(recorded: RecordedDecision): boolean {
      const query = "INSERT INTO fact (key, standing) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING 1";
      return sql.exec(query, recorded.factRowKey, JSON.stringify(recorded)).toArray().length === 1;
    },
    rewriteDecision(key: string, recorded: RecordedDecision): void {
      sql.exec("UPDATE fact SET standing = ? WHERE key = ?", JSON.stringify(recorded), key);
    },

    action: actions.row,
    /** Reads that leave in memory what the next calls need. */
    peekAction: actions.peek,
    peekEvent: events.peek,
    order: counted.order,
    accepted: counted.accepted,
    actionsOf(subject: string): ActionRow[] {
      const known = idsBySubject.get(subject);
      if (known !== undefined) return known.flatMap((id) => actions.row(id) ?? []);
      const rows = actions.rowsWhere("t.subject = ?", subject);
      rememberSubject(
        subject,
        rows.map(({ id }) => id),
      );
      return rows;
    },
    /** The actions that wait for this hold's lift, found among all that waits: no index of their own. */
    heldActions: ({ scope, at }: HoldRef, limit: number): ActionRow[] =>
      actions.waitingRows(
        `json_extract(${NEWEST}, '$.held.scope') = ? AND json_extract(${NEWEST}, '$.held.at') <= ?`,
        [scope, at],
        limit,
      ),
    /** The waiting actions of this kind and customer, found as the held ones are. The action itself is written once. */
    waitingOf: (kind: string, customer: string, limit: number): ActionRow[] =>
      actions.waitingRows(
        "json_extract(t.row, '$.action.kind') = ? AND json_extract(t.row, '$.action.customer') = ?",
        [kind, customer],
        limit,
      ),
    insertAction(row: ActionRow): void {
      sql.exec(
        "INSERT INTO action (id, subject, due, row) VALUES (?, ?, ?, ?)",
        row.id,
        row.subject,
        row.due,
        JSON.stringify(row),
      );
      actions.inserted(row);
      insertedActions++;
      const known = idsBySubject.get(row.subject);
      if (known !== undefined) rememberSubject(row.subject, [...known, row.id]);
    },
    /** Since the process started. */
    insertedActions: (): number => insertedActions,
    updateAction: (row: ActionRow): void => actions.update(row),
    /** The row stays, on another subject. */
    moveAction(id: string, to: string): void {
      sql.exec("UPDATE action SET subject = ? WHERE id = ?", to, id);
      idsBySubject.clear();
    },
    rewriteAction: (row: ActionRow): void => actions.rewrite(row, {}),
    /** By id, for a look at all actions. */
    actionTimes: (after: string, limit: number): ActionTimes[] => sql.exec<ActionTimes>(TIMES, after, limit).toArray(),

    /** The earliest due that was written since the last call of this; null when none was. */
    takeSoonestDue(): number | null {
      const due = soonestDue;
      soonestDue = null;
      return due;
    },
    noteDue,
    waiting: (): { events: number; actions: number } => ({ events: events.waiting(), actions: actions.waiting() }),
    count: counted.count,
    totals: counted.sums,
    /** In the order in which the shard does them. */
    chores: [counted.fold, choreOfKeys(sql)],
    /** At the end of each call: what was counted is written. */
    flush: counted.flush,
    /** A call has failed: what it left in memory is not on disk. */
    forget(): void {
      events.forgetAll();
      actions.forgetAll();
      idsBySubject.clear();
      counted.forget();
    },

    setting: (name: string): string | null =>
      one(sql.exec<{ value: string }>("SELECT value FROM setting WHERE name = ?", name).toArray())?.value ?? null,
    insertSetting(name: string, value: string): void {
      sql.exec("INSERT INTO setting (name, value) VALUES (?, ?)", name, value);
    },
    saveSetting(name: string, value: string): void {
      sql.exec("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", name, value);
    },
  };
}

export type Store = ReturnType<typeof createStore>;

const one = <T>(rows: readonly T[]): T | null => rows[0] ?? null;

const restOf = ({ event: _event, ...rest }: EventRow): Omit<EventRow, "event"> => rest;

/** The text of an event, and of a history, is what makes a row large. */
const lengthOf = ({ history }: EventRow | ActionRow): number =>
  history.reduce((sum, { detail }) => sum + 100 + (detail?.length ?? 0), 2_000);

const EVENTS: TableOf<EventRow> = {
  name: "event",
  columns: ["body"],
  fieldsOf: restOf,
  rowOf: (fields, { body }) => ({
    ...upgradedEvent(fields as Parameters<typeof upgradedEvent>[0]),
    event: JSON.parse(String(body)) as PaymentEvent,
  }),
  destinationOf: destinationOfEvent,
  always: [],
  weightOf: (row) => lengthOf(row) + (row.event.text?.length ?? 0),
};

const ACTION_ROWS: TableOf<ActionRow> = {
  name: "action",
  columns: [],
  fieldsOf: (row) => row,
  rowOf: (fields) => upgradedAction(fields as Parameters<typeof upgradedAction>[0]),
  destinationOf: destinationOfAction,
  always: ["held"],
  weightOf: lengthOf,
};
