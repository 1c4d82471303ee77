/** How long the first item that is ready waits for the others. */
const FLUSH_WAIT_MS = 100;

/**
 * Prepares all items concurrently, then runs the last steps of the ready ones in one turn of the event loop, where their
 * calls are merged (merge.ts). It flushes when every item is ready, or when the first ready one has waited `maxWaitMs`.
 * Results are in the order of the items; the first exception rejects. Why: docs/decisions/0014.
 */
export async function flushInBatches<Item, Answer>(
  items: readonly Item[],
  prepare: (item: Item, index: number) => Promise<() => Promise<Answer>>,
  maxWaitMs: number = FLUSH_WAIT_MS,
): Promise<Answer[]> {
  let preparing = items.length;
  const ready: (() => void)[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const release = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const go of ready.splice(0)) go();
  };

  const flush = (): Promise<void> =>
    new Promise((go) => {
      ready.push(go);
      if (preparing === 0) release();
      else timer ??= setTimeout(release, maxWaitMs);
    });

  return await Promise.all(
    items.map(async (item, index) => {
      let last: () => Promise<Answer>;
      try {
        last = await prepare(item, index);
      } finally {
        preparing--;
        if (preparing === 0) release();
      }
      await flush();
      return await last();
    }),
  );
}
