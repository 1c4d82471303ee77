import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../core/concurrency.ts";
import type { Handled, Verdict } from "./verdict.ts";

/**
 * Handles every item by itself, at most `limit` at once: an exception is that item's alone. For a batch handler whose
 * items share a first call (the gate's answer, one call a shard) and then go their own ways.
 */
export async function handleEach<T>(
  items: readonly T[],
  handle: (item: T, index: number) => Promise<Verdict>,
  limit: number = OUTSIDE_CALLS_AT_ONCE,
): Promise<Handled[]> {
  return await mapLimit(items, limit, async (item, index): Promise<Handled> => {
    try {
      return await handle(item, index);
    } catch (error) {
      return { kind: "threw", error };
    }
  });
}
