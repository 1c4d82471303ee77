import { RECORDED_PARTS, type Recorded, type RecordedPosition } from "../../contracts/recorded.ts";
import type { Shards } from "./shards.ts";

/** The page at a position: one shard is asked. Part by part, and of each part shard by shard. */
export async function recordedAt(position: RecordedPosition | null, shards: Shards): Promise<Recorded> {
  const { part, shard, after } = position ?? { part: RECORDED_PARTS[0], shard: 0, after: "" };
  // A place from elsewhere may name a shard that is none.
  const { rows, next } =
    shard >= shards.count ? { rows: [], next: null } : await shards.ask(shard, "recorded", [{ part, after }]);
  const before = RECORDED_PARTS.indexOf(part) * shards.count + Math.min(shard, shards.count - 1);
  const done = before + (next === null ? 1 : 0);
  const of = RECORDED_PARTS.length * shards.count;
  return { part, rows, next: next === null ? placeOf(done, shards.count) : { part, shard, after: next }, done, of };
}

function placeOf(done: number, count: number): RecordedPosition | null {
  const part = RECORDED_PARTS[Math.floor(done / count)];
  return part === undefined ? null : { part, shard: done % count, after: "" };
}
