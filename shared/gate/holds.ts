import type { AdmitRequest, Hold, HoldRef, HoldWords, Lift } from "../contracts/gate.ts";
import { REDACTED } from "../contracts/redact.ts";
import { type Scope, scopesOf } from "../contracts/scopes.ts";
import type { Sql } from "../core/sql.ts";
import { createHoldRequests } from "./hold-requests.ts";

type Row = {
  scope: Scope;
  reason: string;
  at: number;
  by: Hold["by"];
  lifted_at: number | null;
  lift_reason: string | null;
};

/** The holds. The active ones are kept in memory, because every batch of every executor asks for them. */
export function createHolds(sql: Sql) {
  const activeByScope = new Map<Scope, Hold>();
  for (const row of sql.exec<Row>("SELECT * FROM hold WHERE lifted_at IS NULL ORDER BY at").toArray())
    activeByScope.set(row.scope, holdOf(row));

  const requests = createHoldRequests(sql);

  const stored = (scope: Scope): Row | null =>
    sql.exec<Row>("SELECT * FROM hold WHERE scope = ?", scope).toArray()[0] ?? null;

  function removeReasons({ scope }: Row): void {
    sql.exec(
      "UPDATE hold SET reason = ?1, lift_reason = CASE WHEN lift_reason IS NULL THEN NULL ELSE ?1 END WHERE scope = ?2",
      REDACTED,
      scope,
    );
    const active = activeByScope.get(scope);
    if (active !== undefined) activeByScope.set(scope, { ...active, reason: REDACTED });
  }

  function holdNow(scope: Scope, reason: string, by: Hold["by"], now: number): { hold: Hold; isNew: boolean } {
    const before = activeByScope.get(scope);
    if (before !== undefined) return { hold: before, isNew: false };
    // The time identifies a hold of a scope, so it must differ from the last one's even if the clock did not advance.
    const at = Math.max(now, (stored(scope)?.lifted_at ?? 0) + 1);
    const hold: Hold = { scope, at, reason: reason.slice(0, 500), by };
    sql.exec(
      "INSERT OR REPLACE INTO hold (scope, reason, at, by) VALUES (?, ?, ?, ?)",
      scope,
      hold.reason,
      at,
      hold.by,
    );
    activeByScope.set(scope, hold);
    return { hold, isNew: true };
  }

  function liftNow(scope: Scope, reason: string | null, now: number): { lift: Lift; isNew: boolean } | null {
    const hold = activeByScope.get(scope);
    if (hold === undefined) {
      const row = stored(scope);
      if (row === null || row.lifted_at === null) return null;
      return { lift: { hold: holdOf(row), at: row.lifted_at, reason: row.lift_reason }, isNew: false };
    }
    const at = Math.max(now, hold.at);
    sql.exec("UPDATE hold SET lifted_at = ?, lift_reason = ? WHERE scope = ?", at, reason, scope);
    activeByScope.delete(scope);
    return { lift: { hold, at, reason }, isNew: true };
  }

  /** A hold as it was. One that another has replaced since has lost its reason: a repeated request says it again. */
  function holdThen(scope: Scope, at: number, reason: string): Hold {
    const row = stored(scope);
    return row?.at === at ? holdOf(row) : { scope, at, reason: reason.slice(0, 500), by: "person" };
  }

  function liftThen(
    scope: Scope,
    { at, lifted_at }: { at: number; lifted_at: number | null },
    reason: string | null,
  ): { lift: Lift; isNew: boolean } | null {
    if (lifted_at === null) return null;
    const row = stored(scope);
    const isKept = row?.at === at && row.lifted_at === lifted_at;
    const hold = holdThen(scope, at, "no longer kept");
    return { lift: { hold, at: lifted_at, reason: isKept ? row.lift_reason : reason }, isNew: false };
  }

  return {
    /** The active hold with the widest scope that covers the request, or null. */
    on(request: AdmitRequest): Hold | null {
      if (activeByScope.size === 0) return null;
      for (const scope of scopesOnHoldOf(request)) {
        const hold = activeByScope.get(scope);
        if (hold !== undefined) return hold;
      }
      return null;
    },

    /** `request`: person and key of whoever asks. What it did it does once, also where the hold was lifted since. */
    hold(
      scope: Scope,
      reason: string,
      by: Hold["by"],
      now: number,
      request: string | null = null,
    ): { hold: Hold; isNew: boolean } {
      const done = requests.done("hold", scope, request);
      if (done !== null) return { hold: holdThen(scope, done.at, reason), isNew: false };
      const answer = holdNow(scope, reason, by, now);
      requests.keep("hold", scope, request, { at: answer.hold.at, lifted_at: null }, now);
      return answer;
    },

    lift(
      scope: Scope,
      reason: string | null,
      now: number,
      request: string | null = null,
    ): { lift: Lift; isNew: boolean } | null {
      const done = requests.done("lift", scope, request);
      if (done !== null) return liftThen(scope, done, reason);
      const answer = liftNow(scope, reason, now);
      const lifted = { at: answer?.lift.hold.at ?? 0, lifted_at: answer?.lift.at ?? null };
      requests.keep("lift", scope, request, lifted, now);
      return answer;
    },

    /** Those of these that are or were on hold. `remove`: their reasons go; what is on hold stays on hold. Idempotent. */
    reasons(of: readonly HoldWords[], remove: boolean): HoldRef[] {
      const found = of.flatMap(({ scope, at }) => {
        const row = stored(scope);
        return row === null || (at !== null && at !== row.at) ? [] : [row];
      });
      if (remove) for (const row of found) removeReasons(row);
      return found.map(({ scope, at }) => ({ scope, at }));
    },

    list: (): Hold[] =>
      Array.from(activeByScope.values()).sort(
        (a, b) => Number(b.scope === "all") - Number(a.scope === "all") || b.at - a.at || (a.scope < b.scope ? -1 : 1),
      ),
  };
}

const holdOf = ({ scope, reason, at, by }: Row): Hold => ({ scope, at, reason, by });

/** A hold of before ids were told apart may name a charge or an invoice as a payment. */
function scopesOnHoldOf(request: AdmitRequest): Scope[] {
  const { charge = null, invoice = null } = request;
  const asPayments = [charge, invoice].flatMap((id): Scope[] => (id === null ? [] : [`payment:${id}`]));
  return [...scopesOf(request), ...(request.also ?? []), ...asPayments];
}
