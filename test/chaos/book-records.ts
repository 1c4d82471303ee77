import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";

/** What people had in their database before it was lost stands in it again. Its state may have gone on since. */
export function recordsLost({ cases, letters, acts: { lostRecords } }: Evidence): Broken[] {
  const say = broken("unaccounted");
  const there = new Set([...cases, ...letters].map(({ id }) => id));
  return [...lostRecords.cases, ...lostRecords.letters]
    .filter((id) => !there.has(id))
    .map((id) => say(id, `${id} was in the database before it was lost, and was not rebuilt`));
}
