import { RECORDED_PARTS, type Recorded, type RecordedPosition } from "../../contracts/recorded.ts";
import type { Shards } from "./shards.ts";

/** The page at a position: one shard is asked. Part by part, and of each part shard by shard. */
export async function recordedAt(position: RecordedPosition | null, shards: Shards): Promise<Recorded> {
  const { part, shard, after } = within(position, shards.count);
  const { rows, next } = await shards.ask(shard, "recorded", [{ part, after }]);
  const before = RECORDED_PARTS.indexOf(part) * shards.count + shard;
  const done = before + (next === null ? 1 : 0);
  const of = RECORDED_PARTS.length * shards.count;
  return { part, rows, next: next === null ? placeOf(done, shards.count) : { part, shard, after: next }, done, of };
}

/** A place from elsewhere may name a shard that is none: the part is read from its first one. */
function within(position: RecordedPosition | null, count: number): RecordedPosition {
  if (position !== null && position.shard < count) return position;
  return { part: position?.part ?? RECORDED_PARTS[0], shard: 0, after: "" };
}

function placeOf(done: number, count: number): RecordedPosition | null {
  const part = RECORDED_PARTS[Math.floor(done / count)];
  return part === undefined ? null : { part, shard: done % count, after: "" };
}
