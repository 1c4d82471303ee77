import type { AskedOf, PagedRoute, QueryOf, RowOf } from "./api/routes.ts";
import { callConsole, type Target } from "./client.ts";

export type Query = Record<string, string | number | undefined>;
export type Page<Row> = { items: Row[]; next: string | null };

const PAGE = 200;

/** Reads the pages of a console list one after the other, in its order. */
export function pagesOf<Name extends PagedRoute>(
  target: Target,
  route: Name,
  query: QueryOf<Name>,
  pageSize?: number,
): AsyncGenerator<Page<RowOf<Name>>>;
export async function* pagesOf(
  target: Target,
  route: PagedRoute,
  query: object,
  pageSize = PAGE,
): AsyncGenerator<Page<unknown>> {
  let cursor: string | undefined;
  do {
    const page = await pageOf(target, route, { ...query, limit: pageSize, cursor });
    yield page;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}

/** At most `limit` rows, and the cursor of the next ones. A limit of 0 asks only whether there are any. */
export function collect<Name extends PagedRoute>(
  target: Target,
  route: Name,
  query: QueryOf<Name>,
  limit: number,
): Promise<Page<RowOf<Name>>>;
export async function collect(target: Target, route: PagedRoute, query: object, limit: number): Promise<Page<unknown>> {
  const items: unknown[] = [];
  let next: string | null = null;
  do {
    const rest = Math.min(PAGE, limit - items.length);
    const page: Page<unknown> = await pageOf(target, route, { ...query, limit: rest, cursor: next ?? undefined });
    items.push(...page.items);
    next = page.next;
  } while (next !== null && items.length < limit);
  return { items, next };
}

/** What is asked was checked where the list was named. */
const pageOf = (target: Target, route: PagedRoute, query: Query): Promise<Page<unknown>> =>
  callConsole(target, route, { query } as AskedOf<PagedRoute>);
