import type { Action } from "../../contracts/action.ts";
import type { DuplicateNumbers } from "../../contracts/policy.ts";
import { ABOUT_NOTHING } from "../../contracts/rules.ts";
import { deniedBefore } from "../../policy/denials.ts";
import { type Duplicate, duplicateOf } from "../../policy/duplicates.ts";
import { append } from "../history.ts";
import type { LedgerSettings } from "../settings.ts";
import { caseOpening } from "./case.ts";
import type { ActionRow } from "./row.ts";

/** What the other actions of its subject say of an action. `numbers`: of the caller's policy. */
export const duplicateAmong = (
  action: Action,
  others: readonly ActionRow[],
  numbers: DuplicateNumbers | undefined,
  causedAt: number,
  now: number,
): Duplicate | null =>
  deniedBefore(action, others, numbers?.denialMs, now) ?? duplicateOf(action, others, numbers, causedAt, now);

/** What is a case for another reason names the denial too, in words and for code: it is of the kind of what was denied before. */
export function withDenial(row: ActionRow, denied: Duplicate | null): ActionRow {
  if (denied?.kind !== "case" || row.caseReason === null) return row;
  const caseReason = `${row.caseReason}. It was ${denied.reason}`;
  const { denied: before } = denied.about;
  return { ...row, caseReason, caseAbout: { ...ABOUT_NOTHING, ...row.caseAbout, ...(before && { denied: before }) } };
}

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
