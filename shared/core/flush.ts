/** So long the first item that is ready waits for the others. */
export const FLUSH_WAIT_MS = 100;

/**
 * Prepares every item by itself, side by side, and takes their last steps together: those of all that are ready, when
 * nothing is being prepared any more or the first of them has waited for `patienceMs`. For the items of one batch that
 * come back from the outside one after the other and then all write: calls of one turn of the event loop are merged
 * (merge.ts), so a flush costs what one item costs. One slow item holds the others up by the patience, and no longer.
 * Results are in the order of the items; the first exception ends it.
 */
export async function flushInBatches<Item, Answer>(
  items: readonly Item[],
  prepare: (item: Item, index: number) => Promise<() => Promise<Answer>>,
  patienceMs: number = FLUSH_WAIT_MS,
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
      else timer ??= setTimeout(release, patienceMs);
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
