/**
 * A Worker invocation has six connections; a seventh waits for one of them to end. Asking for no more than six keeps
 * the waiting in our hands, where it counts against nobody's deadline.
 * https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections
 */
export const OUTSIDE_CALLS_AT_ONCE = 6;

/**
 * At most `limit` of the calls that go through it are under way at once, in the order in which they came. For the outside
 * calls of one batch: its messages may then wait for our own parts side by side.
 */
export function createLimiter(limit: number): <Answer>(call: () => Promise<Answer>) => Promise<Answer> {
  const waiting: (() => void)[] = [];
  let free = limit;
  return async (call) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await call();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

export type Limiter = ReturnType<typeof createLimiter>;

/** `fn` over all items, at most `limit` at once, results in the order of the items. The first exception ends it. */
export async function mapLimit<T, R>(
  items: readonly T[],
  limit: number,
  fn: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  const waiting = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await fn(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(limit, 1), items.length) }, work));
  return results;
}
