/**
 * The life of an action row, as plain functions: row and input in, row out. `now` is passed in; nothing here waits.
 * The table of states and who moves between them stands in docs/states.md and is checked against this file.
 */
import {
  type Action,
  type ActionState,
  type CallEvidence,
  type Grant,
  isTerminal,
  type NextStep,
  type Outcome,
  providerObjectOf,
} from "../../contracts/action.ts";
import type { Disposition, Failure, FailureReason } from "../../contracts/failure.ts";
import type { NewAction } from "../../contracts/ledger.ts";
import { ABOUT_NOTHING, type CaseAbout } from "../../contracts/rules.ts";
import { countsAsFailure, dispose } from "../../policy/disposition.ts";
import { append } from "../history.ts";
import {
  CONSUMER_LIFE_MS,
  failureDelayMs,
  type LedgerSettings,
  nextDue,
  STORED_ERROR_AGE_MS,
  STUCK_RINGS,
  waitAfterFailureMs,
} from "../settings.ts";
import { afterReport } from "./report.ts";
import type { ActionRow } from "./row.ts";

const NO_EVIDENCE: CallEvidence = { readNoEffectAt: null, storedErrorAt: null };

export function newAction(input: NewAction, now: number, settings: LedgerSettings): ActionRow {
  const state: ActionState = input.caseReason !== null ? "case_opening" : input.grant === null ? "scheduled" : "ready";
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

export const holdsFence = (row: ActionRow, fence: number): boolean => row.state === "in_flight" && row.fence === fence;

/** Only the holder of the fence speaks for a leased action; without a fence one may, once the lease has ended. */
export function mayFail(row: ActionRow, fence: number | null, now: number): boolean {
  if (fence !== null) return holdsFence(row, fence);
  return row.state !== "in_flight" || row.leaseEndsAt === null || now >= row.leaseEndsAt;
}

/** What an attempt reports when it broke off: after its call, for all that anybody knows. */
const BROKE_OFF: readonly FailureReason[] = ["bug", "ledger_unavailable"];

/**
 * Who held the lease did not say how its call ended, or broke off and cannot know: an effect is possible until the
 * provider has been read.
 */
export const doubted = (row: ActionRow, fence: number | null, { reason }: Failure): ActionRow =>
  row.state === "in_flight" && (fence === null || BROKE_OFF.includes(reason)) ? { ...row, uncertain: true } : row;

export function settled(row: ActionRow, outcome: Outcome, now: number, settings: LedgerSettings): ActionRow {
  const next: ActionRow = {
    ...row,
    outcome,
    reported: null,
    // Somebody else may have found it on hold when its lease was over: what is settled by who had it then waits for nothing.
    held: null,
    leaseEndsAt: null,
    rings: 0,
    updatedAt: now,
    history: append(row.history, now, outcome.kind, outcome.note),
  };
  switch (outcome.kind) {
    case "succeeded":
    case "declined":
    case "skipped": {
      const over: ActionRow = { ...next, state: outcome.kind, due: null, uncertain: false, failure: null };
      return afterReport(over, row.reported, now);
    }
    case "pending": {
      const waiting: ActionRow = { ...next, state: "pending", due: now + outcome.checkAfterMs, uncertain: false };
      return afterReport(waiting, row.reported, now);
    }
    case "unknown": {
      // What the provider has named once is not unsaid by an answer that says nothing.
      const named = providerObjectOf(row.outcome) === null ? outcome : row.outcome;
      return unknown({ ...next, outcome: named }, outcome.evidence, now, settings);
    }
  }
}

/** What is known of this key's calls. The first stored error is the one that is replayed. */
export function withEvidence(row: ActionRow, fresh: CallEvidence | null): ActionRow {
  if (fresh === null) return row;
  const readNoEffectAt = fresh.readNoEffectAt ?? row.evidence.readNoEffectAt;
  const storedErrorAt = row.evidence.storedErrorAt ?? fresh.storedErrorAt;
  return { ...row, evidence: { readNoEffectAt, storedErrorAt } };
}

function unknown(row: ActionRow, fresh: CallEvidence, now: number, settings: LedgerSettings): ActionRow {
  const { evidence } = withEvidence(row, fresh);
  const tries = row.tries + 1;
  const soon = now + failureDelayMs(tries, settings);
  const due =
    evidence.storedErrorAt === null || row.lastBeginAt === null ? soon : dueOfNewKey(row.lastBeginAt, evidence, soon);
  return { ...row, state: "unknown", evidence, tries, due, uncertain: true };
}

/** A spent key is of no use before its successor may be used; but one read must come first. */
function dueOfNewKey(lastBeginAt: number, evidence: CallEvidence, soon: number): number {
  const { storedErrorAt, readNoEffectAt } = evidence;
  if (storedErrorAt === null || readNoEffectAt === null || readNoEffectAt <= storedErrorAt) return soon;
  return Math.max(lastBeginAt + CONSUMER_LIFE_MS, storedErrorAt + STORED_ERROR_AGE_MS);
}

/** Our own next attempt at a declined payment: an action of its own, which waits for its time and then for a grant. */
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

export function failedAction(
  row: ActionRow,
  failure: Failure,
  now: number,
  settings: LedgerSettings,
): { row: ActionRow; disposition: Disposition; delayMs: number } {
  const disposition = dispose(failure.reason, row.failures);
  const tries = row.tries + 1;
  const delayMs = waitAfterFailureMs(failure, tries, settings);
  const next: ActionRow = {
    ...row,
    failure,
    tries,
    failures: row.failures + (countsAsFailure(failure.reason) ? 1 : 0),
    held: null,
    leaseEndsAt: null,
    rings: 0,
    updatedAt: now,
    history: append(row.history, now, `failed: ${failure.reason}`, failure.detail),
  };
  switch (disposition) {
    case "retry":
      return { row: waitingAgain(next, nextDue(now + delayMs, 0, settings)), disposition, delayMs };
    case "case":
      return {
        row: caseOpening(next, failure.detail, failure.about ?? ABOUT_NOTHING, now, settings),
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

/** Where a row with a grant waits: to be read first, for the provider's last word, or to be executed. */
function heldBy({ uncertain, outcome }: ActionRow): "unknown" | "pending" | "ready" {
  if (uncertain) return "unknown";
  return providerObjectOf(outcome) === null ? "ready" : "pending";
}

export function waitingAgain(row: ActionRow, due: number): ActionRow {
  if (row.caseReason !== null) return { ...row, state: "case_opening", due };
  // A doubtful row without a grant keeps its doubt while it waits for one: see blocksItsPayment.
  // What waits for its time goes on waiting for it: a redrive does not bring the next try at a card forward.
  const notBefore = Math.max(due, row.notBefore ?? 0);
  if (row.grant === null) return { ...row, state: "scheduled", notBefore, due: notBefore };
  return { ...row, state: heldBy(row), due };
}

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

/**
 * The grant is authentic but no longer good (expired, old policy, retired key): the same action waits for a new one. The
 * first is given at once. Where that is no good either (Workers of two policies during a deployment, a retired key that
 * still signs), each waits longer than the one before.
 */
export function grantRequested(row: ActionRow, why: string, now: number, settings: LedgerSettings): ActionRow {
  const notBefore = row.tries === 0 ? now : now + failureDelayMs(row.tries, settings);
  return {
    ...row,
    state: "scheduled",
    grant: null,
    notBefore,
    held: null,
    leaseEndsAt: null,
    tries: row.tries + 1,
    rings: 0,
    due: nextDue(notBefore, 0, settings),
    updatedAt: now,
    history: append(row.history, now, "grant requested", why),
  };
}

export function regranted(row: ActionRow, grant: Grant, now: number, settings: LedgerSettings): ActionRow {
  if (row.state !== "scheduled") return row;
  return {
    ...row,
    state: heldBy(row),
    grant,
    notBefore: null,
    due: nextDue(now, 0, settings),
    rings: 0,
    updatedAt: now,
    history: append(row.history, now, "granted"),
  };
}

/** What is on hold waits as it should; what is leased, or was, has somebody who began. */
export function isStuckAction(row: ActionRow): boolean {
  if (isTerminal(row.state) || row.state === "dead" || row.state === "in_flight") return false;
  return row.held === null && row.rings >= STUCK_RINGS;
}

export function deadLetteredAction(row: ActionRow, now: number): ActionRow {
  if (row.state !== "dead") return row;
  return {
    ...row,
    state: "dead_lettered",
    due: null,
    updatedAt: now,
    history: append(row.history, now, "dead letter kept"),
  };
}

export function redrivenAction(row: ActionRow, nonce: string, now: number, settings: LedgerSettings): ActionRow {
  const fresh: ActionRow = {
    ...row,
    failures: 0,
    tries: 0,
    rings: 0,
    redriveNonce: nonce,
    updatedAt: now,
    history: append(row.history, now, "redriven", nonce),
  };
  return waitingAgain(fresh, nextDue(now, 0, settings));
}

export function rungAction(row: ActionRow, now: number, settings: LedgerSettings): ActionRow {
  return { ...row, rings: row.rings + 1, due: nextDue(now, row.rings + 1, settings) };
}
