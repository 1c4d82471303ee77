import type { CaseKind } from "../contracts/policy.ts";
import type { CaseRow } from "../contracts/records.ts";
import { ALL_COLUMNS } from "./cases.ts";
import type { Database, Value } from "./database.ts";
import { type Page, type Position, toCursor } from "./page.ts";

export const CASE_ORDERS = ["newest", "oldest", "dearest", "due"] as const;
export type CaseOrder = (typeof CASE_ORDERS)[number];
export const CASE_STATES = ["open", "approved", "denied", "closed"] as const satisfies readonly CaseRow["state"][];

/** Each field narrows; what is left out does not. Amounts in US cents, roughly; times in epoch milliseconds. */
export type CaseFilter = {
  state?: CaseRow["state"] | undefined;
  /** Those that only tell of something, or those that a person decides; both where it is left out. */
  isInformation?: CaseRow["isInformation"] | undefined;
  about?: CaseKind | undefined;
  rule?: string | undefined;
  customer?: string | undefined;
  payment?: string | undefined;
  /** By id. `null`: nobody's. */
  owner?: string | null | undefined;
  group?: string | undefined;
  isAsked?: boolean | undefined;
  minUsdCents?: number | undefined;
  maxUsdCents?: number | undefined;
  openedSince?: number | undefined;
  openedUntil?: number | undefined;
  dueUntil?: number | undefined;
  order?: CaseOrder | undefined;
  limit: number;
  after: Position | null;
};

type Column = "openedAt" | "worthOrder" | "dueOrder";
const ORDERS: Record<CaseOrder, { column: Column; isDescending: boolean }> = {
  newest: { column: "openedAt", isDescending: true },
  oldest: { column: "openedAt", isDescending: false },
  dearest: { column: "worthOrder", isDescending: true },
  due: { column: "dueOrder", isDescending: false },
};

const BY_STATE: Record<Column, string> = {
  openedAt: "cases_by_state",
  worthOrder: "cases_by_worth",
  dueOrder: "cases_by_due",
};
const BY_KIND: Record<Column, string> = {
  openedAt: "cases_by_kind",
  worthOrder: "cases_by_kind_worth",
  dueOrder: "cases_by_kind_due",
};

/**
 * The index that a list is walked by. What one customer, payment or person has is little, and is sorted by itself; any other
 * list is in the order of its index, which has all that the filter asks for.
 */
function indexOf(filter: CaseFilter, column: Column): string {
  if (filter.payment !== undefined) return "cases_by_payment";
  if (filter.customer !== undefined) return "cases_by_customer";
  if (filter.owner !== undefined && filter.owner !== null) return "cases_by_owner";
  if (filter.about !== undefined) return BY_KIND[column];
  if (filter.rule !== undefined && column === "openedAt") return "cases_by_rule";
  return BY_STATE[column];
}

/** A list of one state is one walk; of all states one for each, of which the first rows are merged. */
export async function listCases(database: Database, filter: CaseFilter): Promise<Page<CaseRow>> {
  const { sql, values } = listStatement(filter);
  const { results } = await database
    .prepare(sql)
    .bind(...values)
    .all<CaseRow & { at: number }>();
  const rows = results.slice(0, filter.limit);
  const last = rows.at(-1);
  const reached = last === undefined ? (filter.after ?? startOf(filter)) : { at: last.at, id: last.id };
  const items = rows.map(({ at: _, ...row }) => row as CaseRow);
  return { items, next: results.length > filter.limit ? toCursor(reached) : null };
}

const orderOf = ({ order = "newest" }: CaseFilter) => ORDERS[order];

/** Before the first row. */
const startOf = (filter: CaseFilter): Position =>
  orderOf(filter).isDescending ? { at: Number.MAX_SAFE_INTEGER, id: "" } : { at: Number.MIN_SAFE_INTEGER, id: "" };

