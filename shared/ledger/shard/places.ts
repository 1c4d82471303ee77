import { DUE_CAP_MS } from "../settings.ts";
import type { Destination } from "./row-table.ts";

/**
 * The rows that the pump has rung for and no consumer has claimed. Each queue has places of its own, so that one whose
 * consumer is away keeps no other one waiting.
 */
export type Places = {
  /** Its consumer came, or its row was written. */
  delete(id: string): void;
  taken(queue: Destination): number;
  has(id: string): boolean;
  take(id: string, queue: Destination, until: number): void;
  /** When a row is due again, its last message was lost and no longer takes a place. */
  expire(now: number): void;
  /** Rows of this queue are due and find no place: the next place that is given back wakes the pump. */
  wants(queue: Destination): void;
  /** When the next place of a queue is free by itself. */
  freeAt(queue: Destination): number;
};

type Place = { queue: Destination; until: number };

export function createPlaces(wake: () => void): Places {
  const placeById = new Map<string, Place>();
  const takenByQueue = new Map<Destination, number>();
  const wanting = new Set<Destination>();
  const taken = (queue: Destination): number => takenByQueue.get(queue) ?? 0;

  function give(id: string): void {
    const place = placeById.get(id);
    if (place === undefined) return;
    placeById.delete(id);
    takenByQueue.set(place.queue, taken(place.queue) - 1);
    if (wanting.delete(place.queue)) wake();
  }

  return {
    delete: give,
    taken,
    has: (id) => placeById.has(id),
    take(id, queue, until) {
      give(id);
      placeById.set(id, { queue, until });
      takenByQueue.set(queue, taken(queue) + 1);
    },
    expire(now) {
      wanting.clear();
      // No ring waits longer than the cap: one that seems to was made before the clock was set back.
      for (const [id, { until }] of placeById) if (until <= now || until > now + DUE_CAP_MS) give(id);
    },
    wants: (queue) => void wanting.add(queue),
    freeAt(queue) {
      let soonest = Number.POSITIVE_INFINITY;
      for (const place of placeById.values()) if (place.queue === queue) soonest = Math.min(soonest, place.until);
      return soonest;
    },
  };
}
