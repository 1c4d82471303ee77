import type { Scope } from "../contracts/scopes.ts";
import type { Sql } from "../core/sql.ts";
import { DAY_MS } from "../core/time.ts";

/** A request that is repeated later than this is a new one. */
const KEPT_MS = 30 * DAY_MS;

/** What a request has done: the hold that it found or made, and when that was lifted. `at` 0: there was none to lift. */
type Done = { at: number; lifted_at: number | null };
export type HoldAct = "hold" | "lift";

/** What each person's request did, so that a late repeat does nothing to a hold of after it. `request`: person and key. */
export function createHoldRequests(sql: Sql) {
  const nameOf = (act: HoldAct, scope: Scope, request: string): string => `${act} ${scope} ${request}`;
  return {
    done(act: HoldAct, scope: Scope, request: string | null): Done | null {
      if (request === null) return null;
      const query = "SELECT at, lifted_at FROM hold_request WHERE request = ?";
      return sql.exec<Done>(query, nameOf(act, scope, request)).toArray()[0] ?? null;
    },
    keep(act: HoldAct, scope: Scope, request: string | null, { at, lifted_at }: Done, now: number): void {
      if (request === null) return;
      sql.exec("DELETE FROM hold_request WHERE kept_at < ?", now - KEPT_MS);
      sql.exec(
        "INSERT OR REPLACE INTO hold_request (request, at, lifted_at, kept_at) VALUES (?, ?, ?, ?)",
        nameOf(act, scope, request),
        at,
        lifted_at,
        now,
      );
    },
  };
}
