/**
 * What of the ledger people have worked with, for D1 to be written again from it. The parts are read in this order: an act
 * on a dead letter is of use only once the letter is there, and an answer only once the question is.
 */
export const RECORDED_PARTS = [
  "actions",
  "events",
  "messages",
  "acts",
  "answers",
  "redrives",
  "discards",
  "holds",
  "lifts",
] as const;
export type RecordedPart = (typeof RECORDED_PARTS)[number];

/** One page of one shard: what comes behind the id `after`, in the order of ids. */
export type RecordedQuery = { part: RecordedPart; after: string };
/** `subject`: of an action, whose shard is found by it. */
export type RecordedRow = { id: string; subject: string | null };
/** `next`: the last id that was looked at; null where the shard has no more. */
export type RecordedPage = { rows: RecordedRow[]; next: string | null };

/** A place between two pages of all shards. */
export type RecordedPosition = { part: RecordedPart; shard: number; after: string };
/** `done` of `of` shards, each counted once for every part. */
export type Recorded = Pick<RecordedPage, "rows"> & {
  part: RecordedPart;
  next: RecordedPosition | null;
  done: number;
  of: number;
};

/** A position as a text that a person can hand back: "acts/3/act%3Adl_…". An id may be anybody's word. */
export const toPlace = ({ part, shard, after }: RecordedPosition): string =>
  `${part}/${shard}/${encodeURIComponent(after.toWellFormed())}`;

/** Null for a text that is no position. */
export function fromPlace(text: string): RecordedPosition | null {
  const [, name, shard = "", id = ""] = /^(\w+)\/(\d{1,6})\/([^/]{0,4000})$/.exec(text) ?? [];
  const part = RECORDED_PARTS.find((one) => one === name);
  const after = decoded(id);
  return part === undefined || after === null ? null : { part, shard: Number(shard), after };
}

function decoded(id: string): string | null {
  try {
    return decodeURIComponent(id);
  } catch {
    return null;
  }
}

/**
 * The answer of `POST /api/records/rebuild`. Rows that D1 had and that are as new count nowhere. `audit`: entries of it.
 * `unproven`: acts about people that the console has not proven, of which nothing is written, and ids of people whose row was
 * not proven either and is gone; what acts of ours say of them is written anew.
 */
export type RebuildReceipt = {
  restored: { cases: number; deadLetters: number; acts: number; audit: number };
  unproven: string[];
  done: number;
  of: number;
  /** Where to go on; null when all has been read. */
  next: string | null;
};
