import type { Action, ActionState, CallEvidence, NextStep } from "../../contracts/action.ts";
import { ROW_VERSION } from "../../contracts/decision.ts";
import type { NewAction } from "../../contracts/ledger.ts";
import type { ActionView, Approved } from "../../contracts/views.ts";
import { NO_FAILURES } from "../failures.ts";
import { append } from "../history.ts";
import { type LedgerSettings, nextDue } from "../settings.ts";
import type { ActionRow } from "./row.ts";

const NO_EVIDENCE: CallEvidence = { readNoEffectAt: null, storedErrorAt: null };

export function newAction(input: NewAction, now: number, settings: LedgerSettings): ActionRow {
  const state = firstStateOf(input, now);
  const notBefore = state === "scheduled" ? (input.notBefore ?? now) : null;
  return {
    id: input.action.id,
    subject: input.action.subject,
    state,
    due: notBefore !== null && notBefore > now ? notBefore : nextDue(now, 0, settings),
    action: input.action,
    eventId: input.eventId,
    version: ROW_VERSION,
    grant: input.caseReason === null ? input.grant : null,
    grantWanted: input.caseReason === null && input.grant === null ? "first" : null,
    notBefore,
    caseReason: input.caseReason,
    caseAbout: input.caseAbout,
    caseStanding: input.caseStanding ?? null,
    ...UNDECIDED,
    caseAnswers: [],
    caseRound: (input.caseRound ?? 0) + (input.caseReason === null ? 0 : 1),
    caseSeen: input.caseSeen ?? null,
    approved: approvedIn(input, now),
    held: null,
    fence: 0,
    leaseEndsAt: null,
    firstBeginAt: null,
    lastBeginAt: null,
    generation: 0,
    evidence: NO_EVIDENCE,
    uncertain: false,
    reported: null,
    behind: null,
    attempts: 0,
    failures: NO_FAILURES,
    tries: 0,
    waitsSince: Math.max(now, notBefore ?? 0),
    toldSince: null,
    rings: 0,
    deaths: 0,
    redriveNonce: null,
    failure: null,
    outcome: null,
    createdAt: now,
    updatedAt: now,
    history: append([], now, state === "ready" ? "granted" : state, input.caseReason ?? undefined),
  };
}

/** Of a row that never was a case. */
export const UNDECIDED = {
  caseRound: 0,
  caseApprovals: null,
  caseDecided: null,
  caseSeen: null,
  approved: null,
  superseded: null,
} as const satisfies Partial<ActionView>;

const approvedIn = ({ approved, caseRound = 0 }: NewAction, now: number): Approved | null =>
  approved === undefined ? null : { ...approved, round: caseRound, at: now, reason: null };

function firstStateOf({ caseReason, grant, notBefore }: NewAction, now: number): ActionState {
  if (caseReason !== null) return "case_opening";
  return grant === null || (notBefore !== null && notBefore > now) ? "scheduled" : "ready";
}

/**
 * Our next try at a declined payment: a separate action, which waits for its time and then for a grant of its own. Until
 * then it carries the grant of the try before it, which shows the classifier what was signed.
 */
export function nextStepOf(row: ActionRow, next: NextStep, now: number, settings: LedgerSettings): ActionRow {
  const action: Action = { ...row.action, id: next.actionId, step: next.step };
  const made = newAction(
    {
      action,
      eventId: row.eventId,
      causedAt: null,
      grant: null,
      notBefore: next.notBefore,
      caseReason: null,
      caseAbout: null,
    },
    now,
    settings,
  );
  return { ...made, grant: row.grant, grantWanted: "next_step" };
}
