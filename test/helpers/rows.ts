import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { Sql } from "../../shared/core/sql.ts";
import type { ActionRow } from "../../shared/ledger/action/row.ts";
import type { EventRow } from "../../shared/ledger/event/row.ts";
import { overlaid } from "../../shared/ledger/shard/overlay.ts";
import { upgradedAction, upgradedEvent } from "../../shared/ledger/shard/upgrade.ts";

type Stored = { row: string; state: string | null };
const fieldsOf = ({ row, state }: Stored) => overlaid(JSON.parse(row), state === null ? {} : JSON.parse(state));
const rows = <More>(sql: Sql, table: "event" | "action", columns = ""): (Stored & More)[] =>
  sql
    .exec(`SELECT t.row, s.row AS state ${columns} FROM ${table} t LEFT JOIN ${table}_state s ON s.id = t.id`)
    .toArray() as (Stored & More)[];

/** The rows as they are on disk, whatever a shard has in memory. */
export const storedEvents = (sql: Sql): EventRow[] =>
  rows<{ body: string }>(sql, "event", ", t.body").map(({ body, ...stored }) => ({
    ...upgradedEvent(fieldsOf(stored) as Parameters<typeof upgradedEvent>[0]),
    event: JSON.parse(body) as PaymentEvent,
  }));
export const storedActions = (sql: Sql): ActionRow[] =>
  rows(sql, "action").map((stored) => upgradedAction(fieldsOf(stored) as Parameters<typeof upgradedAction>[0]));

/** The earliest due of all rows; null where nothing waits. */
export function earliestDue(sql: Sql): number | null {
  const dues = [...storedEvents(sql), ...storedActions(sql)].flatMap(({ due }) => due ?? []);
  return dues.length === 0 ? null : Math.min(...dues);
}
