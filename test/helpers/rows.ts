import type { Sql } from "../../shared/core/sql.ts";
import type { ActionRow } from "../../shared/ledger/action/row.ts";
import type { EventRow } from "../../shared/ledger/event/row.ts";
import { createStore } from "../../shared/ledger/shard/store.ts";

/** The rows as they are on disk, whatever a shard has in memory. */
export const storedEvents = (sql: Sql): EventRow[] => createStore(sql).tables.events.rowsWhere("true");
export const storedActions = (sql: Sql): ActionRow[] => createStore(sql).tables.actions.rowsWhere("true");

/** The earliest due of all rows; null where nothing waits. */
export function earliestDue(sql: Sql): number | null {
  const dues = [...storedEvents(sql), ...storedActions(sql)].flatMap(({ due }) => due ?? []);
  return dues.length === 0 ? null : Math.min(...dues);
}
