import type { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, it } from "vitest";
import { KEPT_TEXTS, type StoreName } from "../../shared/contracts/kept-texts.ts";
import { createRecordsWorld, type RecordsWorld } from "../helpers/records-world.ts";

let world: RecordsWorld;
beforeAll(async () => {
  world = createRecordsWorld(1);
  await world.audit.head();
  // A shard is opened by its first call.
  await world.ledger.totals();
});

/** What SQLite and `migrate` keep for themselves. */
const OWN = /^(?:sqlite_.*|migration)$/;

function columnsOf(sqlite: DatabaseSync | undefined): Record<string, string[]> {
  const tables = sqlite?.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() ?? [];
  const ours = tables.map(({ name }) => String(name)).filter((name) => !OWN.test(name));
  // A generated column is derived from the others.
  const stored = (table: string) =>
    (sqlite?.prepare(`PRAGMA table_xinfo("${table}")`).all() ?? [])
      .filter(({ hidden }) => hidden === 0)
      .map(({ name }) => String(name))
      .sort();
  return Object.fromEntries(ours.map((table) => [table, stored(table)]));
}

describe("the list of what keeps a text", () => {
  it.each(Object.keys(KEPT_TEXTS) as StoreName[])(
    "has every column of every table of the %s, and no other",
    (store) => {
      const listed = Object.entries(KEPT_TEXTS[store]).map(([table, columns]) => [table, Object.keys(columns).sort()]);
      expect(columnsOf(world.stores()[store][0])).toEqual(Object.fromEntries(listed));
    },
  );
});
