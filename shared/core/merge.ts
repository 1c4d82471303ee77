type Waiting = { items: unknown[]; resolve(answers: unknown[]): void; reject(error: unknown): void };

/**
 * Puts the lists of calls that are made within the same few milliseconds together into one call. The first of them
 * waits `waitMs`, and all are answered with their part. For callers that may share promises: one queue batch, not two
 * requests. Without `waitMs` every call goes alone.
 */
export function createMerger(waitMs: number | null) {
  const waitingByKey = new Map<string, Waiting[]>();

  async function flush(key: string, call: (items: unknown[]) => Promise<unknown[]>): Promise<void> {
    const group = waitingByKey.get(key) ?? [];
    waitingByKey.delete(key);
    try {
      const answers = await call(group.flatMap(({ items }) => items));
      let start = 0;
      for (const { items, resolve } of group) {
        resolve(answers.slice(start, start + items.length));
        start += items.length;
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  return <Item, Answer>(key: string, items: Item[], call: (items: Item[]) => Promise<Answer[]>): Promise<Answer[]> => {
    if (waitMs === null) return call(items);
    return new Promise<Answer[]>((resolve, reject) => {
      const waiting: Waiting = { items, resolve: (answers) => resolve(answers as Answer[]), reject };
      const group = waitingByKey.get(key);
      if (group) {
        group.push(waiting);
        return;
      }
      waitingByKey.set(key, [waiting]);
      setTimeout(() => void flush(key, (all) => call(all as Item[])), waitMs);
    });
  };
}
