import type { Duplicate } from "../../policy/duplicates.ts";
import { append } from "../history.ts";
import type { LedgerSettings } from "../settings.ts";
import { caseOpening } from "./case.ts";
import type { ActionRow } from "./row.ts";

/** How a new row begins that may not stand beside another: as a person's, or over. */
export function asDuplicate(row: ActionRow, duplicate: Duplicate, now: number, settings: LedgerSettings): ActionRow {
  // Its grant was signed before anybody looked at its siblings: a person's word needs a new one.
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
