/**
 * The result of `work`; rejects as soon as `signal` aborts. A signal that is given to `fetch` does not always end a body
 * that stalls: in workerd the read may never return, and the whole batch waits for it.
 */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new Error("the deadline of the call passed"));
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
