/** After the first signal the request under way ends, so that the bookmark is correct. A second signal exits at once. */
export function stopOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
      // A read from a pipe may never end by itself.
      process.stdin.destroy();
    });
  }
  return controller.signal;
}
