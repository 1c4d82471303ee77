import type { Sql } from "../../core/sql.ts";
import type { ActionRow } from "../action/row.ts";
import type { EventRow } from "../event/row.ts";
import { isFactOver } from "../shard/retention.ts";
import { filterOf, mayHave, positionsOf, REFERENCES_MAX } from "./filter.ts";
import { type NamesIn, referencesOfAction, referencesOfEvent } from "./references.ts";

export type Kind = "event" | "action";

type Rows = {
  peekEvent(id: string): EventRow | null;
  peekAction(id: string): ActionRow | null;
  rawOf(id: string): string | null;
};

/** What one row is found by, and whether that is all that it will ever be found by. */
type Named = { references: Set<string>; isFinal: boolean };

/** Reads what rows name. `null`: there is no such row. */
export function readerOf(rows: Rows, namesIn: NamesIn) {
  function ofEvent(id: string): Named | null {
    const row = rows.peekEvent(id);
    if (row === null) return null;
    const raw = rows.rawOf(id);
    return { references: referencesOfEvent(row, raw === null ? [] : namesIn(id, raw)), isFinal: true };
  }
  function ofAction(id: string): Named | null {
    const row = rows.peekAction(id);
    // A person may still decide a case, and a dead letter may be redriven: both can lead to a refund.
    return row && { references: referencesOfAction(row), isFinal: isFactOver([row], id) };
  }
  return { event: ofEvent, action: ofAction } satisfies Record<Kind, (id: string) => Named | null>;
}

export type Reader = ReturnType<typeof readerOf>;

/** Rows that are put into one block: each id with what it names. A block is full before its filter says too much. */
export function createGathering(kind: Kind, reader: Reader) {
  const references = new Set<string>();
  const ids: string[] = [];
  const open: string[] = [];
  return {
    kind,
    ids,
    open,
    isFull: (): boolean => references.size >= REFERENCES_MAX,
    filter: (): string => filterOf(references),
    add(id: string): void {
      const named = reader[kind](id);
      if (named === null) return;
      ids.push(id);
      if (!named.isFinal) open.push(id);
      else for (const reference of named.references) references.add(reference);
    },
  };
}

export type Gathering = ReturnType<typeof createGathering>;

type Tested = { n: number; kind: Kind; open: string; digits: string };
/** `isMatch`: its filter may have the reference. */
export type BlockSeen = { n: number; kind: Kind; open: string[]; isMatch: boolean };

const listOf = (text: string): string[] => (text === "" ? [] : text.split("\n"));

/** The table of blocks. Rows of before come under numbers below zero, so that what is newer is looked at first. */
export function createBlocks(sql: Sql) {
  return {
    write({ kind, ids, open, filter }: Gathering, isOld: boolean): void {
      if (ids.length === 0) return;
      const n = isOld ? "min(0, coalesce(min(n), 0)) - 1" : "max(0, coalesce(max(n), 0)) + 1";
      sql.exec(
        `INSERT INTO reference_block (n, kind, open, filter, ids) SELECT ${n}, ?, ?, ?, ? FROM reference_block`,
        kind,
        open.join("\n"),
        filter(),
        ids.join("\n"),
      );
    },
    rewrite(n: number, { open, filter }: Gathering): void {
      sql.exec("UPDATE reference_block SET open = ?, filter = ? WHERE n = ?", open.join("\n"), filter(), n);
    },
    idsOf: (n: number): string[] =>
      sql
        .exec<{ ids: string }>("SELECT ids FROM reference_block WHERE n = ?", n)
        .toArray()
        .flatMap(({ ids }) => listOf(ids)),
    /** The blocks before this one, newest first. SQLite picks the few digits of a filter: no filter is read whole. */
    test(reference: string, before: number, limit: number): BlockSeen[] {
      const positions = positionsOf(reference);
      const digits = positions.map(({ index }) => `substr(filter, ${index + 1}, 1)`).join(" || ");
      const query = `SELECT n, kind, open, ${digits} AS digits FROM reference_block WHERE n < ? ORDER BY n DESC LIMIT ?`;
      return sql
        .exec<Tested>(query, before, limit)
        .toArray()
        .map(({ n, kind, open, digits: found }) => ({
          n,
          kind,
          open: listOf(open),
          isMatch: mayHave(found, positions),
        }));
    },
    /** The next block behind this one whose rows were not final, among so many; and where the next look begins. */
    nextOpen(after: number, among: number): { n: number; open: string[]; ids: string[] } | null {
      const query = "SELECT n, open, ids FROM reference_block WHERE n > ? AND n <= ? AND open <> '' ORDER BY n LIMIT 1";
      const [row] = sql.exec<{ n: number; open: string; ids: string }>(query, after, after + among).toArray();
      return row === undefined ? null : { n: row.n, open: listOf(row.open), ids: listOf(row.ids) };
    },
    last: (): number => sql.exec<{ n: number | null }>("SELECT max(n) AS n FROM reference_block").toArray()[0]?.n ?? 0,
  };
}

export type Blocks = ReturnType<typeof createBlocks>;