export function listStatement(filter: CaseFilter): { sql: string; values: Value[] } {
  const { column, isDescending } = orderOf(filter);
  const way = isDescending ? "DESC" : "ASC";
  const parts = (filter.state === undefined ? CASE_STATES : [filter.state]).map((state) => {
    const conditions = conditionsOf({ ...filter, state }, column, isDescending);
    const where = conditions.map(({ sql }) => sql).join(" AND ");
    return {
      sql: `SELECT ${ALL_COLUMNS}, ${column} AS at FROM cases INDEXED BY ${indexOf(filter, column)} WHERE ${where} ORDER BY ${column} ${way}, id ${way} LIMIT ?`,
      values: [...conditions.flatMap(({ values }) => values), filter.limit + 1],
    };
  });
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return {
    sql: `SELECT * FROM (${parts.map(({ sql }) => `SELECT * FROM (${sql})`).join(" UNION ALL ")}) ORDER BY at ${way}, id ${way} LIMIT ?`,
    values: [...parts.flatMap(({ values }) => values), filter.limit + 1],
  };
}

type Condition = { sql: string; values: Value[] };

/** Fixed SQL. A caller's input is always a parameter. */
function conditionsOf(filter: CaseFilter, column: Column, isDescending: boolean): Condition[] {
  const { after, owner, isAsked } = filter;
  const equal = (name: string, value: Value | undefined): Condition[] =>
    value === undefined ? [] : [{ sql: `${name} = ?`, values: [value] }];
  const bound = (sql: string, value: number | undefined): Condition[] =>
    value === undefined ? [] : [{ sql, values: [value] }];
  return [
    ...equal("state", filter.state),
    ...equal("about", filter.about),
    ...equal("rule", filter.rule),
    ...equal("customer", filter.customer),
    ...equal("payment", filter.payment),
    ...equal("groupKey", filter.group),
    ...equal("isInformation", filter.isInformation),
    ...(owner === null ? [{ sql: "owner IS NULL", values: [] }] : equal("owner", owner)),
    ...(isAsked === undefined ? [] : [{ sql: `place ${isAsked ? "=" : "<>"} 'asked'`, values: [] }]),
    ...bound("worthOrder >= ?", filter.minUsdCents),
    ...bound("worthOrder <= ? AND worthOrder >= 0", filter.maxUsdCents),
    ...bound("openedAt >= ?", filter.openedSince),
    ...bound("openedAt < ?", filter.openedUntil),
    ...bound("dueOrder < ?", filter.dueUntil),
    ...(after === null
      ? []
      : [{ sql: `(${column}, id) ${isDescending ? "<" : ">"} (?, ?)`, values: [after.at, after.id] }]),
  ];
}

/** Cases that name this id: their own, of their action, event, subject, payment or customer. Newest first, fifty at most. */
export async function findCases(database: Database, id: string): Promise<CaseRow[]> {
  const { sql, values } = findStatement(id);
  const { results } = await database
    .prepare(sql)
    .bind(...values)
    .all<CaseRow>();
  return results;
}

const FOUND_AT_MOST = 50;
export function findStatement(id: string): { sql: string; values: Value[] } {
  const hex = /^(?:act|case|wait)_([0-9a-f]{32})$/.exec(id)?.[1];
  const own: [string, Value[]][] = hex === undefined ? [] : [["id IN (?, ?)", [`case_${hex}`, `wait_${hex}`]]];
  const by: [string, Value[]][] = [
    ...own,
    ...CASE_STATES.flatMap((state): [string, Value[]][] => [
      ["payment = ? AND state = ?", [id, state]],
      ["customer = ? AND state = ?", [id, state]],
    ]),
    ["subject = ?", [id]],
    ["eventId = ?", [id]],
  ];
  const parts = by.map(
    ([where]) =>
      `SELECT * FROM (SELECT id, openedAt FROM cases WHERE ${where} ORDER BY openedAt DESC, id DESC LIMIT ?)`,
  );
  return {
    sql: `SELECT ${ALL_COLUMNS} FROM cases WHERE id IN (SELECT id FROM (${unionOf(parts)})
      ORDER BY openedAt DESC, id DESC LIMIT ?) ORDER BY openedAt DESC, id DESC`,
    values: [...by.flatMap(([, values]) => [...values, FOUND_AT_MOST]), FOUND_AT_MOST],
  };
}

/** D1 refuses a SELECT of more than five parts, so they are joined in groups. */
const PARTS_AT_MOST = 5;
function unionOf(parts: readonly string[]): string {
  const groups: string[] = [];
  for (let at = 0; at < parts.length; at += PARTS_AT_MOST)
    groups.push(`SELECT * FROM (${parts.slice(at, at + PARTS_AT_MOST).join(" UNION ")})`);
  return groups.join(" UNION ");
}
