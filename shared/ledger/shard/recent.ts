/**
 * Rows that were read or written a short while ago, so that the next call of the same event reads no row again. Only the
 * shard writes its rows, so they cannot be outdated; what a failed transaction wrote must be forgotten with `clear`.
 */
export type Recent<Value> = {
  get(key: string): Value | undefined;
  set(key: string, value: Value, weight: number): void;
  clear(): void;
};

/** Keeps what was used last, up to the sum of weights. What weighs more than a hundredth of it is not kept. */
export function createRecent<Value>(maxWeight: number): Recent<Value> {
  const kept = new Map<string, { value: Value; weight: number }>();
  let sum = 0;
  function remove(key: string): void {
    sum -= kept.get(key)?.weight ?? 0;
    kept.delete(key);
  }
  return {
    get(key) {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      kept.delete(key);
      kept.set(key, found);
      return found.value;
    },
    set(key, value, weight) {
      remove(key);
      if (weight > maxWeight / 100) return;
      kept.set(key, { value, weight });
      sum += weight;
      for (const [oldest] of kept) {
        if (sum <= maxWeight) break;
        remove(oldest);
      }
    },
    clear() {
      kept.clear();
      sum = 0;
    },
  };
}
