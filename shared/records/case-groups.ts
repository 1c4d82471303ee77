import type { CaseGroup, CaseRow } from "../contracts/records.ts";
import { ALL_COLUMNS } from "./cases.ts";
import type { Database } from "./database.ts";
import { type Page, type Position, toCursor } from "./page.ts";

/** Read from the index of groups alone. */
export const GROUPS = `SELECT groupKey AS key, count(*) AS count, coalesce(sum(worthUsdCents), 0) AS worthUsdCents,
    min(openedAt) AS firstAt, max(openedAt) AS lastAt
  FROM cases INDEXED BY cases_by_group WHERE state = 'open' AND groupKey IS NOT NULL AND groupKey > ?
  GROUP BY groupKey ORDER BY groupKey LIMIT ?`;

/** Groups of open cases that nobody judges one by one, by their keys. */
export async function listGroups(
  database: Database,
  { after, limit }: { after: Position | null; limit: number },
): Promise<Page<CaseGroup>> {
  const { results } = await database
    .prepare(GROUPS)
    .bind(after?.id ?? "", limit + 1)
    .all<CaseGroup>();
  const items = results.slice(0, limit);
  const id = items.at(-1)?.key ?? after?.id ?? "";
  return { items, next: results.length > limit ? toCursor({ at: 0, id }) : null };
}

export const GROUP_MEMBERS = `SELECT ${ALL_COLUMNS} FROM cases INDEXED BY cases_by_group
  WHERE groupKey = ? AND state = 'open' AND openedAt <= ? AND (openedAt, id) > (?, ?) ORDER BY openedAt, id LIMIT ?`;

/** The open cases of one group, oldest first, that were opened until `until`: what came since was not in the preview. */
export async function groupMembers(
  database: Database,
  { key, until, after, limit }: { key: string; until: number; after: Position | null; limit: number },
): Promise<Page<CaseRow>> {
  const { at, id } = after ?? { at: Number.MIN_SAFE_INTEGER, id: "" };
  const { results } = await database
    .prepare(GROUP_MEMBERS)
    .bind(key, until, at, id, limit + 1)
    .all<CaseRow>();
  const items = results.slice(0, limit);
  const last = items.at(-1);
  const next = results.length > limit && last !== undefined ? toCursor({ at: last.openedAt, id: last.id }) : null;
  return { items, next };
}
