import { ACTIONS } from "../contracts/actions.ts";
import type { ApprovedBy } from "../contracts/case-decision.ts";
import type { AdmitRequest, EnvelopesAbove, EnvelopeUse } from "../contracts/gate.ts";
import type { PolicyDocument } from "../contracts/policy.ts";
import { type ApprovalScope, type EnvelopeScope, partsOfScope, scopesOf } from "../contracts/scopes.ts";
import type { Sql } from "../core/sql.ts";
import { HOUR_MS, MINUTE_MS } from "../core/time.ts";
import { asPolicyLets } from "../policy/as-policy-lets.ts";
import { roughUsdCents, withoutWorth } from "../policy/worth.ts";

type Reservation = { at: number; cents: number; scopes: EnvelopeScope[] };

/** The most reservations at one time, whatever their amounts. It bounds the gate's memory. */
const RESERVATIONS_MAX = 100_000;
/** How often expired rows are deleted from disk. */
const SWEEP_MS = 5 * MINUTE_MS;

/**
 * Money at risk within a sliding hour. Each action has one reservation, which counts for an hour after the last request;
 * an unused one is not returned, which errs on the strict side. Sums are updated with each reservation, so an answer costs
 * the same however many there are. What counts, and why: docs/decisions/0010. `published`: the policy in force, whose limits
 * hold at once.
 */
