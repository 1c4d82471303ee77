import type { Grant } from "../../contracts/action.ts";
import { append } from "../history.ts";
import { failureDelayMs, type LedgerSettings, nextDue } from "../settings.ts";
import type { ActionRow } from "./row.ts";
import { waitsAs } from "./wait.ts";

/**
 * The grant is authentic but no longer valid (expired, old policy, retired key): the same action waits for a new one. The
 * first request is due at once. If the new grant is not valid either (two policy versions during a deployment, a retired
 * key that still signs), each further request waits longer.
 */
export function grantRequested(row: ActionRow, why: string, now: number, settings: LedgerSettings): ActionRow {
  const notBefore = row.tries === 0 ? now : now + failureDelayMs(row.tries, settings);
  return {
    ...row,
    state: "scheduled",
    grant: null,
    notBefore,
    held: null,
    leaseEndsAt: null,
    tries: row.tries + 1,
    rings: 0,
    due: nextDue(notBefore, 0, settings),
    updatedAt: now,
    history: append(row.history, now, "grant requested", why),
  };
}

export function regranted(row: ActionRow, grant: Grant, now: number, settings: LedgerSettings): ActionRow {
  if (row.state !== "scheduled") return row;
  return {
    ...row,
    state: waitsAs(row),
    grant,
    notBefore: null,
    due: nextDue(now, 0, settings),
    rings: 0,
    updatedAt: now,
    history: append(row.history, now, "granted"),
  };
}
