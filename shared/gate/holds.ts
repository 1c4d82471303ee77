import type { AdmitRequest, Hold, HoldScope, Lift } from "../contracts/gate.ts";
import type { Sql } from "../core/sql.ts";

type Row = {
  scope: HoldScope;
  reason: string;
  at: number;
  by: Hold["by"];
  lifted_at: number | null;
  lift_reason: string | null;
};

/** What is on hold. All that stands is kept in memory: every executor's batch asks for it. */
export function createHolds(sql: Sql) {
  const standing = new Map<HoldScope, Hold>();
  for (const row of sql.exec<Row>("SELECT * FROM hold WHERE lifted_at IS NULL ORDER BY at").toArray())
    standing.set(row.scope, holdOf(row));

  const stored = (scope: HoldScope): Row | null =>
    sql.exec<Row>("SELECT * FROM hold WHERE scope = ?", scope).toArray()[0] ?? null;

  return {
    /** The widest hold on what is asked for. */
    on(request: AdmitRequest): Hold | null {
      if (standing.size === 0) return null;
      for (const scope of holdScopesOf(request)) {
        const hold = standing.get(scope);
        if (hold !== undefined) return hold;
      }
      return null;
    },

    hold(scope: HoldScope, reason: string, by: Hold["by"], now: number): { hold: Hold; isNew: boolean } {
      const before = standing.get(scope);
      if (before !== undefined) return { hold: before, isNew: false };
      // Two holds of one scope are told apart by their times, also where the clock did not move between them.
      const at = Math.max(now, (stored(scope)?.lifted_at ?? 0) + 1);
      const hold: Hold = { scope, at, reason: reason.slice(0, 500), by };
      sql.exec(
        "INSERT OR REPLACE INTO hold (scope, reason, at, by) VALUES (?, ?, ?, ?)",
        scope,
        hold.reason,
        at,
        hold.by,
      );
      standing.set(scope, hold);
      return { hold, isNew: true };
    },

    lift(scope: HoldScope, reason: string | null, now: number): { lift: Lift; isNew: boolean } | null {
      const hold = standing.get(scope);
      if (hold === undefined) {
        const row = stored(scope);
        if (row === null || row.lifted_at === null) return null;
        return { lift: { hold: holdOf(row), at: row.lifted_at, reason: row.lift_reason }, isNew: false };
      }
      const at = Math.max(now, hold.at);
      sql.exec("UPDATE hold SET lifted_at = ?, lift_reason = ? WHERE scope = ?", at, reason, scope);
      standing.delete(scope);
      return { lift: { hold, at, reason }, isNew: true };
    },

    list: (): Hold[] =>
      Array.from(standing.values()).sort(
        (a, b) => Number(b.scope === "all") - Number(a.scope === "all") || b.at - a.at || (a.scope < b.scope ? -1 : 1),
      ),
  };
}

const holdOf = ({ scope, reason, at, by }: Row): Hold => ({ scope, at, reason, by });

function holdScopesOf({ account, customer, payment }: AdmitRequest): HoldScope[] {
  const scopes: HoldScope[] = ["all"];
  if (account !== null) scopes.push(`account:${account}`);
  if (customer !== null) scopes.push(`customer:${customer}`);
  if (payment !== null) scopes.push(`payment:${payment}`);
  return scopes;
}
