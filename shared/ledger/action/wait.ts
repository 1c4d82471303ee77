import { providerObjectOf } from "../../contracts/action.ts";
import { type LedgerSettings, nextDue } from "../settings.ts";
import type { ActionRow } from "./row.ts";

/** A scheduled row whose time has come, and which needs no new grant: its executor may begin it. */
export const waitsForItsExecutor = ({ state, grantWanted, notBefore }: ActionRow, now: number): boolean =>
  state === "scheduled" && grantWanted === null && (notBefore === null || notBefore <= now);

/** The state in which a row with a good grant waits: for a read, for the provider's final answer, or to be executed. */
export function waitsAs({ uncertain, outcome }: ActionRow): "unknown" | "pending" | "ready" {
  if (uncertain) return "unknown";
  return providerObjectOf(outcome) === null ? "ready" : "pending";
}

export function waitingAgain(row: ActionRow, due: number): ActionRow {
  if (row.caseReason !== null) return { ...row, state: "case_opening", due };
  // A row that waits for its time keeps that time: a redrive does not bring the next try at a card forward.
  const later = Math.max(due, row.notBefore ?? 0);
  // An uncertain row that wants a grant stays uncertain while it waits for it: see blocksItsPayment.
  if (row.grantWanted !== null) return { ...row, state: "scheduled", notBefore: later, due: later };
  if (row.notBefore !== null) return { ...row, state: "scheduled", due: later };
  return { ...row, state: waitsAs(row), due };
}

export function rungAction(row: ActionRow, now: number, settings: LedgerSettings): ActionRow {
  return { ...row, rings: row.rings + 1, due: nextDue(now, row.rings + 1, settings) };
}
