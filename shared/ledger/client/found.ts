import type { FindPosition, Found } from "../../contracts/find.ts";
import type { Shards } from "./shards.ts";

const startIn = (count: number): FindPosition =>
  Array.from({ length: count }, (_, shard) => ({ shard, after: null, found: 0 }));

/**
 * One call to each shard that is not done. A shard that has given as many rows as are asked for is left: the newest of all
 * shards are among them.
 */
export async function foundAt(
  reference: string,
  limit: number,
  position: FindPosition | null,
  shards: Shards,
): Promise<Found> {
  const asked = (position ?? startIn(shards.count)).filter(({ shard }) => shard < shards.count);
  const answers = await Promise.all(
    asked.map(async ({ shard, after, found }) => {
      const answer = await shards.ask(shard, "find", [{ reference, limit: limit - found, after }]);
      return { ...answer, shard, found: found + answer.rows.length };
    }),
  );
  const unread = answers.filter(({ next }) => next !== null);
  const next = unread.filter(({ found }) => found < limit);
  return {
    rows: answers.flatMap(({ rows }) => rows).sort((one, other) => other.at - one.at),
    removed: answers.reduce((sum, { removed }) => sum + removed, 0),
    next: next.length === 0 ? null : next.map(({ shard, next: after, found }) => ({ shard, after, found })),
    isMore: unread.length > next.length,
  };
}
