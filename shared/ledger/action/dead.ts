import { isTerminal } from "../../contracts/action.ts";
import { NO_FAILURES } from "../failures.ts";
import { append } from "../history.ts";
import { type LedgerSettings, nextDue, STUCK_RINGS } from "../settings.ts";
import type { ActionRow } from "./row.ts";
import { waitingAgain } from "./wait.ts";

/** A row on hold waits as intended. A row in flight was begun by an executor. Neither is stuck: docs/decisions/0015. */
export function isStuckAction(row: ActionRow): boolean {
  if (isTerminal(row.state) || row.state === "dead" || row.state === "in_flight") return false;
  return row.held === null && row.rings >= STUCK_RINGS;
}

export function deadLetteredAction(row: ActionRow, now: number): ActionRow {
  if (row.state !== "dead") return row;
  return {
    ...row,
    state: "dead_lettered",
    due: null,
    updatedAt: now,
    history: append(row.history, now, "dead letter kept"),
  };
}

export function redrivenAction(row: ActionRow, nonce: string, now: number, settings: LedgerSettings): ActionRow {
  const fresh: ActionRow = {
    ...row,
    failures: NO_FAILURES,
    tries: 0,
    waitsSince: Math.max(now, row.notBefore ?? 0),
    rings: 0,
    redriveNonce: nonce,
    updatedAt: now,
    history: append(row.history, now, "redriven", nonce),
  };
  return waitingAgain(fresh, nextDue(now, 0, settings));
}
