/** Counts what happened, by its kind; what never happened has no line. */
export function createCounter() {
  const counts: Record<string, number> = {};
  return {
    count(kind: string, by = 1): void {
      if (by > 0) counts[kind] = (counts[kind] ?? 0) + by;
    },
    counts: (): Record<string, number> => ({ ...counts }),
  };
}
export type Counter = ReturnType<typeof createCounter>;
