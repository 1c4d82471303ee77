import type { ActionRef, EventState, Trace } from "./views.ts";

/**
 * A look-up of rows that name a reference: an id of the provider's, an invoice's number, or a word with a figure of what people
 * wrote. `after`: where the shard stopped; null at first.
 */
export type FindQuery = { reference: string; limit: number; after: string | null };

/** The event that names it, or to whose action it belongs. `at`: when the row was made, in epoch milliseconds. */
export type FoundRow = { eventId: string; action: ActionRef | null; at: number };

/**
 * What one call to a shard has found. `next`: where it goes on; null when all was read. `removed`: rows that may have named it
 * in a text that is gone after RETENTION_DAYS.
 */
export type ShardFound = { rows: FoundRow[]; next: string | null; removed: number };

/** Where the look-up goes on in each shard that is not done yet, and how many rows it had found there. */
export type FindPosition = { shard: number; after: string | null; found: number }[];

/** Rows of all shards, newest first. `next` null: all was read, or each shard has given as many as were asked for. */
export type Found = { rows: FoundRow[]; next: FindPosition | null; removed: number; isMore: boolean };

/** One line of a list: an event, with the state of what it led to. */
export type FoundItem = {
  id: string;
  action: string | null;
  at: number;
  type: string;
  state: Trace["state"] | EventState;
  amountMinor: number | null;
  currency: string | null;
};

/**
 * The answer of `GET /api/find`. `items`: newest first. `next`: where a search goes on that could not read everything in one
 * answer. `isMore`: there are more than the limit.
 */
export type FindAnswer = {
  reference: string;
  /** Of exactly one. */
  trace: Trace | null;
  items: FoundItem[];
  isMore: boolean;
  removed: number;
  next: string | null;
};

/** The position as a text that a client hands back. */
export const toFindCursor = (position: FindPosition): string =>
  position.map(({ shard, after, found }) => `${shard}.${found}.${encodeURIComponent(after ?? "")}`).join("~");

/** Null for a text that is no position. */
export function fromFindCursor(text: string): FindPosition | null {
  const parts = text.split("~").map((part) => /^(\d{1,6})\.(\d{1,6})\.([^~]{0,1000})$/.exec(part));
  if (parts.length > 1_000 || parts.includes(null)) return null;
  try {
    return parts.map((part) => {
      const [, shard, found, after = ""] = part ?? [];
      return { shard: Number(shard), found: Number(found), after: after === "" ? null : decodeURIComponent(after) };
    });
  } catch {
    return null;
  }
}
