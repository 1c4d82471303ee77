import { providerObjectOf } from "../../contracts/action.ts";
import { type LedgerSettings, nextDue } from "../settings.ts";
import type { ActionRow } from "./row.ts";

/** The state in which a row with a grant waits: for a read, for the provider's final answer, or to be executed. */
export function waitsAs({ uncertain, outcome }: ActionRow): "unknown" | "pending" | "ready" {
  if (uncertain) return "unknown";
  return providerObjectOf(outcome) === null ? "ready" : "pending";
}

export function waitingAgain(row: ActionRow, due: number): ActionRow {
  if (row.caseReason !== null) return { ...row, state: "case_opening", due };
  // An uncertain row without a grant stays uncertain while it waits for one: see blocksItsPayment.
  // A row that waits for its time keeps that time: a redrive does not bring the next try at a card forward.
  const notBefore = Math.max(due, row.notBefore ?? 0);
  if (row.grant === null) return { ...row, state: "scheduled", notBefore, due: notBefore };
  return { ...row, state: waitsAs(row), due };
}

export function rungAction(row: ActionRow, now: number, settings: LedgerSettings): ActionRow {
  return { ...row, rings: row.rings + 1, due: nextDue(now, row.rings + 1, settings) };
}
