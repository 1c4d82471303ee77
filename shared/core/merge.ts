type Call = (items: unknown[]) => Promise<unknown[]>;
type Waiting = { items: unknown[]; resolve(answers: unknown[]): void; reject(error: unknown): void };

/**
 * Puts the lists of calls that are made within the same few milliseconds together into one call a key. The first of them
 * waits `waitMs`, then all keys go at once, and all are answered with their part. For callers that may share promises:
 * one queue batch, not two requests. Without `waitMs` every call goes alone.
 */
export function createMerger(waitMs: number | null) {
  const waitingByKey = new Map<string, { call: Call; group: Waiting[] }>();

  function flush(): void {
    const all = [...waitingByKey.values()];
    waitingByKey.clear();
    for (const { call, group } of all) void answer(call, group);
  }

  return <Item, Answer>(key: string, items: Item[], call: (items: Item[]) => Promise<Answer[]>): Promise<Answer[]> => {
    if (waitMs === null) return call(items);
    return new Promise<Answer[]>((resolve, reject) => {
      const waiting: Waiting = { items, resolve: (answers) => resolve(answers as Answer[]), reject };
      const known = waitingByKey.get(key);
      if (known) {
        known.group.push(waiting);
        return;
      }
      if (waitingByKey.size === 0) setTimeout(flush, waitMs);
      waitingByKey.set(key, { call: (all) => call(all as Item[]), group: [waiting] });
    });
  };
}

async function answer(call: Call, group: Waiting[]): Promise<void> {
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
