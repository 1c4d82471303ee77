import type { Duplicate } from "../../policy/duplicates.ts";
import { append } from "../history.ts";
import type { LedgerSettings } from "../settings.ts";
import { caseOpening } from "./case.ts";
import type { ActionRow } from "./row.ts";

/** A new row that is a duplicate begins as a case, or ends as skipped. Its grant was signed before its siblings were known. */
export function asDuplicate(row: ActionRow, duplicate: Duplicate, now: number, settings: LedgerSettings): ActionRow {
  if (duplicate.kind === "case") return caseOpening(row, duplicate.reason, duplicate.about, now, settings);
  return {
    ...row,
    state: "skipped",
    due: null,
    grantWanted: null,
    outcome: { kind: "skipped", note: duplicate.reason },
    history: append(row.history, now, "skipped", duplicate.reason),
  };
}
