import { type ActionState, isTerminal } from "../../contracts/action.ts";
import { ACTIONS } from "../../contracts/actions.ts";
import type { ShardCalls } from "../../contracts/ledger.ts";
import { migrate, type Sql } from "../../core/sql.ts";
import { actionCalls } from "../action/calls.ts";
import { holdCalls } from "../action/hold-calls.ts";
import type { ActionRow } from "../action/row.ts";
import { rungAction } from "../action/wait.ts";
import { eventCalls } from "../event/calls.ts";
import { type EventRow, rungEvent } from "../event/row.ts";
import { type LedgerSettings, nextDue } from "../settings.ts";
import type { ShardContext } from "./context.ts";
import { deadCalls } from "./dead-calls.ts";
import { recordedIn } from "./recorded.ts";
import { MIGRATIONS } from "./schema.ts";
import { createStore } from "./store.ts";

/**
 * One shard of the ledger: the state machines of event/ and action/ over SQLite. Every method is
 * synchronous, so that in a Durable Object each call is one transaction. `now` is passed in.
 */
export function createShard(sql: Sql, settings: LedgerSettings) {
  migrate(sql, MIGRATIONS);
  const store = createStore(sql);
  const unclaimed = new Map<string, number>();

  function saveAction(before: ActionRow | null, after: ActionRow, now: number): void {
    if (before === null) store.insertAction(after);
    else store.updateAction(after);
    unclaimed.delete(after.id);
    if (before !== null && isTerminal(before.state)) countAction(before, -1, now);
    if (isTerminal(after.state)) countAction(after, 1, now);
  }

  function countAction(row: ActionRow, sign: 1 | -1, now: number): void {
    const { kind, currency } = row.action;
    store.count(`action:${kind}:${row.state}:${currency ?? ""}`, sign, sign * amountMoved(row), now);
  }

  const context: ShardContext = { store, settings, unclaimed, saveAction };
  const calls: ShardCalls = {
    ...eventCalls(context),
    ...actionCalls(context),
    ...deadCalls(context),
    ...holdCalls(context),
    release: (rows) => {
      for (const { id } of rows) unclaimed.delete(id);
    },
    recorded: (query) => recordedIn(sql, store, query),
    totals: () => ({ waiting: store.waiting(), buckets: store.totals() }),
  };
  return {
    ...calls,

    /** Throws where a caller states another number of shards than the stored one: rows would not be found again. */
    requireShards(shards: number): void {
      const stored = store.setting("shards");
      if (stored === null) store.insertSetting("shards", String(shards));
      else if (stored !== String(shards)) {
        throw new Error(`this ledger was created with LEDGER_SHARDS=${stored}; a call states ${shards}. Set it back.`);
      }
    },

    /** For the pump: the overdue rows, at most as many as may be rung for. Their next due is written already. */
    overdue(now: number, limit: number): { events: EventRow[]; actions: ActionRow[] } {
      // When a row is due again, its last message was lost and no longer takes a place.
      for (const [id, until] of unclaimed) if (until <= now) unclaimed.delete(id);
      const mayRing = ({ id, rings }: { id: string; rings: number }): boolean => {
        if (!unclaimed.has(id) && unclaimed.size >= limit) return false;
        unclaimed.set(id, nextDue(now, rings + 1, settings));
        return true;
      };
      const dueActions = store.dueActions(now, limit).filter(mayRing);
      const dueEvents = store.dueEvents(now, limit).filter(mayRing);
      for (const row of dueEvents) store.updateEvent(rungEvent(row, now, settings));
      for (const row of dueActions) store.updateAction(rungAction(row, now, settings));
      return { events: dueEvents, actions: dueActions };
    },
    earliestDue: store.earliestDue,
    takeSoonestDue: store.takeSoonestDue,
  };
}

export type Shard = ReturnType<typeof createShard>;

const MOVED: readonly ActionState[] = ["succeeded", "pending"];

function amountMoved(row: ActionRow): number {
  if (!MOVED.includes(row.state) || !ACTIONS[row.action.kind].movesMoney) return 0;
  const { outcome } = row;
  const moved = outcome?.kind === "succeeded" || outcome?.kind === "pending" ? outcome.amountMinor : null;
  return moved ?? row.action.amountMinor ?? 0;
}
