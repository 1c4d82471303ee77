import type { LedgerTotals, ShardTotals } from "../../contracts/views.ts";

/** Adds up the totals of all shards. */
export function sumTotals(parts: readonly ShardTotals[]): LedgerTotals {
  const sums = new Map<string, { count: number; amount: number }>();
  for (const { bucket, count, amount } of parts.flatMap((part) => part.buckets)) {
    const sum = sums.get(bucket) ?? { count: 0, amount: 0 };
    sums.set(bucket, { count: sum.count + count, amount: sum.amount + amount });
  }
  const events = (what: string): number => sums.get(`event:${what}`)?.count ?? 0;
  return {
    accepted: events("accepted"),
    duplicates: events("duplicate"),
    conflicts: events("conflict"),
    waiting: {
      events: parts.reduce((sum, { waiting }) => sum + waiting.events, 0),
      actions: parts.reduce((sum, { waiting }) => sum + waiting.actions, 0),
    },
    actions: Array.from(sums)
      .filter(([bucket, { count }]) => bucket.startsWith("action:") && count !== 0)
      .map(([bucket, { count, amount }]) => {
        const [, kind = "", state = "", currency = ""] = bucket.split(":");
        return { kind, state, currency: currency === "" ? null : currency, count, amountMinor: amount };
      })
      .sort((a, b) => `${a.kind} ${a.state}`.localeCompare(`${b.kind} ${b.state}`)),
    none: events("none"),
    deadLetteredEvents: events("dead_lettered"),
    fullestShard: fullestOf(parts),
  };
}

/** `parts` in the order of the shards. */
function fullestOf(parts: readonly ShardTotals[]): LedgerTotals["fullestShard"] {
  const shares = parts.map(({ share }, index) => ({ index, share }));
  return shares.sort((one, other) => other.share - one.share)[0] ?? null;
}
