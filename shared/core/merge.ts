type Call = (items: unknown[]) => Promise<unknown[]>;
type Waiting = { items: unknown[]; resolve(answers: unknown[]): void; reject(error: unknown): void };

/**
 * Merges the calls of one key that are made within `waitMs` milliseconds into one call. Each caller gets its part of the
 * answers. For callers that may share promises: those of one queue batch, never two requests. With null nothing is merged.
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
