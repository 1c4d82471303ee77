import type { Action, ActionState, CallEvidence, NextStep } from "../../contracts/action.ts";
import type { NewAction } from "../../contracts/ledger.ts";
import { append } from "../history.ts";
import { type LedgerSettings, nextDue } from "../settings.ts";
import type { ActionRow } from "./row.ts";

const NO_EVIDENCE: CallEvidence = { readNoEffectAt: null, storedErrorAt: null };

export function newAction(input: NewAction, now: number, settings: LedgerSettings): ActionRow {
  const state = firstStateOf(input);
  const notBefore = state === "scheduled" ? (input.notBefore ?? now) : null;
  return {
    id: input.action.id,
    subject: input.action.subject,
    state,
    due: notBefore !== null && notBefore > now ? notBefore : nextDue(now, 0, settings),
    action: input.action,
    eventId: input.eventId,
    grant: state === "ready" ? input.grant : null,
    notBefore,
    caseReason: input.caseReason,
    caseAbout: input.caseAbout,
    held: null,
    fence: 0,
    leaseEndsAt: null,
    lastBeginAt: null,
    generation: 0,
    evidence: NO_EVIDENCE,
    uncertain: false,
    reported: null,
    attempts: 0,
    failures: 0,
    tries: 0,
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

function firstStateOf({ caseReason, grant }: NewAction): ActionState {
  if (caseReason !== null) return "case_opening";
  return grant === null ? "scheduled" : "ready";
}

/** Our next try at a declined payment: a separate action, which waits for its time and then for a grant. */
export function nextStepOf(row: ActionRow, next: NextStep, now: number, settings: LedgerSettings): ActionRow {
  const action: Action = { ...row.action, id: next.actionId, step: next.step };
  return newAction(
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
}
