import { type CallEvidence, type Outcome, providerObjectOf } from "../../contracts/action.ts";
import type { CaseAbout } from "../../contracts/rules.ts";
import { NO_FAILURES } from "../failures.ts";
import { append } from "../history.ts";
import { sinceWithoutHold } from "../notice/patience.ts";
import { CONSUMER_LIFE_MS, failureDelayMs, type LedgerSettings, STORED_ERROR_AGE_MS } from "../settings.ts";
import { caseOpening } from "./case.ts";
import { afterReport } from "./report.ts";
import type { ActionRow } from "./row.ts";

const AMOUNT_TAKEN: CaseAbout = { rule: "amount_taken", refund: null };

export function settled(row: ActionRow, outcome: Outcome, now: number, settings: LedgerSettings): ActionRow {
  const next: ActionRow = {
    ...row,
    outcome,
    reported: null,
    // After the lease ended, another executor may have found it on hold. A settled row does not wait for a lift.
    held: null,
    leaseEndsAt: null,
    // The provider has answered. An unclear answer is none.
    failures: outcome.kind === "unknown" ? row.failures : NO_FAILURES,
    waitsSince: outcome.kind === "unknown" ? sinceWithoutHold(row, now) : now,
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
      const due = now + outcome.checkAfterMs;
      const waiting: ActionRow = { ...next, state: "pending", due, waitsSince: due, uncertain: false, failure: null };
      return afterReport(waiting, row.reported, now);
    }
    case "unmeant":
      return caseOpening({ ...next, uncertain: false }, outcome.note, AMOUNT_TAKEN, now, settings);
    case "unknown": {
      // An unclear answer does not remove the effect that the provider has named before.
      const named = providerObjectOf(row.outcome) === null ? outcome : row.outcome;
      // Nor does it answer what an event has reported meanwhile: the next attempt only reads.
      return unknown({ ...next, outcome: named, reported: row.reported }, outcome.evidence, now, settings);
    }
  }
}

/** Adds what is known of this key's calls. The provider replays the first stored error. */
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

/** The earliest time of a new key; but one read must come first. The provider replays an error under the old key. */
function dueOfNewKey(lastBeginAt: number, evidence: CallEvidence, soon: number): number {
  const { storedErrorAt, readNoEffectAt } = evidence;
  if (storedErrorAt === null || readNoEffectAt === null || readNoEffectAt <= storedErrorAt) return soon;
  return Math.max(lastBeginAt + CONSUMER_LIFE_MS, storedErrorAt + STORED_ERROR_AGE_MS);
}
