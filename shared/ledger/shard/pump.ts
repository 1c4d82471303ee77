import type { ActionRow } from "../action/row.ts";
import { rungAction } from "../action/wait.ts";
import { type EventRow, rungEvent } from "../event/row.ts";
import type { WaitingRow } from "../notice/patience.ts";
import { type LedgerSettings, nextDue } from "../settings.ts";
import { DESTINATIONS, destinationOfAction, destinationOfEvent } from "./destination.ts";
import type { Places } from "./places.ts";
import type { Destination, RowTable } from "./row-table.ts";
import type { Store } from "./store.ts";

/** A row that may be due. `due` is its own; `ring` and `park` write it. */
type Candidate = {
  id: string;
  due: number;
  rings: number;
  queue: Destination;
  /** Nothing in the index of what waits leads to it yet. */
  isFresh: boolean;
  ring(): void;
  park(): void;
};

/** What the pump may ring for: the rows of one table. */
type Source = {
  firstLooks(now: number): Candidate[];
  dueIn(queue: Destination, now: number, limit: number): Candidate[];
  soonestIn(queue: Destination): number;
  forgetSoonest(queue: Destination): void;
  nextLook(): number;
};

/** The row to write, after a person was told of it where it waits for long: see notice/follow.ts. */
type Follow = <Row extends WaitingRow>(row: Row, now: number) => Row;

/** Chooses the overdue rows that are rung for: of each queue the oldest ones, as far as it has places. */
export function createPump(store: Store, places: Places, follow: Follow, settings: LedgerSettings) {
  function sourceOf<Row extends { id: string; due: number | null; rings: number }>(
    table: RowTable<Row>,
    queueOf: (row: Row) => Destination,
    rung: (row: Row, now: number) => Row,
    tell: (row: Row) => void,
  ): Source {
    const candidateAt =
      (now: number, isFresh: boolean) =>
      (row: Row): Candidate => ({
        id: row.id,
        due: row.due ?? now,
        rings: row.rings,
        queue: queueOf(row),
        isFresh,
        ring() {
          tell(row);
          table.update(rung(row, now), true);
        },
        park: () => table.update(row, true),
      });
    return {
      ...table,
      firstLooks: (now) => table.firstLooks(now).map(candidateAt(now, true)),
      dueIn: (queue, now, limit) => table.dueIn(queue, now, limit).map(candidateAt(now, false)),
    };
  }

  let told: { events: EventRow[]; actions: ActionRow[] } = { events: [], actions: [] };
  const { events, actions } = store.tables;
  const sources: readonly Source[] = [
    sourceOf(
      actions,
      destinationOfAction,
      (row, now) => follow(rungAction(row, now, settings), now),
      (row) => told.actions.push(row),
    ),
    sourceOf(
      events,
      destinationOfEvent,
      (row, now) => follow(rungEvent(row, now, settings), now),
      (row) => told.events.push(row),
    ),
  ];

  function ringIn(queue: Destination, fresh: readonly Candidate[], now: number, limit: number): void {
    const free = Math.max(0, limit - places.taken(queue));
    const asked = sources.filter((source) => free > 0 && source.soonestIn(queue) <= now);
    const stored = asked.flatMap((source) => source.dueIn(queue, now, free));
    const found = [...stored, ...fresh].sort((one, other) => one.due - other.due);
    let left = free;
    for (const one of found) {
      if (one.due <= now && (left > 0 || places.has(one.id))) {
        if (!places.has(one.id)) left--;
        places.take(one.id, queue, nextDue(now, one.rings + 1, settings));
        one.ring();
      }
      // A row keeps its due where it finds no place. What the index has led to too early is put right.
      else if (one.isFresh || one.due > now) one.park();
    }
    for (const source of asked) source.forgetSoonest(queue);
    if (sources.some((source) => source.soonestIn(queue) <= now)) places.wants(queue);
  }

  return {
    /** The overdue rows, of each queue at most as many as it has places (`limit`). Their next due is written already. */
    overdue(now: number, limit: number): { events: EventRow[]; actions: ActionRow[] } {
      told = { events: [], actions: [] };
      places.expire(now);
      const fresh = Map.groupBy(
        sources.flatMap((source) => source.firstLooks(now)),
        ({ queue }) => queue,
      );
      for (const queue of DESTINATIONS) ringIn(queue, fresh.get(queue) ?? [], now, limit);
      return told;
    },

    /** When the pump must wake: no row that can be rung for is due before; null when nothing waits. */
    nextWake(limit: number): number | null {
      const looks = sources.map((source) => source.nextLook());
      const dues = DESTINATIONS.map((queue) => {
        const due = Math.min(...sources.map((source) => source.soonestIn(queue)));
        // Without a free place it sleeps until one is free, however many rows of the queue are due.
        return places.taken(queue) < limit ? due : Math.max(due, places.freeAt(queue));
      });
      const soonest = Math.min(...looks, ...dues);
      return soonest === Number.POSITIVE_INFINITY ? null : soonest;
    },
  };
}
