import { ACTIONS } from "../contracts/actions.ts";
import type { AdmitRequest, EnvelopeUse } from "../contracts/gate.ts";
import type { Sql } from "../core/sql.ts";
import { HOUR_MS, MINUTE_MS } from "../core/time.ts";
import { POLICY, roughUsdCents } from "../policy/policy.ts";

type Reservation = { at: number; cents: number; scopes: string[] };

/** So many actions may be at risk at once, whatever they are worth: it bounds the gate's memory. */
export const RESERVATIONS_MAX = 100_000;
/** Rows that have expired are removed from disk together, so often. */
const SWEEP_MS = 5 * MINUTE_MS;

/**
 * Money at risk within a sliding hour. A reservation is keyed by its action and counts for the hour after it was last
 * asked for; nothing is given back, which only tightens. Sums are kept as reservations come and go, so that an answer
 * costs the same however many there are; one row is written an action. What counts, and why, is docs/decisions/0010.
 */
export function createEnvelopes(sql: Sql, reservationsMax = RESERVATIONS_MAX) {
  /** In the order in which they were last asked for, so that what expires stands first. */
  const reservationsById = new Map<string, Reservation>();
  const usedCentsByScope = new Map<string, number>();
  let latest = 0;
  let sweptAt = 0;
  for (const row of sql
    .exec<{ action_id: string; at: number; cents: number; scopes: string }>("SELECT * FROM reservation ORDER BY at")
    .toArray()) {
    keep(row.action_id, { at: row.at, cents: Math.ceil(row.cents), scopes: JSON.parse(row.scopes) as string[] });
    latest = Math.max(latest, row.at);
  }

  function keep(id: string, reservation: Reservation): void {
    reservationsById.set(id, reservation);
    count(reservation.scopes, reservation.cents);
  }

  function forget(id: string): void {
    const reservation = reservationsById.get(id);
    if (reservation === undefined) return;
    reservationsById.delete(id);
    count(reservation.scopes, -reservation.cents);
  }

  /** Whole cents: sums that come back to nothing are exactly nothing. */
  function count(scopes: readonly string[], cents: number): void {
    for (const scope of scopes) {
      const sum = (usedCentsByScope.get(scope) ?? 0) + cents;
      if (sum === 0) usedCentsByScope.delete(scope);
      else usedCentsByScope.set(scope, sum);
    }
  }

  /** The clock was set back: nothing was asked for later than now. */
  function setBack(now: number): void {
    for (const reservation of reservationsById.values()) reservation.at = Math.min(reservation.at, now);
    sql.exec("UPDATE reservation SET at = ? WHERE at > ?", now, now);
    sweptAt = Math.min(sweptAt, now);
  }

  function expire(now: number): void {
    if (now < latest) setBack(now);
    latest = now;
    for (const [id, { at }] of reservationsById) {
      if (now - at < HOUR_MS) break;
      forget(id);
    }
    if (now - sweptAt < SWEEP_MS) return;
    sql.exec("DELETE FROM reservation WHERE at <= ?", now - HOUR_MS);
    sweptAt = now;
  }

  return {
    expire,

    /** Null when it is reserved; otherwise why a person must decide. A refusal changes nothing. */
    reserve(request: AdmitRequest, now: number): string | null {
      const { actionId, kind } = request;
      if (!ACTIONS[kind].countsInEnvelopes) return null;
      const cents = centsOf(request);
      if (cents === null) return `a ${kind} without an amount cannot be counted against its envelope`;
      const own = reservationsById.get(actionId);
      if (own === undefined && reservationsById.size >= reservationsMax)
        return `more than ${reservationsMax} actions are at risk within an hour`;
      const scopes = scopesOf(request);
      for (const scope of scopes) {
        const others = (usedCentsByScope.get(scope) ?? 0) - (own?.scopes.includes(scope) ? own.cents : 0);
        if (others + cents > limitCentsOf(scope)) return usedUp(scope, others, cents);
      }
      forget(actionId);
      keep(actionId, { at: now, cents, scopes });
      sql.exec(
        "INSERT OR REPLACE INTO reservation (action_id, at, cents, scopes) VALUES (?, ?, ?, ?)",
        actionId,
        now,
        cents,
        JSON.stringify(scopes),
      );
      return null;
    },

    /** Everything and each kind, then the fullest accounts and customers, at most `perPrefix` of either. */
    uses(perPrefix: number): EnvelopeUse[] {
      const all = Array.from(usedCentsByScope, ([scope, usedCents]) => ({
        scope,
        usedCents,
        limitCents: limitCentsOf(scope),
      })).sort((a, b) => b.usedCents - a.usedCents || (a.scope < b.scope ? -1 : 1));
      const of = (prefix: string, most: number): EnvelopeUse[] =>
        all.filter(({ scope }) => scope.startsWith(prefix)).slice(0, most);
      return [...of("all", 1), ...of("kind:", 10), ...of("account:", perPrefix), ...of("customer:", perPrefix)];
    },
  };
}

/** Rounded up, and never nothing: many small refunds count as well. */
function centsOf({ amountMinor, currency }: AdmitRequest): number | null {
  if (amountMinor === null || currency === null) return null;
  // 256.04 × 100 is a little more than 25604 in binary: what is that close to a whole cent is one.
  return Math.max(1, Math.ceil(roughUsdCents(amountMinor, currency) - 1e-6));
}

function scopesOf({ account, customer, kind }: AdmitRequest): string[] {
  // "-" is the platform's own account.
  const scopes = ["all", `kind:${kind}`, `account:${account ?? "-"}`];
  if (customer !== null) scopes.push(`customer:${customer}`);
  return scopes;
}

function limitCentsOf(scope: string): number {
  const { envelopes } = POLICY;
  if (scope === "all") return envelopes.all;
  if (scope.startsWith("kind:")) return envelopes.kind;
  return scope.startsWith("account:") ? envelopes.account : envelopes.customer;
}

function usedUp(scope: string, usedCents: number, cents: number): string {
  const dollars = (value: number): string => (value / 100).toFixed(2);
  return `the hourly envelope of ${scope} is used up: about ${dollars(usedCents)} of ${dollars(limitCentsOf(scope))} USD are at risk, this would add ${dollars(cents)}`;
}
