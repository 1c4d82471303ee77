import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../core/concurrency.ts";
import { flushInBatches } from "../core/flush.ts";
import type { Handled, Verdict } from "./verdict.ts";

/**
 * Handles every item separately, at most `limit` at once. An exception affects only its item. For a batch handler whose
 * items share a first call (the gate's answer, one call per shard) and are then independent.
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

/** The writes of one item, after everything outside was asked. */
export type LastStep = () => Promise<Verdict>;

/** As `handleEach`, for items that first ask the outside and then write: their last steps run together (core/flush.ts). */
export async function handleAndFlush<T>(
  items: readonly T[],
  prepare: (item: T, index: number) => Promise<LastStep>,
): Promise<Handled[]> {
  return await flushInBatches(items, async (item, index): Promise<() => Promise<Handled>> => {
    try {
      const last = await prepare(item, index);
      return () => last().catch(threw);
    } catch (error) {
      return async () => threw(error);
    }
  });
}

const threw = (error: unknown): Handled => ({ kind: "threw", error });
