import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";

/** The files of the shards, as Miniflare names them. */
const SHARDS = join("workers", "do", "countersign-ledger-LedgerShard");
const unaccounted = broken("unaccounted");

/**
 * Which events the ledger has that nobody is known to have sent. The books only count them, because the ledger is asked by id;
 * here its files are read, so that a count that is wrong has a name.
 */
export function strangersIn(stateDir: string, { traces, totals }: Pick<Evidence, "traces" | "totals">): Broken[] {
  const known = [...traces].flatMap(([id, trace]) => (trace === null ? [] : [id]));
  if (totals.waiting.events + totals.waiting.actions > 0 || known.length === totals.accepted) return [];
  const names = new Set(known);
  const folder = join(stateDir, SHARDS);
  const files = readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  return files
    .flatMap((name) => eventsIn(join(folder, name)))
    .filter((id) => !names.has(id))
    .map((id) => unaccounted(id, `${id} was accepted, and is not known to have been sent`));
}

function eventsIn(file: string): string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database
      .prepare("SELECT id FROM event")
      .all()
      .map(({ id }) => String(id));
  } finally {
    database.close();
  }
}
