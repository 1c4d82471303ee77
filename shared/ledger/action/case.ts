import type { CaseAbout } from "../../contracts/rules.ts";
import { append } from "../history.ts";
import { type LedgerSettings, nextDue } from "../settings.ts";
import type { ActionRow } from "./row.ts";

export function caseOpening(
  row: ActionRow,
  reason: string,
  about: CaseAbout,
  now: number,
  settings: LedgerSettings,
): ActionRow {
  return {
    ...row,
    state: "case_opening",
    caseReason: reason,
    caseAbout: about,
    held: null,
    rings: 0,
    due: nextDue(now, 0, settings),
    history: append(row.history, now, "case_opening", reason),
  };
}

export function caseOpened(row: ActionRow, now: number): ActionRow {
  if (row.state !== "case_opening") return row;
  return { ...row, state: "case_open", due: null, updatedAt: now, history: append(row.history, now, "case_open") };
}
