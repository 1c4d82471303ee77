import * as v from "valibot";
import { parseJson } from "../core/json.ts";
import type { CaseRow, DeadLetterRow } from "./records.ts";
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
 * The answer of `GET /api/find`. `items`: newest first; `isMore`: there are more. `next`: where a search goes on that could not
 * read everything for one answer. `removed`: how often a text that is gone may have named it.
 */
export type FindAnswer = {
  reference: string;
  /** Of exactly one. */
  trace: Trace | null;
  /** Of the id of a case, and of a dead letter. */
  case?: CaseRow;
  letter?: DeadLetterRow;
  items: FoundItem[];
  isMore: boolean;
  removed: number;
  next: string | null;
};

/** The position as a text that a client hands back in a query. */
export function toFindCursor(position: FindPosition): string {
  const json = JSON.stringify(position.map(({ shard, after, found }) => [shard, found, after]));
  const ascii = json.replace(/[\u0080-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return btoa(ascii).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positions = v.pipe(
  v.array(v.strictTuple([count, count, v.nullable(v.pipe(v.string(), v.maxLength(2_000)))])),
  v.minLength(1),
  v.maxLength(1_000),
);

/** Null for a text that is no position. */
export function fromFindCursor(text: string): FindPosition | null {
  const parsed = v.safeParse(positions, jsonIn(text));
  return parsed.success ? parsed.output.map(([shard, found, after]) => ({ shard, found, after })) : null;
}

function jsonIn(text: string): unknown {
  try {
    const json = parseJson(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
    return json.ok ? json.value : null;
  } catch {
    return null;
  }
}
