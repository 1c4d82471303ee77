import type { StreamItem } from "../../simulators/day/index.ts";

/** Keeps items of the stream back until they are released; then they go before all others. */
export function createKeeper(kept: readonly StreamItem[]) {
  const waiting = new Set(kept);
  const released = new Set<StreamItem>();
  const answered = new Set<StreamItem>();
  const keeps = (items: readonly StreamItem[]): boolean => items.some((item) => waiting.has(item));
  return {
    keeps,
    release(items: readonly StreamItem[]): void {
      for (const item of items) {
        waiting.delete(item);
        released.add(item);
      }
    },
    isUrgent: (items: readonly StreamItem[]): boolean =>
      released.size > 0 && items.some((item) => released.has(item)) && !keeps(items),
    note(items: readonly StreamItem[]): void {
      for (const item of items) {
        answered.add(item);
        released.delete(item);
      }
    },
    areAnswered: (items: readonly StreamItem[]): boolean => items.every((item) => answered.has(item)),
  };
}
export type Keeper = ReturnType<typeof createKeeper>;
