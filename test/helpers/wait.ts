const LOOK_MS = 100;

/** Looks until what it sees is as it should be, and answers it. After `boundMs` it throws with what it saw last. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T>,
  isThere: (seen: T) => boolean,
  boundMs: number,
): Promise<T> {
  const end = Date.now() + boundMs;
  for (;;) {
    const seen = await look();
    if (isThere(seen)) return seen;
    if (Date.now() > end) {
      throw new Error(`waited ${boundMs} ms for ${what}; it is still ${JSON.stringify(seen).slice(0, 4_000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
