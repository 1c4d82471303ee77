import type { DeadLetterQueue, QueueName } from "../../contracts/queues.ts";
import type { Sql, SqlValue } from "../../core/sql.ts";
import { createCursor } from "./cursor.ts";
import { type Fields, overlaid, overlayOf } from "./overlay.ts";
import { createRecent } from "./recent.ts";
import { createWaitingIndex } from "./waiting-index.ts";

/** The queue that a waiting row is rung in. */
export type Destination = QueueName | DeadLetterQueue;

type AnyRow = { id: string; due: number | null };
type StoredBase = { id: string; first: number | null; base: string };
type StoredState = { queue: string | null; due: number | null; awaits: number | null; state: string | null };
type Stored = StoredBase & StoredState & Record<string, SqlValue>;
/** `state` null: nothing was written to the row since it was made. */
type Kept<Row> = { row: Row; base: Fields; first: number | null; state: Omit<StoredState, "state"> | null };

export type TableOf<Row extends AnyRow> = {
  name: "event" | "action";
  /** Columns beside those that all kinds have, of the table that is written once. */
  columns: readonly string[];
  /** The JSON of the row when it is made. */
  fieldsOf(row: Row): Fields;
  rowOf(fields: Fields, stored: Record<string, SqlValue>): Row;
  destinationOf(row: Row): Destination;
  /** Fields that are written with every change, since `waitingRows` searches by them. */
  always: readonly string[];
  /** Characters of it in memory, roughly. */
  weightOf(row: Row): number;
};

/** Characters of rows of one kind that a shard keeps in memory: about 280 rows. All shards may share one isolate's 128 MB. */
const RECENT_MAX = 600_000;

/**
 * The rows of one kind. `<kind>` has what is written once; `<kind>_state` what changed since, and where the pump finds the row.
 * The due there is never later than the row's own; the pump may find a row too early, once: docs/decisions/0028.
 */
