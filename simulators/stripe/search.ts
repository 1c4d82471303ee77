/**
 * The search query language: clauses `field:"value"`, `field~"part"`, `field>1`, `-clause`, joined by AND or by OR, never
 * both. https://docs.stripe.com/search#search-query-language. Searchable fields are listed for each resource there.
 */

import { invalidRequest } from "./errors.ts";
import { pageSize } from "./lists.ts";
import { type AnyResource, createdOf, idOf, type ResourceName, type Resources, subscriptionOf } from "./resources.ts";
import type { Context } from "./world.ts";

type Searchable = "charge" | "customer" | "invoice" | "payment_intent" | "subscription";
type Field<T> = (object: T) => string | number | boolean | null | undefined;

interface Clause {
  field: string;
  metadataKey: string | null;
  operator: ":" | "~" | ">" | "<" | ">=" | "<=";
  value: string | null;
  isNegated: boolean;
}

const FIELDS: { [Name in Searchable]: Record<string, Field<Resources[Name]>> } = {
  charge: {
    amount: (object) => object.amount,
    created: (object) => object.created,
    currency: (object) => object.currency,
    customer: (object) => idOf(object.customer),
    disputed: (object) => object.disputed,
    payment_intent: (object) => idOf(object.payment_intent),
    refunded: (object) => object.refunded,
    status: (object) => object.status,
  },
  customer: {
    created: (object) => object.created,
    email: (object) => object.email,
    name: (object) => object.name,
    phone: (object) => object.phone,
  },
  invoice: {
    created: (object) => object.created,
    currency: (object) => object.currency,
    customer: (object) => idOf(object.customer),
    number: (object) => object.number,
    receipt_number: (object) => object.receipt_number,
    status: (object) => object.status,
    subscription: (object) => subscriptionOf(object),
    total: (object) => object.total,
  },
  payment_intent: {
    amount: (object) => object.amount,
    created: (object) => object.created,
    currency: (object) => object.currency,
    customer: (object) => idOf(object.customer),
    status: (object) => object.status,
  },
  subscription: {
    canceled_at: (object) => object.canceled_at,
    created: (object) => object.created,
    status: (object) => object.status,
  },
};

export interface SearchParams {
  query: string;
  limit?: number;
  page?: string;
}

export function search(context: Context, name: Searchable, url: string, params: SearchParams): object {
  const { clauses, joiner } = parseQuery(params.query);
  const fields = FIELDS[name] as Record<string, Field<AnyResource>>;
  for (const clause of clauses) requireField(fields, clause, name);
  const { store, clock, searchLagSeconds } = context.world;
  const visibleUntil = clock.nowSeconds() - searchLagSeconds;
  const found = candidates(context, name, joiner === "AND" ? clauses : []).filter((object) => {
    if (store.livemodeOf(object) !== context.livemode) return false;
    if (searchLagSeconds > 0 && createdOf(object) > visibleUntil) return false;
    return joiner === "AND"
      ? clauses.every((clause) => matches(fields, clause, object))
      : clauses.some((clause) => matches(fields, clause, object));
  });
  const start = params.page === undefined ? 0 : pageStart(params.page);
  const end = start + pageSize(params.limit);
  const hasMore = found.length > end;
  return {
    object: "search_result",
    data: found.slice(start, end),
    has_more: hasMore,
    next_page: hasMore ? Buffer.from(String(end)).toString("base64url") : null,
    url,
  };
}

/** An exact clause over an indexed field avoids a full scan. Stripe's exact match ignores case, so both spellings are tried. */
function candidates(context: Context, name: ResourceName, clauses: readonly Clause[]): AnyResource[] {
  const { store } = context.world;
  for (const { field, operator, value, isNegated } of clauses) {
    if (operator !== ":" || isNegated || value === null || !store.isIndexed(name, field)) continue;
    const exact = store.where(name, field, value);
    if (exact.length > 0) return exact;
  }
  return store.all(name);
}

const CLAUSE =
  /^\s*(-?)([a-z_][a-z0-9_.]*)(?:\[(?:"([^"]*)"|'([^']*)')\])?\s*(:|~|>=|<=|>|<)\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"']+))/i;
const JOINER = /^\s+(AND|OR)\s+|^\s+(?=\S)/i;

function parseQuery(query: string): { clauses: Clause[]; joiner: "AND" | "OR" } {
  const clauses: Clause[] = [];
  const joiners = new Set<string>();
  let rest = query.trim();
  while (rest !== "") {
    const match = CLAUSE.exec(rest);
    if (match === null) throw unreadable(query);
    const [whole, minus, field = "", key, otherKey, operator, quoted, single, bare] = match;
    const value = quoted ?? single;
    clauses.push({
      field,
      metadataKey: key ?? otherKey ?? null,
      operator: operator as Clause["operator"],
      value: value === undefined ? (bare === "null" ? null : (bare ?? "")) : value.replaceAll(/\\(.)/g, "$1"),
      isNegated: minus === "-",
    });
    rest = rest.slice(whole.length);
    if (rest.trim() === "") break;
    const joiner = JOINER.exec(rest);
    if (joiner === null) throw unreadable(query);
    joiners.add((joiner[1] ?? "AND").toUpperCase());
    rest = rest.slice(joiner[0].length);
  }
  if (clauses.length === 0) throw unreadable(query);
  if (joiners.size > 1)
    throw invalidRequest("You can't combine AND and OR in the same search query.", { param: "query" });
  return { clauses, joiner: joiners.has("OR") ? "OR" : "AND" };
}

function unreadable(query: string): Error {
  return invalidRequest(
    `We were unable to parse your search query. Try using the format \`metadata["key"]:"value"\` to query for metadata or key:"value" to query for other fields. (${query})`,
    { param: "query" },
  );
}

function requireField(fields: Record<string, unknown>, clause: Clause, name: Searchable): void {
  if (clause.field === "metadata" ? clause.metadataKey !== null : Object.hasOwn(fields, clause.field)) return;
  throw invalidRequest(
    `Field \`${clause.field}\` is an unsupported search field for resource \`${name}s\`. See http://stripe.com/docs/search#query-fields-for-${name.replaceAll("_", "-")}s for a list of supported fields.`,
    { param: "query" },
  );
}

function matches(fields: Record<string, Field<AnyResource>>, clause: Clause, object: AnyResource): boolean {
  const actual =
    clause.metadataKey === null
      ? (fields[clause.field]?.(object) ?? null)
      : ((object as { metadata?: Record<string, string> }).metadata?.[clause.metadataKey] ?? null);
  return compare(clause, actual) !== clause.isNegated;
}

function compare({ operator, value }: Clause, actual: string | number | boolean | null): boolean {
  if (value === null || actual === null) return operator === ":" && value === null && actual === null;
  const [left, right] = [String(actual).toLowerCase(), value.toLowerCase()];
  switch (operator) {
    case ":":
      return left === right;
    case "~":
      return left.includes(right);
    case ">":
      return Number(actual) > Number(value);
    case "<":
      return Number(actual) < Number(value);
    case ">=":
      return Number(actual) >= Number(value);
    case "<=":
      return Number(actual) <= Number(value);
  }
}

function pageStart(page: string): number {
  const start = Number(Buffer.from(page, "base64url").toString());
  if (!Number.isSafeInteger(start) || start < 0) throw invalidRequest(`Invalid page: ${page}`, { param: "page" });
  return start;
}
