import {
  type Heard,
  type HeardState,
  type Party,
  stateOfWord,
  type Word,
  type WordOfParty,
} from "../contracts/heard.ts";
import type { Sql } from "../core/sql.ts";

type Row = { party: Party; state: HeardState; since: number; at: number; what: WordOfParty };

/** What was last heard of each party. A row is written when a party's state changes, and at no other time. */
export function createHeard(sql: Sql) {
  const byParty = new Map<Party, Heard>();
  for (const { party, state, since, at, what } of sql.exec<Row>("SELECT * FROM heard").toArray())
    byParty.set(party, { party, state, since, last: { what, at } });

  function take({ party, what, at: heardAt }: Word, now: number): void {
    // A Worker whose clock is ahead must not keep others from being heard.
    const at = Math.min(heardAt, now);
    const before = byParty.get(party);
    if (before !== undefined && at < before.last.at) return;
    const state = stateOfWord(what);
    const isSame = before?.state === state;
    const heard: Heard = { party, state, since: isSame ? before.since : at, last: { what, at } };
    byParty.set(party, heard);
    if (isSame) return;
    sql.exec(
      "INSERT OR REPLACE INTO heard (party, state, since, at, what) VALUES (?, ?, ?, ?, ?)",
      party,
      state,
      heard.since,
      at,
      what,
    );
  }

  return {
    hear(words: readonly Word[], now: number): void {
      for (const word of words) take(word, now);
    },
    heard: (): Heard[] => [...byParty.values()],
  };
}
