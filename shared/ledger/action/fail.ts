import type { Disposition, Failure, FailureReason } from "../../contracts/failure.ts";
import { ABOUT_NOTHING } from "../../contracts/rules.ts";
import { dispose } from "../../policy/disposition.ts";
import { failuresFor, withFailure } from "../failures.ts";
import { append } from "../history.ts";
import { sinceWithoutHold } from "../notice/patience.ts";
import { type LedgerSettings, nextDue, waitAfterFailureMs } from "../settings.ts";
import { caseOpening } from "./case.ts";
import type { ActionRow } from "./row.ts";
import { waitingAgain } from "./wait.ts";

/** The reasons of an attempt that was interrupted. It may have sent its call before. */
const INTERRUPTED: readonly FailureReason[] = ["bug", "ledger_unavailable"];

/**
 * The lease holder did not report how its call ended, or was interrupted and cannot know. An effect is possible until the
 * provider was read.
 */
export const doubted = (row: ActionRow, fence: number | null, { reason }: Failure): ActionRow =>
  row.state === "in_flight" && (fence === null || INTERRUPTED.includes(reason)) ? { ...row, uncertain: true } : row;

/** The provider refused, and named the refund of ours that has failed there: no effect is left that nobody has read. */
const wasRead = ({ reason, about }: Failure): boolean =>
  reason === "provider_refused" && about !== undefined && about.rule === null && about.refund !== null;

export function failedAction(
  row: ActionRow,
  failure: Failure,
  now: number,
  settings: LedgerSettings,
): { row: ActionRow; disposition: Disposition; delayMs: number } {
  const disposition = dispose(
    failure.reason,
    failuresFor(row.failures, failure.reason),
    settings.handling.dispositions,
  );
  const tries = row.tries + 1;
  const delayMs = waitAfterFailureMs(failure, tries, settings);
  const { seen = null, ...plain } = failure;
  const next: ActionRow = {
    ...row,
    failure: plain,
    tries,
    failures: withFailure(row.failures, failure.reason, settings.handling),
    held: null,
    waitsSince: sinceWithoutHold(row, now),
    leaseEndsAt: null,
    rings: 0,
    updatedAt: now,
    history: append(row.history, now, `failed: ${failure.reason}`, failure.detail),
  };
  switch (disposition) {
    case "retry":
      return { row: waitingAgain(ofItself(row, next), nextDue(now + delayMs, 0, settings)), disposition, delayMs };
    case "case":
      return {
        row: caseOpening(
          { ...next, uncertain: next.uncertain && !wasRead(failure) },
          failure.detail,
          failure.about ?? ABOUT_NOTHING,
          now,
          settings,
          seen,
        ),
        disposition,
        delayMs: 0,
      };
    case "dead":
      return {
        row: { ...next, state: "dead", deaths: row.deaths + 1, due: nextDue(now, 0, settings) },
        disposition,
        delayMs: 0,
      };
  }
}

/** A case that D1 did not take tells of its action's last failure, and not of D1's. */
const ofItself = (row: ActionRow, failed: ActionRow): ActionRow =>
  row.state === "case_opening" ? { ...failed, failure: row.failure } : failed;
