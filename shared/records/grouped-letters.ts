/** Dead letters by failure: the groups that a filter finds, and what it finds in all. */
import type { DeadLetterRow, LetterGroup, LetterTotal } from "../contracts/records.ts";
import type { Database } from "./database.ts";
import { conditionsOf, type LetterFilter } from "./dead-letters.ts";
import { groupOf, patternOf } from "./letter-groups.ts";
import { type Page, type Position, toCursor } from "./page.ts";

/** `state` is always named: an index of its own serves the groups of one state. */
export type GroupFilter = LetterFilter & { state: DeadLetterRow["state"] };

/** Rows of one statement, and statements of one request: a request should last less than a second. */
const GROUP_AT_ONCE = 1_000;
const ROUNDS = 5;

/**
 * Groups letters of this state that have no group yet: those of before there were groups. Answers how many are
 * left; ask again for them. A letter's group follows from what never changes, so twice is harmless.
 */
export async function groupLetters(database: Database, state: DeadLetterRow["state"]): Promise<number> {
  for (let round = 0; round < ROUNDS; round++) {
    const { results } = await database
      .prepare("SELECT id, queue, reason, detail FROM dead_letters WHERE state = ? AND groupKey IS NULL LIMIT ?")
      .bind(state, GROUP_AT_ONCE)
      .all<Pick<DeadLetterRow, "id" | "queue" | "reason" | "detail">>();
    if (results.length === 0) return 0;
    const groups = await Promise.all(results.map(async (letter) => [letter.id, await groupOf(letter)] as const));
    await database
      .prepare(
        `UPDATE dead_letters SET groupKey = given.value FROM json_each(?) AS given
         WHERE dead_letters.id = given.key AND groupKey IS NULL`,
      )
      .bind(JSON.stringify(Object.fromEntries(groups)))
      .run();
    if (results.length < GROUP_AT_ONCE) return 0;
  }
  const left = await database
    .prepare("SELECT count(*) AS count FROM dead_letters WHERE state = ? AND groupKey IS NULL")
    .bind(state)
    .first<{ count: number }>();
  return left?.count ?? 0;
}

/** The groups with the most letters first. Letters without a group are in none: `groupLetters` first. */
export async function listGroups(
  database: Database,
  { limit, after, ...filter }: GroupFilter & { limit: number; after: Position | null },
): Promise<Page<LetterGroup>> {
  const where = conditionsOf(filter);
  // The newest of a group: what is not of its queue and reason is not in it.
  const own = conditionsOf({ state: filter.state, since: filter.since, until: filter.until });
  const sql = `SELECT counted.groupKey AS "group", queue, reason, detail, counted.number AS count, first, last, id AS example
    FROM (
      SELECT groupKey, count(*) AS number, min(lastAt) AS first, max(lastAt) AS last FROM dead_letters
      WHERE groupKey IS NOT NULL AND ${where.map(({ sql }) => sql).join(" AND ")} GROUP BY groupKey
      ${after === null ? "" : "HAVING (count(*), groupKey) < (?, ?)"} ORDER BY number DESC, groupKey DESC LIMIT ?
    ) AS counted JOIN dead_letters ON id = (
      SELECT id FROM dead_letters WHERE ${own.map(({ sql }) => sql).join(" AND ")} AND groupKey = counted.groupKey
      ORDER BY lastAt DESC, id DESC LIMIT 1
    ) ORDER BY counted.number DESC, counted.groupKey DESC`;
  const values = [
    ...where.map(({ value }) => value),
    ...(after === null ? [] : [after.at, after.id]),
    limit + 1,
    ...own.map(({ value }) => value),
  ];
  const { results } = await database
    .prepare(sql)
    .bind(...values)
    .all<LetterGroup>();
  const items = results.slice(0, limit).map((group) => ({ ...group, detail: patternOf(group.detail) }));
  const last = items.at(-1);
  const reached = last === undefined ? (after ?? BEFORE_ALL) : { at: last.count, id: last.group };
  return { items, next: results.length > limit ? toCursor(reached) : null };
}
const BEFORE_ALL: Position = { at: Number.MAX_SAFE_INTEGER, id: "" };

/** How many letters a filter finds, and from when. */
export async function countLetters(database: Database, filter: GroupFilter): Promise<LetterTotal> {
  const where = conditionsOf(filter);
  const found = await database
    .prepare(
      `SELECT count(*) AS count, min(lastAt) AS first, max(lastAt) AS last FROM dead_letters
       WHERE ${where.map(({ sql }) => sql).join(" AND ")}`,
    )
    .bind(...where.map(({ value }) => value))
    .first<LetterTotal>();
  return found ?? { count: 0, first: null, last: null };
}
