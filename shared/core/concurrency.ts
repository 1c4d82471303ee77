/**
 * A Worker invocation has six connections; a seventh request waits for one of them. With at most six calls at once, a
 * call's deadline does not run while the call waits for a connection.
 * https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections
 */
export const OUTSIDE_CALLS_AT_ONCE = 6;

/**
 * Runs at most `limit` calls at once, first come, first served. For the outside calls of one batch, whose messages are
 * otherwise handled concurrently.
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

/** Runs `fn` over all items, at most `limit` at once. Results are in the order of the items; the first exception rejects. */
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
