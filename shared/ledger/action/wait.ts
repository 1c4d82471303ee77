import { providerObjectOf } from "../../contracts/action.ts";
import { type LedgerSettings, nextDue } from "../settings.ts";
import type { ActionRow } from "./row.ts";

/** Where a row with a grant waits: to be read first, for the provider's last word, or to be executed. */
export function waitsAs({ uncertain, outcome }: ActionRow): "unknown" | "pending" | "ready" {
  if (uncertain) return "unknown";
  return providerObjectOf(outcome) === null ? "ready" : "pending";
}

export function waitingAgain(row: ActionRow, due: number): ActionRow {
  if (row.caseReason !== null) return { ...row, state: "case_opening", due };
  // A doubtful row without a grant keeps its doubt while it waits for one: see blocksItsPayment.
  // What waits for its time goes on waiting for it: a redrive does not bring the next try at a card forward.
  const notBefore = Math.max(due, row.notBefore ?? 0);
  if (row.grant === null) return { ...row, state: "scheduled", notBefore, due: notBefore };
  return { ...row, state: waitsAs(row), due };
}

export function rungAction(row: ActionRow, now: number, settings: LedgerSettings): ActionRow {
  return { ...row, rings: row.rings + 1, due: nextDue(now, row.rings + 1, settings) };
}
