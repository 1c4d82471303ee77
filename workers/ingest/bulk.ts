import { shardOf } from "../../shared/core/ids.ts";
import { type Entry, settled, storeEntries, type Tally } from "./accept.ts";
import { createBudget } from "./budget.ts";
import type { Deps } from "./deps.ts";
import { createBulkRinger } from "./ring-bulk.ts";

/** The limits of one call to the ledger: this many lines or about this many bytes, whichever comes first. */
const BATCH_LINES = 500;
const BATCH_BYTES = 2_097_152;
/** What waits for its call. With one more line of 1 MB, and with the batches under way, it is at most 8 MB. */
const WAITING_BYTES = 5_242_880;
const UNDER_WAY_BYTES = BATCH_BYTES;
/** Counted for an entry beside the bytes of its line. V8 takes 300 to 450, so that 8 MB of the shortest lines are some 12. */
const ENTRY_BYTES = 200;

export type BulkDeps = Pick<Deps, "ledger" | "ring" | "log" | "shards" | "subrequests">;
type Batch = { entries: Entry[]; bytes: number };

/**
 * The lines of a long body, gathered a shard, so that the calls to the ledger are in proportion to the lines and not to lines
 * times shards. When too much waits, the largest batch goes first. A line's follow-up (see accept.ts) is gathered as a line is.
 */
export function createBulk(deps: BulkDeps, tally: Tally) {
  const budget = createBudget(deps);
  const ringer = createBulkRinger(deps, budget);
  const waiting = new Map<number, Batch>();
  const underWay = new Set<Promise<void>>();
  let waitingBytes = 0;
  let underWayBytes = 0;

  const shardFor = ({ item }: Entry): number => shardOf(item.event.id, deps.shards);

  /** The batch that the entry is now in. */
  function gather(entry: Entry, bytes: number): Batch {
    const shard = shardFor(entry);
    const batch = waiting.get(shard) ?? { entries: [], bytes: 0 };
    waiting.set(shard, batch);
    batch.entries.push(entry);
    batch.bytes += bytes;
    waitingBytes += bytes;
    return batch;
  }

  /** Begins the call of this shard's batch, as soon as there is room for it. */
  async function send(shard: number): Promise<void> {
    const batch = waiting.get(shard);
    if (batch === undefined) return;
    waiting.delete(shard);
    waitingBytes -= batch.bytes;
    while (underWay.size > 0 && underWayBytes + batch.bytes > UNDER_WAY_BYTES) await Promise.race(underWay);
    underWayBytes += batch.bytes;
    const call = store(batch).finally(() => {
      underWayBytes -= batch.bytes;
      underWay.delete(call);
    });
    underWay.add(call);
  }

  async function store({ entries }: Batch): Promise<void> {
    budget.countLedgerCall();
    const answers = await storeEntries(deps, entries);
    const accepted = entries.flatMap((entry, index) => {
      const answer = answers[index] ?? "unavailable";
      tally.name(entry, answer);
      const { event, step } = settled(entry, answer);
      if (step.kind === "over") tally.count(entry.line, step.acceptance);
      else gather(step.entry, step.entry.item.raw.length + ENTRY_BYTES);
      return event === null ? [] : [event];
    });
    await ringer.ring(accepted);
  }

  const largest = (): number => {
    let [shard, most] = [0, -1];
    for (const [index, { bytes }] of waiting) if (bytes > most) [shard, most] = [index, bytes];
    return shard;
  };

  /** Stores all that waits, and what follows from it. */
  async function flush(): Promise<void> {
    while (waiting.size > 0 || underWay.size > 0) {
      for (const shard of [...waiting.keys()]) await send(shard);
      await Promise.all(underWay);
    }
  }

  return {
    add: async (entry: Entry, lineBytes: number): Promise<void> => {
      const shard = shardFor(entry);
      const bytes = lineBytes + ENTRY_BYTES;
      if ((waiting.get(shard)?.bytes ?? 0) + bytes > BATCH_BYTES) await send(shard);
      if (gather(entry, bytes).entries.length >= BATCH_LINES) await send(shard);
      while (waitingBytes > WAITING_BYTES) await send(largest());
    },
    flush,
    /** Stores the rest and rings for it. Nothing is added after this. */
    end: async (): Promise<void> => {
      await flush();
      await ringer.end();
    },
    /** What is left of the budget is needed for what was read already. */
    isSpent: budget.isSpent,
  };
}
