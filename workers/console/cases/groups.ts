import type { CaseRow } from "../../../shared/contracts/records.ts";
import { mapLimit, OUTSIDE_CALLS_AT_ONCE } from "../../../shared/core/concurrency.ts";
import { groupMembers } from "../../../shared/records/case-groups.ts";
import type { Database } from "../../../shared/records/database.ts";
import type { Position } from "../../../shared/records/page.ts";

/** `next`: where to go on; null: the group's cases of before `until` have all been looked at. */
export type GroupClosed = {
  closed: number;
  /** In a preview: what would be closed. */
  ids: string[];
  notClosed: { id: string; why: string }[];
  next: string | null;
};
type Asked = { group: string; until: number; dryRun: boolean; after: Position | null };
/** Closes one case as a person would; answers null, or why it was not closed. */
export type CloseOne = (row: CaseRow) => Promise<string | null>;

/** Of one request: each is a decision of its own, in the ledger and in the audit. */
const AT_ONCE = 50;

/**
 * Closes the next cases of one group, oldest first. A request that is sent again closes what is left: a case that is closed
 * is in the group no more. Groups are closed; nothing is ever approved by the group.
 */
export async function closeGroup(
  { group, until, dryRun, after }: Asked,
  records: Database,
  close: CloseOne,
): Promise<GroupClosed> {
  const { items, next } = await groupMembers(records, { key: group, until, after, limit: AT_ONCE });
  const ids = items.map(({ id }) => id);
  if (dryRun) return { closed: 0, ids, notClosed: [], next };
  const answers = await mapLimit(items, OUTSIDE_CALLS_AT_ONCE, async (row) => ({
    id: row.id,
    why: await close(row).catch((error: unknown) => `it was not closed: ${String(error)}`),
  }));
  const notClosed = answers.flatMap(({ id, why }) => (why === null ? [] : [{ id, why }]));
  return { closed: answers.length - notClosed.length, ids, notClosed, next };
}
