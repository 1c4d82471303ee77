import type { StreamItem } from "../../simulators/day/index.ts";

/**
 * Keeps items of the stream back until they are released; then they go before all others. Of each of `pairs` the second is
 * kept back until the first was answered; then it goes in its turn.
 */
export function createKeeper(kept: readonly StreamItem[], pairs: readonly (readonly [StreamItem, StreamItem])[] = []) {
  const waiting = new Set(kept);
  const firstOf = new Map(pairs.map(([first, second]) => [second, first]));
  const released = new Set<StreamItem>();
  /** With the stored id of what was taken. */
  const answered = new Map<StreamItem, string | null>();
  const isEarly = (item: StreamItem): boolean => {
    const first = firstOf.get(item);
    return first !== undefined && !answered.has(first);
  };
  const keeps = (items: readonly StreamItem[]): boolean => items.some((item) => waiting.has(item) || isEarly(item));
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
    note(items: readonly StreamItem[], eventOf: (item: StreamItem) => string | null = () => null): void {
      for (const item of items) {
        answered.set(item, eventOf(item));
        released.delete(item);
      }
    },
    areAnswered: (items: readonly StreamItem[]): boolean => items.every((item) => answered.has(item)),
    eventsOf: (items: readonly StreamItem[]): string[] => [
      ...new Set(items.flatMap((item) => answered.get(item) ?? [])),
    ],
  };
}
export type Keeper = ReturnType<typeof createKeeper>;
