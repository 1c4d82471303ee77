import type { FindQuery, FoundRow, ShardFound } from "../../contracts/find.ts";
import type { Sql } from "../../core/sql.ts";
import type { Position } from "../shard/cursor.ts";
import type { Store } from "../shard/store.ts";
import type { Blocks, Kind, Reader } from "./block.ts";
import { type Place, placeOf, textOf } from "./place.ts";
import { oldPart, type ProgressStore } from "./progress.ts";
import { referenceOf } from "./references.ts";

/** About so many rows one call reads: it must not occupy its shard. */
const ROWS_AT_ONCE = 2_000;
const BLOCKS_AT_ONCE = 500;
const ACTIONS_AT_ONCE = 200;
const OLD_AT_ONCE = 200;

type Parts = {
  sql: Sql;
  store: Pick<Store, "order" | "peekEvent" | "peekAction">;
  progress: ProgressStore;
  blocks: Blocks;
  reader: Reader;
};

/**
 * Finds the rows of a shard that name a reference. What is in no block yet is read row by row, and comes before the blocks: what
 * the indexer moves meanwhile is found there.
 */
export function createLookup({ sql, store, progress, blocks, reader }: Parts) {
  function foundAt(kind: Kind, id: string): FoundRow | null {
    if (kind === "event") {
      const row = store.peekEvent(id);
      return row && { eventId: id, action: null, at: row.acceptedAt };
    }
    const row = store.peekAction(id);
    return row && { eventId: row.eventId, action: { id, subject: row.subject }, at: row.createdAt };
  }

  return function find({ reference: text, limit, after }: FindQuery): ShardFound {
    const reference = referenceOf(text);
    const rows: FoundRow[] = [];
    let removed = 0;
    let read = 0;

    function isNamedBy(kind: Kind, id: string): boolean {
      read++;
      const isNamed = reader[kind](id)?.references.has(reference) === true;
      const row = isNamed ? foundAt(kind, id) : null;
      if (row !== null) rows.push(row);
      return row !== null;
    }
    const lookAt = (kind: Kind, ids: readonly string[]): boolean =>
      ids.map((id) => isNamedBy(kind, id)).some((isNamed) => isNamed);

    /** The event at this place, where it is in no block; else the next such place. */
    function tail({ n, id }: Extract<Place, { part: "tail" }>): Place {
      const { events, stretch } = progress.get();
      if (n <= events) {
        if (stretch === null || n <= stretch.until) return AFTER_TAIL;
        if (n > stretch.n) return { part: "tail", n: stretch.n, id: stretch.id };
      }
      isNamedBy("event", id);
      const previous = store.peekEvent(id)?.stored?.previous ?? null;
      return previous === null ? AFTER_TAIL : { part: "tail", n: n - 1, id: previous };
    }

    function actions(place: Extract<Place, { part: "actions" }>): Place {
      const indexed = progress.get().actions;
      const from = isBefore(place, indexed) ? indexed : place;
      const query =
        "SELECT due, id FROM action INDEXED BY action_due WHERE due IS NOT NULL AND (due, id) > (?, ?) ORDER BY due, id LIMIT ?";
      const found = sql.exec<Position>(query, from.due, from.id, ACTIONS_AT_ONCE).toArray();
      for (const { id } of found) isNamedBy("action", id);
      const last = found.at(-1);
      return last === undefined || found.length < ACTIONS_AT_ONCE ? AFTER_ACTIONS : { part: "actions", ...last };
    }

    /** Rows of before, as long as the pass over them has not come to its end. */
    function old(place: Extract<Place, { part: "old" }>): Place {
      const pass = oldPart(progress.get(), progress.unplaced());
      if (pass === null) return BLOCKS;
      const isOfEvents = place.kind === "event";
      if (isOfEvents && pass.part === "actions") return OLD_ACTIONS;
      const from = isOfEvents === (pass.part === "events") && pass.after > place.id ? pass.after : place.id;
      const query = `SELECT id, due FROM ${place.kind} WHERE id > ? ORDER BY id LIMIT ?`;
      const found = sql.exec<{ id: string; due: number | null }>(query, from, OLD_AT_ONCE).toArray();
      read += found.length;
      for (const { id, due } of found) {
        const isPlaced = isOfEvents ? store.peekEvent(id)?.stored !== undefined : due !== null;
        if (!isPlaced) isNamedBy(place.kind, id);
      }
      const last = found.at(-1);
      if (last !== undefined && found.length === OLD_AT_ONCE) return { ...place, id: last.id };
      return isOfEvents ? OLD_ACTIONS : BLOCKS;
    }

    function inBlocks({ before }: Extract<Place, { part: "blocks" }>): Place | null {
      const seen = blocks.test(reference, before, BLOCKS_AT_ONCE);
      read += seen.length;
      for (const { n, kind, open, isMatch } of seen) {
        const isOpenNamed = lookAt(kind, open);
        const rest = isMatch ? blocks.idsOf(n).filter((id) => !open.includes(id)) : [];
        const isNamed = lookAt(kind, rest) || isOpenNamed;
        if (isMatch && !isNamed && rest.some((id) => isBare(kind, id))) removed++;
        if (rows.length >= limit || read >= ROWS_AT_ONCE) return { part: "blocks", before: n };
      }
      const last = seen.at(-1);
      return last === undefined || seen.length < BLOCKS_AT_ONCE ? null : { part: "blocks", before: last.n };
    }

    const isBare = (kind: Kind, id: string): boolean =>
      (kind === "event" ? store.peekEvent(id) : store.peekAction(id))?.textRemovedAt !== undefined;

    function step(place: Place): Place | null {
      switch (place.part) {
        case "tail":
          return tail(place);
        case "actions":
          return actions(place);
        case "old":
          return old(place);
        case "blocks":
          return inBlocks(place);
      }
    }

    let place: Place | null = placeOf(after) ?? startOf();
    while (place !== null && read < ROWS_AT_ONCE && rows.length < limit) place = step(place);
    return { rows, next: place === null ? null : textOf(place), removed };
  };

  function startOf(): Place {
    const newest = store.order.newest();
    return newest === null ? AFTER_TAIL : { part: "tail", ...newest };
  }
}

const isBefore = (one: Position, other: Position): boolean =>
  one.due < other.due || (one.due === other.due && one.id < other.id);

const BLOCKS: Place = { part: "blocks", before: Number.MAX_SAFE_INTEGER };
const OLD_ACTIONS: Place = { part: "old", kind: "action", id: "" };
const AFTER_ACTIONS: Place = { part: "old", kind: "event", id: "" };
const AFTER_TAIL: Place = { part: "actions", due: -1, id: "" };
