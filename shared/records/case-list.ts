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

type Column = "openedAt" | "worthUsdCents" | "decideBy";
/** `absent`: stands where the column has nothing, which comes last. */
type Order = { column: Column; isDescending: boolean; absent: number | null };
const ORDERS: Record<CaseOrder, Order> = {
  newest: { column: "openedAt", isDescending: true, absent: null },
  oldest: { column: "openedAt", isDescending: false, absent: null },
  dearest: { column: "worthUsdCents", isDescending: true, absent: -1 },
  due: { column: "decideBy", isDescending: false, absent: 9_000_000_000_000_000 },
};

const BY_STATE: Record<Column, string> = {
  openedAt: "cases_by_state",
  worthUsdCents: "cases_by_worth",
  decideBy: "cases_by_due",
};
const BY_KIND: Record<Column, string> = {
  openedAt: "cases_by_kind",
  worthUsdCents: "cases_by_kind_worth",
  decideBy: "cases_by_kind_due",
};

type Walk = { index: string; isInOrder: boolean };

/**
 * The index that a list is walked by. What one payment, customer, person, group or rule has, and what is asked, is sorted where
 * another order is asked for; any other list is in the order of its index. Each has all that a filter asks for (migration 0008), but for a
 * payment and a customer.
 */
function walkOf(filter: CaseFilter, column: Column): Walk {
  const { payment, customer, owner, group, isAsked, rule, about, state } = filter;
  const isInOrder = column === "openedAt";
  if (payment !== undefined) return { index: "cases_by_payment", isInOrder };
  if (customer !== undefined) return { index: "cases_by_customer", isInOrder };
  if (owner !== undefined && owner !== null) return { index: "cases_by_owner", isInOrder };
  if (isAsked === true) return { index: "cases_asked", isInOrder };
  if (group !== undefined && state === "open") return { index: "cases_by_group", isInOrder };
  if (rule !== undefined) return { index: "cases_by_rule", isInOrder };
  if (about !== undefined) return { index: BY_KIND[column], isInOrder: true };
  return { index: BY_STATE[column], isInOrder: true };
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

const orderOf = ({ order = "newest" }: CaseFilter): Order => ORDERS[order];

/** Before the first row. */
const startOf = (filter: CaseFilter): Position =>
  orderOf(filter).isDescending ? { at: Number.MAX_SAFE_INTEGER, id: "" } : { at: Number.MIN_SAFE_INTEGER, id: "" };

/** First the ids, from indexes alone; then the rows of one page. */
export function listStatement(filter: CaseFilter): { sql: string; values: Value[] } {
  const { values, bind } = createBinder();
  const way = orderOf(filter).isDescending ? "DESC" : "ASC";
  const states = filter.state === undefined ? CASE_STATES : [filter.state];
  const limit = bind(filter.limit + 1);
  const parts = states.flatMap((state) => partsOf({ ...filter, state }, bind, limit));
  const sql = `SELECT ${ALL_COLUMNS}, at FROM (SELECT * FROM (${joined(parts, "UNION ALL")}) ORDER BY at ${way}, foundId ${way} LIMIT ${limit})
    CROSS JOIN cases ON id = foundId ORDER BY at ${way}, id ${way}`;
  return { sql, values };
}

/** Parameters by number: each value is bound once, however many parts ask for it. */
function createBinder(): { values: Value[]; bind: (value: Value) => string } {
  const values: Value[] = [];
  const bind = (value: Value): string => {
    const known = values.indexOf(value);
    return `?${known >= 0 ? known + 1 : values.push(value)}`;
  };
  return { values, bind };
}
type Bind = (value: Value) => string;

/** The walks of one state: where an index is in the order of a column that may be empty, what is empty is a walk of its own. */
function partsOf(filter: CaseFilter & { state: CaseRow["state"] }, bind: Bind, limit: string): string[] {
  const { column, isDescending, absent } = orderOf(filter);
  const { index, isInOrder } = walkOf(filter, column);
  const { after } = filter;
  const way = isDescending ? "DESC" : "ASC";
  const at = absent === null ? column : `coalesce(${column}, ${absent})`;
  const behind = `${isDescending ? "<" : ">"}`;
  const walk = (more: readonly string[], order: string): string =>
    `SELECT id AS foundId, ${at} AS at FROM cases INDEXED BY ${index}
      WHERE ${[...conditionsOf(filter, bind), ...more].join(" AND ")} ORDER BY ${order} LIMIT ${limit}`;
  const from = (what: string): string[] =>
    after === null ? [] : [`(${what}, id) ${behind} (${bind(after.at)}, ${bind(after.id)})`];

  if (absent === null || !isInOrder) return [walk(from(at), `${at} ${way}, id ${way}`)];
  const isBehindAll = after !== null && after.at === absent;
  const present = walk([`${column} IS NOT NULL`, ...from(column)], `${column} ${way}, id ${way}`);
  const empty = walk([`${column} IS NULL`, ...(isBehindAll ? [`id ${behind} ${bind(after.id)}`] : [])], `id ${way}`);
  return [...(isBehindAll ? [] : [present]), ...(isBounded(filter, column) ? [] : [empty])];
}

/** What has no worth or no due time is not within bounds of it. */
const isBounded = ({ minUsdCents, maxUsdCents, dueUntil }: CaseFilter, column: Column): boolean =>
  column === "decideBy" ? dueUntil !== undefined : minUsdCents !== undefined || maxUsdCents !== undefined;

/** Fixed SQL. A caller's input is always a parameter; a state is one of ours, and written out for the indexes of one state. */
function conditionsOf(filter: CaseFilter & { state: CaseRow["state"] }, bind: Bind): string[] {
  const { owner, isAsked } = filter;
  const where = (sql: string, value: Value | undefined): string[] =>
    value === undefined ? [] : [`${sql} ${bind(value)}`];
  return [
    `state = '${filter.state}'`,
    ...where("about =", filter.about),
    ...where("rule =", filter.rule),
    ...where("customer =", filter.customer),
    ...where("payment =", filter.payment),
    ...where("groupKey =", filter.group),
    ...where("isInformation =", filter.isInformation),
    ...(owner === null ? ["owner IS NULL"] : where("owner =", owner)),
    ...(isAsked === undefined ? [] : [`askedAt IS ${isAsked ? "NOT " : ""}NULL`]),
    ...where("worthUsdCents >=", filter.minUsdCents),
    ...where("worthUsdCents <=", filter.maxUsdCents),
    ...where("openedAt >=", filter.openedSince),
    ...where("openedAt <", filter.openedUntil),
    ...where("decideBy <", filter.dueUntil),
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
    ([where]) => `SELECT id, openedAt FROM cases WHERE ${where} ORDER BY openedAt DESC, id DESC LIMIT ?`,
  );
  return {
    sql: `SELECT ${ALL_COLUMNS} FROM cases WHERE id IN (SELECT id FROM (${joined(parts, "UNION")})
      ORDER BY openedAt DESC, id DESC LIMIT ?) ORDER BY openedAt DESC, id DESC`,
    values: [...by.flatMap(([, values]) => [...values, FOUND_AT_MOST]), FOUND_AT_MOST],
  };
}

/** D1 refuses a SELECT of more than five parts, so they are joined in groups. */
const PARTS_AT_MOST = 5;
function joined(parts: readonly string[], by: "UNION" | "UNION ALL"): string {
  const groups: string[] = [];
  for (let at = 0; at < parts.length; at += PARTS_AT_MOST) {
    const group = parts.slice(at, at + PARTS_AT_MOST).map((part) => `SELECT * FROM (${part})`);
    groups.push(`SELECT * FROM (${group.join(` ${by} `)})`);
  }
  return groups.join(` ${by} `);
}
