import type { Admission, AdmitRequest, Hold, HoldScope } from "../contracts/gate.ts";
import { HOUR_MS } from "../core/time.ts";
import { POLICY, roughUsdCents } from "../policy/policy.ts";
import type { Sql } from "./sql.ts";

type Reservation = { at: number; cents: number; scopes: string[] };

/**
 * The gate: the global stop, holds, and how much money may be at risk in a sliding hour. Executors ask it once a batch.
 * A reservation is keyed by its action and counts for the hour after it was last asked for: what is never given back
 * only tightens. One row is written an action.
 */
export function createGate(sql: Sql) {
  sql.exec(
    "CREATE TABLE IF NOT EXISTS hold (scope TEXT PRIMARY KEY, reason TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
  );
  sql.exec(
    "CREATE TABLE IF NOT EXISTS reservation (action_id TEXT PRIMARY KEY, at INTEGER NOT NULL, cents REAL NOT NULL, scopes TEXT NOT NULL) WITHOUT ROWID",
  );
  const reservationsById = new Map<string, Reservation>();
  for (const row of sql
    .exec<{ action_id: string; at: number; cents: number; scopes: string }>("SELECT * FROM reservation")
    .toArray()) {
    reservationsById.set(row.action_id, { at: row.at, cents: row.cents, scopes: JSON.parse(row.scopes) as string[] });
  }
  const holds = (): Hold[] =>
    sql
      .exec<{ scope: string; reason: string; at: number }>("SELECT scope, reason, at FROM hold ORDER BY at")
      .toArray() as Hold[];

  function forget(now: number): void {
    for (const [id, { at }] of reservationsById) if (now - at >= HOUR_MS) reservationsById.delete(id);
    sql.exec("DELETE FROM reservation WHERE at <= ?", now - HOUR_MS);
  }

  function usedCents(scope: string, except: string): number {
    let sum = 0;
    for (const [id, reservation] of reservationsById) {
      if (id !== except && reservation.scopes.includes(scope)) sum += reservation.cents;
    }
    return sum;
  }

  function admit(request: AdmitRequest, standing: readonly Hold[], now: number): Admission {
    const hold = standing.find(({ scope }) => holdScopesOf(request).includes(scope));
    if (hold) return { kind: "held", reason: `on hold (${hold.scope}): ${hold.reason}` };
    if (request.amountMinor === null || request.currency === null || !MOVES_MONEY_OUT.includes(request.kind))
      return { kind: "admitted" };
    const cents = roughUsdCents(request.amountMinor, request.currency);
    const limits = limitsOf(request);
    const full = limits.find(({ scope, limit }) => usedCents(scope, request.actionId) + cents > limit);
    if (full)
      return {
        kind: "over",
        reason: `the hourly envelope of ${full.scope} (about ${full.limit / 100} USD) is used up`,
      };
    const scopes = limits.map(({ scope }) => scope);
    reservationsById.set(request.actionId, { at: now, cents, scopes });
    sql.exec(
      "INSERT OR REPLACE INTO reservation (action_id, at, cents, scopes) VALUES (?, ?, ?, ?)",
      request.actionId,
      now,
      cents,
      JSON.stringify(scopes),
    );
    return { kind: "admitted" };
  }

  return {
    admit(requests: AdmitRequest[], now: number): Admission[] {
      forget(now);
      const standing = holds();
      return requests.map((request) => admit(request, standing, now));
    },
    hold(scope: HoldScope, reason: string, now: number): void {
      sql.exec("INSERT OR REPLACE INTO hold (scope, reason, at) VALUES (?, ?, ?)", scope, reason, now);
    },
    lift: (scope: HoldScope): void => void sql.exec("DELETE FROM hold WHERE scope = ?", scope),
    holds,
  };
}

export type Gate = ReturnType<typeof createGate>;

/** Refunds cost the merchant money; captures and retries bring it in and are bounded by what was authorised. */
const MOVES_MONEY_OUT: readonly string[] = ["refund"];

export function holdScopesOf({ account, customer, payment }: AdmitRequest): HoldScope[] {
  const scopes: HoldScope[] = ["all"];
  if (account !== null) scopes.push(`account:${account}`);
  if (customer !== null) scopes.push(`customer:${customer}`);
  if (payment !== null) scopes.push(`payment:${payment}`);
  return scopes;
}

function limitsOf({ account, customer, kind }: AdmitRequest): { scope: string; limit: number }[] {
  const { envelopes } = POLICY;
  return [
    { scope: "all", limit: envelopes.all },
    { scope: `account:${account ?? "-"}`, limit: envelopes.account },
    { scope: `kind:${kind}`, limit: envelopes.kind },
    ...(customer === null ? [] : [{ scope: `customer:${customer}`, limit: envelopes.customer }]),
  ];
}
