/**
 * Writes rows of D1 again from what the ledger says. Each statement leaves a row alone that is as new or newer, so a
 * rebuild may run twice, and while people and Workers go on. Answers whether something was written.
 */
import type { CaseRow, DeadLetterRow } from "../contracts/records.ts";
import type { StandingAct } from "./acts/letters.ts";
import { ANEW, COLUMNS as CASE_COLUMNS, PLACING } from "./cases.ts";
import type { Database, Value } from "./database.ts";
import { COLUMNS as LETTER_COLUMNS } from "./dead-letters.ts";
import { groupOf } from "./letter-groups.ts";

const written = async (database: Database, sql: string, values: Value[]): Promise<boolean> =>
  (await database
    .prepare(`${sql} RETURNING id`)
    .bind(...values)
    .first<{ id: string }>()) !== null;

const parametersFor = (columns: string): string => columns.replaceAll(/\w+/g, "?");
const replaced = (columns: string): string =>
  columns
    .split(", ")
    .filter((column) => column !== "id")
    .map((column) => `${column} = excluded.${column}`)
    .join(", ");

const lastChange = (table: string): string => `coalesce(${table}.closedAt, ${table}.openedAt)`;
const RESTORED = `${CASE_COLUMNS}, ${PLACING}, decidedBy, code`;

/**
 * A case with its place. It is newer with its version, which is the round of its row; of one version, an end is newer than open. One
 * of before, that heard of the end alone, does not know when it began. What only tells of a wait has no rounds: there the times keep one that was reopened while the ledger was read.
 */
export const restoreCase = (database: Database, row: CaseRow): Promise<boolean> =>
  written(
    database,
    `INSERT INTO cases (${RESTORED}) VALUES (${parametersFor(RESTORED)})
     ON CONFLICT (id) DO UPDATE SET ${replaced(RESTORED)}, ${ANEW}
     WHERE (cases.isInformation = 0 OR ${lastChange("cases")} <= ${lastChange("excluded")})
       AND (cases.version < excluded.version
         OR (cases.version = excluded.version AND cases.state = 'open' AND excluded.state <> 'open')
         OR (cases.version = excluded.version AND cases.state = 'closed' AND excluded.openedAt < cases.openedAt))`,
    valuesOf(RESTORED, row),
  );

/** How many acts of people a letter has seen. */
const acts = (table = ""): string => `${table}redrives + (${table}state = 'discarded')`;

export const restoreDeadLetter = async (database: Database, row: DeadLetterRow): Promise<boolean> =>
  await written(
    database,
    `INSERT INTO dead_letters (${LETTER_COLUMNS}, groupKey) VALUES (${parametersFor(LETTER_COLUMNS)}, ?)
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, redrives = excluded.redrives, actedAt = excluded.actedAt
     WHERE ${acts("dead_letters.")} < ${acts("excluded.")}`,
    [...valuesOf(LETTER_COLUMNS, row), await groupOf(row)],
  );

/**
 * Act `n` of a letter, in whatever order they come; `n` null: a discard of before acts were numbered, which was the letter's
 * last, and comes after all others.
 */
export async function restoreAct(
  database: Database,
  letter: string,
  n: number | null,
  act: StandingAct,
  state: "redriving" | "redriven",
): Promise<boolean> {
  if (act.kind === "discard") {
    const set = "UPDATE dead_letters SET state = 'discarded', discardReason = ?, actedAt = ?";
    return n === null
      ? await written(database, `${set} WHERE id = ? AND state IN ('dead', 'redriving')`, [act.reason, act.at, letter])
      : await written(database, `${set}, redrives = ? WHERE id = ? AND ${acts()} < ?`, [
          act.reason,
          act.at,
          n - 1,
          letter,
          n,
        ]);
  }
  if (n === null) return false;
  const editedTo = act.kind === "edit" && state === "redriven" ? act.event : null;
  const isNew = await written(
    database,
    `UPDATE dead_letters SET state = ?, redrives = ?, actedAt = ?, discardReason = NULL, editedTo = ?
     WHERE id = ? AND (${acts()} < ? OR (state = 'redriving' AND redrives = ? AND ? = 'redriven')
       OR (redrives = ? AND editedTo IS NOT ?))`,
    [state, n, act.at, editedTo, letter, n, n, state, n, editedTo],
  );
  if (isNew) return true;
  // The row's history tells when the ledger took it up again, the act when the person did it.
  const sql = `UPDATE dead_letters SET actedAt = ? WHERE id = ? AND redrives = ? AND state <> 'discarded' AND actedAt IS NOT ?`;
  await written(database, sql, [act.at, letter, n, act.at]);
  return false;
}

function valuesOf<Row extends object>(columns: string, row: Row): Value[] {
  return columns.split(", ").map((column) => Reflect.get(row, column) as Value);
}
