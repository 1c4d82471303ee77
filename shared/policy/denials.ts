import type { Action, ActionState } from "../contracts/action.ts";
import { isExecutable } from "../contracts/actions.ts";
import type { CaseDecided } from "../contracts/case-decision.ts";
import type { DuplicateNumbers } from "../contracts/policy.ts";
import { secondOf } from "../core/time.ts";
import type { Duplicate } from "./duplicates.ts";

type Denied = { id: string; action: Action; state: ActionState; caseDecided: CaseDecided | null };

/**
 * A no stands for its target and kind for policy's time: what is asked for later is a case that names it. `denialMs` left out: of
 * a caller that names no policy; then it stands for ever.
 */
export function deniedBefore(
  { id, kind }: Action,
  others: readonly Denied[],
  denialMs: DuplicateNumbers["denialMs"] | undefined,
  now: number,
): Duplicate | null {
  if (!isExecutable(kind)) return null;
  const standsMs = denialMs?.[kind] ?? Number.POSITIVE_INFINITY;
  const newest = others
    .flatMap(({ caseDecided, ...row }) =>
      caseDecided?.kind === "denied" ? { ...row, ...caseDecided, rowId: row.id } : [],
    )
    .filter((row) => row.state === "denied" && row.action.kind === kind && row.rowId !== id && now - row.at <= standsMs)
    .sort((one, other) => other.at - one.at)[0];
  if (newest === undefined) return null;
  const { rowId, at, code, by, action } = newest;
  return {
    kind: "case",
    about: { rule: "duplicate", refund: null, denied: rowId },
    reason: `denied before: ${kind} on ${action.subject} was denied by ${by.name} at ${secondOf(at)} UTC (${code}; ${rowId}). Read why; whoever approves this one says by name that it may pass`,
  };
}
