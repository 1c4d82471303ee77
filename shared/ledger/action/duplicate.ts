import type { Duplicate } from "../../policy/duplicates.ts";
import { append } from "../history.ts";
import type { LedgerSettings } from "../settings.ts";
import { caseOpening } from "./case.ts";
import type { ActionRow } from "./row.ts";

/** A new row that is a duplicate begins as a case, or ends as skipped. */
export function asDuplicate(row: ActionRow, duplicate: Duplicate, now: number, settings: LedgerSettings): ActionRow {
  // Its grant was signed before its siblings were known. If a person approves it, it needs a new one.
  if (duplicate.kind === "case")
    return caseOpening({ ...row, grant: null }, duplicate.reason, duplicate.about, now, settings);
  return {
    ...row,
    state: "skipped",
    due: null,
    grant: null,
    outcome: { kind: "skipped", note: duplicate.reason },
    history: append(row.history, now, "skipped", duplicate.reason),
  };
}
