import type { ActionState } from "./action.ts";
import type { QueueName } from "./queues.ts";
import type { EventState } from "./views.ts";

/** For what a row waits that is not over. */
export const WAITS_FOR = [
  "decision",
  "schedule",
  "lift",
  "grant",
  "executor",
  "attempt",
  "retry",
  "provider",
  "person",
  "dead_letter",
] as const;
export type WaitsFor = (typeof WAITS_FOR)[number];

/** One event or action that is not over. Times in epoch milliseconds. */
export type WaitingItem = {
  row: "event" | "action";
  id: string;
  /** The type of an event, the kind of an action. */
  kind: string;
  /** What it is about: the payment, else the charge, invoice, subscription or customer; else the event itself. */
  subject: string;
  state: EventState | ActionState;
  since: number;
  /** When the ledger rings for it; past: it is due. */
  due: number;
  /** In which its doorbell belongs; of what was given up, the queue that it was in. */
  queue: QueueName;
  waitsFor: WaitsFor;
  /** For people. It may quote a provider, or whoever put it on hold. */
  reason: string;
};

/**
 * A place in the order of dues. Where very many wait, it is the order in which the ledger looks at them: a row whose wait has
 * just grown stands where it was to be looked at before, so its own due may be later.
 */
export type WaitingPlace = { due: number; id: string };
/** `after`: null is the beginning, which also counts. `queue`: null is all. */
export type WaitingQuery = { queue: QueueName | null; after: WaitingPlace | null; limit: number; now: number };

/** `isAll` false: more wait than were counted, and those that are due first were. `due`: how many are due. */
export type WaitingCounts = { waitsFor: Partial<Record<WaitsFor, number>>; due: number; isAll: boolean };

/** What one shard answers. `upTo`: it has told all up to this place, this one included; null: all. */
export type WaitingPart = {
  rows: { place: WaitingPlace; item: WaitingItem }[];
  upTo: WaitingPlace | null;
  counts: WaitingCounts | null;
};

/** A page of all shards, earliest due first; it may be shorter than its limit. `counts`: of the first page. */
export type Waiting = { items: WaitingItem[]; next: WaitingPlace | null; counts: WaitingCounts | null };

/** The answer of `GET /api/waiting`. `next` is the cursor of the next page. */
export type WaitingAnswer = Omit<Waiting, "next"> & { next: string | null };

export const isBehind = (one: WaitingPlace, other: WaitingPlace): boolean =>
  one.due > other.due || (one.due === other.due && one.id > other.id);
export const inOrder = (one: WaitingPlace, other: WaitingPlace): number => {
  if (isBehind(one, other)) return 1;
  return isBehind(other, one) ? -1 : 0;
};
/** The earliest of these places; null where none is given. */
export const earliestOf = (places: readonly (WaitingPlace | null)[]): WaitingPlace | null =>
  places.filter((place) => place !== null).sort(inOrder)[0] ?? null;
