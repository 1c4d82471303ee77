import type { CaseRow } from "../contracts/records.ts";
import type { Database } from "./database.ts";

/** A case of before that may help to decide this one, with what was decided. `because`: what both have. */
export type SimilarCase = Pick<
  CaseRow,
  | "id"
  | "kind"
  | "about"
  | "subject"
  | "amountMinor"
  | "currency"
  | "reason"
  | "state"
  | "code"
  | "openedAt"
  | "closedAt"
> & { because: "payment" | "customer" | "rule" };

const COLUMNS = "id, kind, about, subject, amountMinor, currency, reason, state, code, openedAt, closedAt";
const OVER = ["approved", "denied", "closed"] as const;
const EACH = 5;

/** Newest first: of the same payment, of the same customer, and of the same kind and rule; five of each at most, none twice. */
export async function similarCases(database: Database, row: CaseRow): Promise<SimilarCase[]> {
  const { sql, values } = similarStatement(row);
  if (sql === "") return [];
  const { results } = await database
    .prepare(sql)
    .bind(...values)
    .all<SimilarCase>();
  const seen = new Set<string>([row.id]);
  return results.filter(({ id }) => !seen.has(id) && seen.add(id));
}

export function similarStatement({ payment, customer, rule, about }: CaseRow): {
  sql: string;
  values: (string | number)[];
} {
  const ways = [
    ...(payment === null ? [] : [{ because: "payment", where: "payment = ?", values: [payment] }]),
    ...(customer === null ? [] : [{ because: "customer", where: "customer = ?", values: [customer] }]),
    ...(rule === null ? [] : [{ because: "rule", where: "rule = ? AND +about = ?", values: [rule, about] }]),
  ];
  const parts = ways.map(({ because, where, values }) => {
    // The ids from the index alone: a rule may have many cases of other kinds.
    const each = OVER.map(
      (state) =>
        `SELECT * FROM (SELECT id, openedAt FROM cases WHERE ${where} AND state = '${state}' ORDER BY openedAt DESC, id DESC LIMIT ${EACH})`,
    );
    return {
      sql: `SELECT ${COLUMNS}, '${because}' AS because FROM cases WHERE id IN (
        SELECT id FROM (${each.join(" UNION ALL ")}) ORDER BY openedAt DESC, id DESC LIMIT ${EACH})`,
      values: OVER.flatMap(() => values),
    };
  });
  return {
    sql: parts.map(({ sql }) => `SELECT * FROM (${sql} ORDER BY openedAt DESC, id DESC)`).join(" UNION ALL "),
    values: parts.flatMap(({ values }) => values),
  };
}
