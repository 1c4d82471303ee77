import { LEDGER_CALLS, type Ledger, type RoutedCalls } from "../../contracts/ledger.ts";
import { shardOf } from "../../core/ids.ts";
import { createMerger } from "../../core/merge.ts";
import { composed } from "./composed.ts";
import { type ShardNamespace, type Shards, shardsOf } from "./shards.ts";

export type { ShardNamespace };

/** `mergeMs`: calls within this many milliseconds become one call per shard. For a queue batch, never for a request. */
export type LedgerOptions = { mergeMs?: number | null };

/** For queue consumers: merges the calls of one turn of the event loop. Measured: a longer wait is slower. */
export const CONSUMER_LEDGER: LedgerOptions = { mergeMs: 0 };

/**
 * The ledger's client: lists in, lists out, in the same order, with one call per shard. A shard that does not answer
 * rejects the whole call with `Unavailable`, unless LEDGER_CALLS has an answer for it (`whenAway`).
 */
export function createLedger(
  namespace: ShardNamespace,
  shards: number,
  { mergeMs = null }: LedgerOptions = {},
): Ledger {
  if (!Number.isInteger(shards) || shards < 1)
    throw new Error(`LEDGER_SHARDS must be a whole number of at least 1, not ${shards}`);
  const asking = shardsOf(namespace, shards);
  const calls = routedCalls(asking, mergeMs);
  return { ...calls, ...composed(asking, calls) };
}

type Ask = (index: number, name: string, args: unknown[]) => Promise<unknown>;
type KeyOf = (...args: unknown[]) => string;
type Away = { whenAway?: unknown };

/** A client is made for each request, so what all have in common is made once. `away`: null for a call about one key. */
const ROUTED: readonly { name: string; keyOf: KeyOf; away: Away | null }[] = Object.entries(LEDGER_CALLS).flatMap(
  ([name, call]) =>
    call.shape === "all"
      ? []
      : [{ name, keyOf: call.keyOf as KeyOf, away: call.shape === "each" ? call.answers : null }],
);

/** The calls that go to the shards of their keys. Their arguments and answers are checked at compile time only. */
function routedCalls(shards: Shards, mergeMs: number | null): RoutedCalls {
  const merge = createMerger(mergeMs);
  const ask = shards.ask as Ask;

  async function askFor(index: number, name: string, items: unknown[], away: Away): Promise<unknown[]> {
    try {
      const given = await ask(index, name, [items]);
      return Array.isArray(given) ? given : items.map(() => undefined);
    } catch (error) {
      if (away.whenAway === undefined) throw error;
      console.error(JSON.stringify({ what: `ledger.${name}_failed`, items: items.length, error: String(error) }));
      return items.map(() => away.whenAway);
    }
  }

  const spread = (name: string, keyOf: KeyOf, away: Away) => async (items: unknown[]) => {
    const answers = new Array<unknown>(items.length);
    const byShard = Map.groupBy(items.keys(), (index) => shardOf(keyOf(items[index]), shards.count));
    await Promise.all(
      Array.from(byShard, async ([index, positions]) => {
        const part = positions.map((position) => items[position]);
        const given = await merge(`${name} ${index}`, part, (group) => askFor(index, name, group, away));
        for (const [nth, position] of positions.entries()) answers[position] = given[nth];
      }),
    );
    return answers;
  };

  const toOne =
    (name: string, keyOf: KeyOf) =>
    (...args: unknown[]) =>
      ask(shardOf(keyOf(...args), shards.count), name, args);

  const made: Record<string, unknown> = {};
  for (const { name, keyOf, away } of ROUTED)
    made[name] = away === null ? toOne(name, keyOf) : spread(name, keyOf, away);
  return made as RoutedCalls;
}
