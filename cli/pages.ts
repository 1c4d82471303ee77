import { callConsole, type Target } from "./client.ts";

export type Query = Record<string, string | number | undefined>;
export type Page<Row> = { items: Row[]; next: string | null };

const PAGE = 200;

/** Reads the pages of a console list one after the other, newest first. */
export async function* pagesOf<Row>(
  target: Target,
  path: string,
  query: Query,
  pageSize = PAGE,
): AsyncGenerator<Page<Row>> {
  let cursor: string | undefined;
  do {
    const page = await callConsole<Page<Row>>(target, withQuery(path, { ...query, limit: pageSize, cursor }));
    yield page;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}

/** At most `limit` rows, and the cursor of the next ones. A limit of 0 asks only whether there are any. */
export async function collect<Row>(target: Target, path: string, query: Query, limit: number): Promise<Page<Row>> {
  const items: Row[] = [];
  let next: string | null = null;
  do {
    const rest = Math.min(PAGE, limit - items.length);
    const page: Page<Row> = await callConsole(
      target,
      withQuery(path, { ...query, limit: rest, cursor: next ?? undefined }),
    );
    items.push(...page.items);
    next = page.next;
  } while (next !== null && items.length < limit);
  return { items, next };
}

export function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  const text = new URLSearchParams(given as [string, string][]).toString();
  return text === "" ? path : `${path}?${text}`;
}