export function createEnvelopes(sql: Sql, published: () => PolicyDocument, reservationsMax = RESERVATIONS_MAX) {
  /** In the order of their last requests, so that the oldest comes first. */
  const reservationsById = new Map<string, Reservation>();
  const usedCentsByScope = new Map<EnvelopeScope, number>();
  let latest = 0;
  let sweptAt = 0;
  for (const row of sql
    .exec<{ action_id: string; at: number; cents: number; scopes: string }>("SELECT * FROM reservation ORDER BY at")
    .toArray()) {
    keep(row.action_id, { at: row.at, cents: Math.ceil(row.cents), scopes: JSON.parse(row.scopes) as EnvelopeScope[] });
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

  /** Cents are whole numbers, so that a sum returns exactly to zero. */
  function count(scopes: readonly EnvelopeScope[], cents: number): void {
    for (const scope of scopes) {
      const sum = (usedCentsByScope.get(scope) ?? 0) + cents;
      if (sum === 0) usedCentsByScope.delete(scope);
      else usedCentsByScope.set(scope, sum);
    }
  }

  /** The clock was set back: reservations from the future would expire too late. */
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

    /**
     * Null when the amount is reserved; otherwise why a person must decide. A refusal changes nothing. `approved`: what people
     * approved, by a grant that was verified. Where they override the envelopes, it still counts in them, and in those of its
     * approvers, which nothing overrides.
     */
    reserve(request: AdmitRequest, approved: ApprovedBy | null, now: number): string | null {
      const { actionId, kind } = request;
      if (!ACTIONS[kind].countsInEnvelopes) return null;
      const { amountMinor, currency } = request;
      if (amountMinor === null || currency === null)
        return `a ${kind} without an amount cannot be counted against its envelope`;
      const policy = published();
      const cents = centsOf(amountMinor, currency, policy);
      if (cents === null) return withoutWorth(currency, `a ${kind} cannot be counted against its envelope`);
      const own = reservationsById.get(actionId);
      if (own === undefined && reservationsById.size >= reservationsMax)
        return `more than ${reservationsMax} actions are at risk within an hour`;
      const overriding = approversOf(asPolicyLets(approved, policy));
      const scopes = [...envelopesOf(request), ...overriding];
      for (const scope of overriding.length === 0 ? scopes : overriding) {
        const others = (usedCentsByScope.get(scope) ?? 0) - (own?.scopes.includes(scope) ? own.cents : 0);
        const limit = limitCentsOf(scope, policy);
        if (others + cents > limit) return usedUp({ scope, usedCents: others, limitCents: limit }, cents);
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

    /** All that hold more than these limits allow, by the name of the limit: their number, and the fullest. */
    above(limits: PolicyDocument["envelopes"], shown: number): EnvelopesAbove[] {
      const full = Array.from(usedCentsByScope, ([scope, usedCents]) => ({ scope, usedCents }));
      const byName = Map.groupBy(full, ({ scope }) => envelopeOf(scope));
      return Array.from(byName).flatMap(([name, uses]): EnvelopesAbove[] => {
        const above = name === null ? [] : uses.filter(({ usedCents }) => usedCents > limits[name]);
        if (name === null || above.length === 0) return [];
        return [{ name, count: above.length, fullest: above.sort(byUse).slice(0, shown) }];
      });
    },

    /** The envelopes of everything, of all approvals and of each kind, then the most used accounts, customers, payments and approvers, at most `perPrefix` of each. */
    uses(perPrefix: number): EnvelopeUse[] {
      if (usedCentsByScope.size === 0) return [];
      const policy = published();
      const all = Array.from(usedCentsByScope, ([scope, usedCents]) => ({
        scope,
        usedCents,
        limitCents: limitCentsOf(scope, policy),
      })).sort(byUse);
      const of = (prefix: string, most: number): EnvelopeUse[] =>
        all.filter(({ scope }) => scope.startsWith(prefix)).slice(0, most);
      const most = ["account:", "customer:", "payment:", "approver:"].flatMap((prefix) => of(prefix, perPrefix));
      return [...of("all", 1), ...of("approvals", 1), ...of("kind:", 10), ...most];
    },
  };
}

/** Rounded up, and at least 1, so that many small refunds count too. */
function centsOf(amountMinor: number, currency: string, { guardrails }: PolicyDocument): number | null {
  const cents = roughUsdCents(amountMinor, currency, guardrails.worthUsdCents);
  // 256.04 × 100 is slightly more than 25604 in floating point: subtract that error before rounding up.
  return cents === null ? null : Math.max(1, Math.ceil(cents - 1e-6));
}

/** The scopes of the action that have an envelope. A charge without a payment stands for one. */
const envelopesOf = (request: AdmitRequest): EnvelopeScope[] =>
  scopesOf({ ...request, payment: request.payment ?? request.charge }).filter((scope) => envelopeOf(scope) !== null);

/** Empty: nobody overrides an envelope. */
const approversOf = (approved: ApprovedBy | null): ApprovalScope[] =>
  approved?.overrides.includes("envelope") === true
    ? ["approvals", ...approved.approvers.map((id): ApprovalScope => `approver:${id}`)]
    : [];

type Use = Pick<EnvelopeUse, "scope" | "usedCents">;
const byUse = (a: Use, b: Use): number => b.usedCents - a.usedCents || (a.scope < b.scope ? -1 : 1);

type EnvelopeName = keyof PolicyDocument["envelopes"];

/** The name of its limit; null: it has none. */
function envelopeOf(scope: EnvelopeScope): EnvelopeName | null {
  if (scope === "all" || scope === "approvals") return scope;
  if (scope.startsWith("approver:")) return "approver";
  const kind = partsOfScope(scope)?.kind ?? null;
  return kind === "kind" || kind === "account" || kind === "customer" || kind === "payment" ? kind : null;
}

/** A scope that was counted in under a release of before and has no limit any more lets nothing pass. */
function limitCentsOf(scope: EnvelopeScope, { envelopes }: PolicyDocument): number {
  const name = envelopeOf(scope);
  return name === null ? 0 : envelopes[name];
}

function usedUp({ scope, usedCents, limitCents }: EnvelopeUse, cents: number): string {
  const dollars = (value: number): string => (value / 100).toFixed(2);
  return `the hourly envelope of ${scope} has no room for this: about ${dollars(usedCents)} of ${dollars(limitCents)} USD are at risk, this would add ${dollars(cents)}`;
}
