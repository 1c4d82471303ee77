import type { LoggedRequest } from "../../simulators/stripe/request-log.ts";

/**
 * What the provider was asked, in the order of its answers. Its log ends with its process and keeps the last some ten
 * thousand: it is fetched often, and once more before a kill. What came in between is missing.
 */
export function createRequestCollector(fetchSince: (sequence: number) => Promise<LoggedRequest[]>) {
  const all: LoggedRequest[] = [];
  let last = 0;
  return {
    async collect(): Promise<void> {
      const news = await fetchSince(last);
      last = news.at(-1)?.sequence ?? last;
      for (const one of news) all.push(one);
    },
    /** A new process counts from the beginning. */
    begin(): void {
      last = 0;
    },
    all: (): LoggedRequest[] => all,
  };
}
