import type { Sql } from "../../core/sql.ts";
import { HOUR_MS } from "../../core/time.ts";
import { BLOCK_ROWS } from "../settings.ts";
import type { Position } from "../shard/cursor.ts";
import type { Store } from "../shard/store.ts";
import { type Blocks, createGathering, type Reader } from "./block.ts";
import { oldPart, type Progress, type ProgressStore } from "./progress.ts";

/** An action is put into a block so long after its first due: by then most are over. A clock may be set back by less. */
export const ACTION_AGE_MS = HOUR_MS;
/** The rest of a stretch that is not worth a block of its own is added to the last one. */
const REST_ROWS = BLOCK_ROWS / 2;
/** How many blocks a step passes to find one whose open rows are to be looked at again. */
const REVIEWED_AT_ONCE = 50;
const OLD_AT_ONCE = 1_000;

type Parts = {
  sql: Sql;
  store: Pick<Store, "order" | "insertedActions" | "peekEvent">;
  progress: ProgressStore;
  blocks: Blocks;
  reader: Reader;
};

/**
 * Writes what rows name into blocks, a few hundred rows a step: one row for the block and one for the place where the next step
 * goes on. A shard in which nothing new is stored has nothing to do here, and sleeps.
 */
export function createIndexer({ sql, store, progress, blocks, reader }: Parts) {
  /** When enough actions are old enough; and how many had been inserted when that was asked. */
  let actionsAt: { at: number; inserted: number } | null = null;

  const isEventDue = (): boolean => {
    const { stretch, events } = progress.get();
    return stretch !== null || (store.order.newest()?.n ?? 0) - events >= BLOCK_ROWS;
  };
  const isOldDue = (): boolean => oldPart(progress.get(), progress.unplaced()) !== null;

  function nextActionsAt(): number {
    const inserted = store.insertedActions();
    if (actionsAt === null || inserted - actionsAt.inserted >= BLOCK_ROWS) {
      const { due, id } = progress.get().actions;
      const query =
        "SELECT due, id FROM action INDEXED BY action_due WHERE due IS NOT NULL AND (due, id) > (?, ?) ORDER BY due, id LIMIT 1 OFFSET ?";
      const [last] = sql.exec<Position>(query, due, id, BLOCK_ROWS - 1).toArray();
      actionsAt = { at: last === undefined ? Number.POSITIVE_INFINITY : last.due + ACTION_AGE_MS, inserted };
    }
    return actionsAt.at;
  }

  /** The events of a stretch from its newest on. */
  function takeEvents(before: Progress): Progress {
    const newest = store.order.newest();
    const began = newest === null ? null : { ...newest, until: before.events };
    const stretch = before.stretch ?? began;
    if (stretch === null) return before;
    const gathering = createGathering("event", reader);
    const left = stretch.n - stretch.until;
    const most = left <= BLOCK_ROWS + REST_ROWS ? left : BLOCK_ROWS;
    let { n } = stretch;
    let id: string | null = stretch.id;
    while (id !== null && stretch.n - n < most && !gathering.isFull()) {
      gathering.add(id);
      id = store.peekEvent(id)?.stored?.previous ?? null;
      n--;
    }
    blocks.write(gathering, false);
    const events = before.stretch === null ? stretch.n : before.events;
    return { ...before, events, stretch: id === null || n <= stretch.until ? null : { ...stretch, n, id } };
  }

  function takeActions(before: Progress, now: number): Progress {
    const { due, id } = before.actions;
    const query =
      "SELECT due, id FROM action INDEXED BY action_due WHERE due IS NOT NULL AND (due, id) > (?, ?) AND due <= ? ORDER BY due, id LIMIT ?";
    const rows = sql.exec<Position>(query, due, id, now - ACTION_AGE_MS, BLOCK_ROWS).toArray();
    const gathering = createGathering("action", reader);
    let actions = before.actions;
    for (const row of rows) {
      if (gathering.isFull()) break;
      gathering.add(row.id);
      actions = row;
    }
    const reviewed = review(before.reviewed);
    blocks.write(gathering, false);
    actionsAt = null;
    return { ...before, actions, reviewed };
  }

  /** Rows that were not final when their block was written may be so now. */
  function review(after: number): number {
    const last = blocks.last();
    const from = after >= last ? 0 : after;
    const block = blocks.nextOpen(from, REVIEWED_AT_ONCE);
    if (block === null) return from + REVIEWED_AT_ONCE;
    const gathering = createGathering("action", reader);
    for (const id of block.ids) gathering.add(id);
    if (gathering.open.length < block.open.length) blocks.rewrite(block.n, gathering);
    return block.n;
  }

  function takeOld(before: Progress): Progress {
    const old = oldPart(before, progress.unplaced());
    if (old === null) return before;
    const isOfEvents = old.part === "events";
    const query = isOfEvents
      ? "SELECT id FROM event WHERE id > ? ORDER BY id LIMIT ?"
      : "SELECT id, due FROM action WHERE id > ? ORDER BY id LIMIT ?";
    const limit = isOfEvents ? BLOCK_ROWS : OLD_AT_ONCE;
    const rows = sql.exec<{ id: string; due?: number | null }>(query, old.after, limit).toArray();
    const gathering = createGathering(isOfEvents ? "event" : "action", reader);
    let last = old.after;
    for (const { id, due = null } of rows) {
      if (gathering.isFull() || gathering.ids.length >= BLOCK_ROWS) break;
      // A row that has a place, or a first due, is found by it.
      const isPlaced = isOfEvents ? store.peekEvent(id)?.stored !== undefined : due !== null;
      if (!isPlaced) gathering.add(id);
      last = id;
    }
    blocks.write(gathering, true);
    const isDone = rows.length < limit && last === (rows.at(-1)?.id ?? old.after);
    if (!isDone) return { ...before, old: { ...old, after: last } };
    return isOfEvents
      ? { ...before, old: { ...old, part: "actions", after: "" } }
      : { ...before, old: null, unplaced: old.unplaced };
  }

  return {
    /** Zero: there is something to do. Infinite: nothing, until something is stored. */
    nextAt: (): number => (isEventDue() || isOldDue() ? 0 : nextActionsAt()),
    /** Does one step, in one transaction. Answers false where nothing was to do. */
    step(now: number): boolean {
      const before = progress.get();
      if (isEventDue()) progress.save(takeEvents(before));
      else if (nextActionsAt() <= now) progress.save(takeActions(before, now));
      else if (isOldDue()) progress.save(takeOld(before));
      else return false;
      return true;
    },
    forget(): void {
      actionsAt = null;
    },
  };
}
