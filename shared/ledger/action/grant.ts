import { ROW_VERSION } from "../../contracts/decision.ts";
import type { Regranting } from "../../contracts/ledger.ts";
import { NO_FAILURES } from "../failures.ts";
import { append } from "../history.ts";
import { sinceWithoutHold } from "../notice/patience.ts";
import { failureDelayMs, type LedgerSettings, nextDue } from "../settings.ts";
import type { ActionRow } from "./row.ts";
import { waitsAs } from "./wait.ts";

/**
 * The grant is authentic but no longer good (expired, old policy, retired key): the same action waits for a new one, and
 * keeps the old one, which is what the classifier renews. The first request is due at once. If the new grant is not good
 * either (two policy versions during a deployment, a retired key that still signs), each further request waits longer.
 */
export function grantRequested(row: ActionRow, why: string, now: number, settings: LedgerSettings): ActionRow {
  const notBefore = row.tries === 0 ? now : now + failureDelayMs(row.tries, settings);
  return {
    ...row,
    state: "scheduled",
    grantWanted: "renewal",
    notBefore,
    held: null,
    waitsSince: sinceWithoutHold(row, now),
    leaseEndsAt: null,
    tries: row.tries + 1,
    rings: 0,
    due: nextDue(notBefore, 0, settings),
    updatedAt: now,
    history: append(row.history, now, "grant requested", why),
  };
}

export const wantsGrant = ({ state, grantWanted }: ActionRow): boolean => state === "scheduled" && grantWanted !== null;

type Given = Pick<Regranting, "grant" | "notBefore">;

export function regranted(row: ActionRow, given: Given, now: number, settings: LedgerSettings): ActionRow {
  if (!wantsGrant(row)) return row;
  const { grant, notBefore } = given;
  const waits = notBefore !== null && notBefore > now;
  return {
    ...row,
    state: waits ? "scheduled" : waitsAs(row),
    version: ROW_VERSION,
    grant,
    grantWanted: null,
    failures: NO_FAILURES,
    notBefore: waits ? notBefore : null,
    due: waits ? notBefore : nextDue(now, 0, settings),
    // A grant alone is no end of waiting: one that is never good enough would be asked for and given for ever, unseen.
    waitsSince: waits ? Math.max(row.waitsSince, notBefore) : row.waitsSince,
    rings: 0,
    updatedAt: now,
    history: append(row.history, now, "granted"),
  };
}

/** The guardrails leave a next step, which nobody has begun: nothing is owed any more, or the provider tries by itself. */
export function left(row: ActionRow, reason: string, now: number): ActionRow {
  if (!wantsGrant(row) || row.grantWanted !== "next_step" || row.attempts > 0) return row;
  return {
    ...row,
    state: "skipped",
    grantWanted: null,
    notBefore: null,
    due: null,
    outcome: { kind: "skipped", note: reason },
    updatedAt: now,
    history: append(row.history, now, "skipped", reason),
  };
}
