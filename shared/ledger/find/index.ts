import type { FindQuery, ShardFound } from "../../contracts/find.ts";
import type { Sql } from "../../core/sql.ts";
import { type Found, foundAlone } from "../shard/chores.ts";
import type { Store } from "../shard/store.ts";
import { createBlocks, readerOf } from "./block.ts";
import { createIndexer } from "./indexer.ts";
import { createLookup } from "./lookup.ts";
import { createProgress } from "./progress.ts";
import type { NamesIn } from "./references.ts";

/** What rows name, and the look-up by it: docs/decisions/0037. */
export function createReferences(sql: Sql, store: Store, namesIn: NamesIn) {
  const progress = createProgress(store);
  const parts = { sql, store, progress, blocks: createBlocks(sql), reader: readerOf(store, namesIn) };
  const indexer = createIndexer(parts);
  const find: (query: FindQuery) => ShardFound = createLookup(parts);
  const steps = new WeakSet<Found>();
  return {
    nextAt: indexer.nextAt,
    /** The next step as a chore; null where nothing is to do. */
    look(now: number): Found | null {
      if (indexer.nextAt() > now) return null;
      const step = foundAlone(() => indexer.step(now), null, null);
      steps.add(step);
      return step;
    },
    /** It came from here, and no pass of the other chores counts it. */
    isOwn: (found: Found): boolean => steps.has(found),
    find,
    forget(): void {
      progress.forget();
      indexer.forget();
    },
  };
}