export function createRowTable<Row extends AnyRow>(sql: Sql, table: TableOf<Row>, noteDue: (due: number) => void) {
  const { name } = table;
  const recent = createRecent<Kept<Row>>(RECENT_MAX);
  const isUnindexed = "(s.id IS NULL OR (s.awaits IS NOT NULL AND s.due IS NULL))";
  const cursor = createCursor(sql, name, isUnindexed);
  /** For each queue a time before which nothing in the index is due; a queue that is not here has not been asked yet. */
  const soonestByQueue = new Map<string, number>();
  const columns = ["id", "due AS first", "row AS base", ...table.columns].map((column) => `t.${column}`).join(", ");
  const select = `SELECT ${columns}, s.queue, s.due, s.awaits, s.row AS state`;
  const byFirstDue = `${name} t INDEXED BY ${name}_due LEFT JOIN ${name}_state s ON s.id = t.id`;
  /** What waits for the pump's first look. */
  function unlooked() {
    const { where, bindings } = cursor.ahead();
    return { from: `${byFirstDue} WHERE ${where} AND ${isUnindexed}`, bindings };
  }
  const byIndexedDue = `${name}_state s INDEXED BY ${name}_state_due JOIN ${name} t ON t.id = s.id`;
  const joined = `${name} t LEFT JOIN ${name}_state s ON s.id = t.id`;

  function keep(kept: Kept<Row>): Kept<Row> {
    recent.set(kept.row.id, kept, table.weightOf(kept.row));
    return kept;
  }
  function kept({ id, first, base, queue, due, awaits, state, ...rest }: Stored): Kept<Row> {
    const known = recent.get(id);
    if (known !== undefined) return known;
    const fields = JSON.parse(base) as Fields;
    const row = table.rowOf(state === null ? fields : overlaid(fields, JSON.parse(state)), { id, ...rest });
    return { row, base: fields, first, state: state === null ? null : { queue, due, awaits } };
  }
  function find(id: string): Kept<Row> | null {
    const known = recent.get(id);
    if (known !== undefined) return known;
    const [stored] = sql.exec<Stored>(`${select} FROM ${joined} WHERE t.id = ?`, id).toArray();
    return stored === undefined ? null : keep(kept(stored));
  }
  const rowsOf = (from: string, ...bindings: SqlValue[]): Kept<Row>[] =>
    sql
      .exec<Stored>(`${select} FROM ${from}`, ...bindings)
      .toArray()
      .map(kept);

  function noteSoonest(queue: string | null, due: number | null): void {
    if (queue === null || due === null) return;
    const known = soonestByQueue.get(queue);
    if (known !== undefined && due < known) soonestByQueue.set(queue, due);
  }

  function writeState(before: Kept<Row>, row: Row, due: number | null): void {
    const queue = row.due === null ? (before.state?.queue ?? null) : table.destinationOf(row);
    const overlay = JSON.stringify(overlayOf(table.fieldsOf(row), before.base, table.always));
    const { state } = before;
    if (state === null)
      sql.exec(
        `INSERT INTO ${name}_state (id, queue, due, awaits, row) VALUES (?, ?, ?, ?, ?)`,
        row.id,
        queue,
        due,
        row.due,
        overlay,
      );
    // A statement that names an indexed column writes the index, also where the value stays.
    else if (state.queue === queue && state.due === due)
      sql.exec(`UPDATE ${name}_state SET awaits = ?, row = ? WHERE id = ?`, row.due, overlay, row.id);
    else
      sql.exec(
        `UPDATE ${name}_state SET queue = ?, due = ?, awaits = ?, row = ? WHERE id = ?`,
        queue,
        due,
        row.due,
        overlay,
        row.id,
      );
    noteSoonest(queue, due);
    keep({ ...before, row, state: { queue, due, awaits: row.due } });
  }

  /** The due for the index: null where nothing waits, or where the pump's first look at the row comes early enough. */
  function indexedDue({ first, state }: Kept<Row>, row: Row): number | null {
    if (row.due === null) return null;
    const indexed = state?.due ?? null;
    if (indexed !== null) return state?.queue === table.destinationOf(row) && indexed <= row.due ? indexed : row.due;
    const comesEarlyEnough = first !== null && first <= row.due && cursor.isAhead({ due: first, id: row.id });
    if (!comesEarlyEnough) return row.due;
    // A row that waits again: the pump may sleep past its first due.
    cursor.noteNext(first);
    return null;
  }

  return {
    row: (id: string): Row | null => find(id)?.row ?? null,
    /** As `row`, for a look at many: what the shard works with stays in memory. */
    peek: (id: string): Row | null => rowsOf(`${joined} WHERE t.id = ?`, id)[0]?.row ?? null,
    ...createWaitingIndex(sql, name, cursor.position, isUnindexed),
    rowsWhere: (where: string, ...bindings: SqlValue[]): Row[] =>
      rowsOf(`${joined} WHERE ${where}`, ...bindings).map((found) => keep(found).row),
    /** The row was just inserted into the table of what is written once, with its due. */
    inserted(row: Row): void {
      if (row.due === null) return;
      noteDue(row.due);
      const made = keep({ row, base: table.fieldsOf(row), first: row.due, state: null });
      // Where a clock was set back, the pump has looked beyond this due already.
      if (cursor.isAhead({ due: row.due, id: row.id })) cursor.noteNext(row.due);
      else writeState(made, row, row.due);
    },
    /** `exact`: the pump must not find it before its due, since it was just rung for. */
    update(row: Row, exact = false): void {
      if (row.due !== null) noteDue(row.due);
      const before = find(row.id);
      if (before !== null) writeState(before, row, exact ? row.due : indexedDue(before, row));
    },
    /** Writes a row that waits no more as if it were made now, with further columns of its table. What had changed since goes. */
    rewrite(row: Row, columns: Record<string, SqlValue>): void {
      const base = table.fieldsOf(row);
      const set = ["row", ...Object.keys(columns)].map((column) => `${column} = ?`).join(", ");
      const values = [JSON.stringify(base), ...Object.values(columns)];
      sql.exec(`UPDATE ${name} SET due = NULL, ${set} WHERE id = ?`, ...values, row.id);
      sql.exec(`DELETE FROM ${name}_state WHERE id = ?`, row.id);
      keep({ row, base, first: null, state: null });
    },

    /** Rows that have come to their first due and still wait; each is told once. At most LOOKS_MAX. */
    firstLooks(now: number): Row[] {
      const step = cursor.step(now);
      if (step === null) return [];
      const rows = rowsOf(
        `${byFirstDue} WHERE ${step.where} AND ${isUnindexed} ORDER BY t.due, t.id LIMIT ${LOOKS_MAX}`,
        ...step.bindings,
      ).map((found) => keep(found));
      const last = rows.length < LOOKS_MAX ? undefined : rows.at(-1);
      cursor.moveTo(last === undefined ? step.end : { due: last.first ?? 0, id: last.row.id });
      return rows.map(({ row }) => row);
    },
    /** Rows that may be due in this queue, oldest first. A row's own due may be later than that of the index. */
    dueIn: (queue: Destination, now: number, limit: number): Row[] =>
      rowsOf(`${byIndexedDue} WHERE s.queue = ? AND s.due <= ? ORDER BY s.due LIMIT ?`, queue, now, limit).map(
        (found) => keep(found).row,
      ),
    /** No row of this queue is due before. */
    soonestIn(queue: Destination): number {
      const known = soonestByQueue.get(queue);
      if (known !== undefined) return known;
      const query = `SELECT min(due) AS due FROM ${name}_state INDEXED BY ${name}_state_due WHERE queue = ? AND due IS NOT NULL`;
      const [found] = sql.exec<{ due: number | null }>(query, queue).toArray();
      const due = found?.due ?? Number.POSITIVE_INFINITY;
      soonestByQueue.set(queue, due);
      return due;
    },
    /** What was the soonest is no more. */
    forgetSoonest: (queue: Destination): void => void soonestByQueue.delete(queue),
    /** When the next first look is due; infinite where none is. */
    nextLook: cursor.next,

    /** Rows that wait. `where` is about `t`, written once, and `s`, its state; `s.id` is null where nothing changed yet. */
    waitingRows(where: string, bindings: readonly SqlValue[], limit: number): Row[] {
      const ahead = unlooked();
      return [
        ...rowsOf(`${byIndexedDue} WHERE s.due IS NOT NULL AND ${where} LIMIT ?`, ...bindings, limit),
        ...rowsOf(`${ahead.from} AND ${where} LIMIT ?`, ...ahead.bindings, ...bindings, limit),
      ]
        .slice(0, limit)
        .map((found) => keep(found).row);
    },
    waiting(): number {
      const { from, bindings } = unlooked();
      const query = `SELECT (SELECT count(*) FROM ${name}_state WHERE due IS NOT NULL) + (SELECT count(*) FROM ${from}) AS n`;
      return sql.exec<{ n: number }>(query, ...bindings).toArray()[0]?.n ?? 0;
    },
    /** A transaction has failed: what is in memory may not be on disk. */
    forgetAll(): void {
      recent.clear();
      soonestByQueue.clear();
      cursor.forget();
    },
  };
}

export type RowTable<Row extends AnyRow> = ReturnType<typeof createRowTable<Row>>;

/** The most rows that one pump looks at first. */
const LOOKS_MAX = 300;
