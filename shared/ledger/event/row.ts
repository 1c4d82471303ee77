/**
 * The life of an event row, as plain functions: row and input in, row out. `now` is passed in; nothing here waits.
 *
 *   received ──claim──▶ (a classifier works on it) ──decide──▶ decided
 *      ▲                        │ fail: retry                    (terminal: none, or its action speaks)
 *      │                        ▼
 *      └────────────────── deferred ──fail: dead──▶ dead ──kept in D1──▶ dead_lettered ──redrive──▶ received
 */
import type { EventOutcome } from "../../contracts/decision.ts";
import type { PaymentEvent } from "../../contracts/event.ts";
import type { Disposition, Failure } from "../../contracts/failure.ts";
import type { EventState, HistoryEntry } from "../../contracts/ledger.ts";
import type { FactRowKey } from "../../core/ids.ts";
import { canonicalJson } from "../../core/json.ts";
import { countsAsFailure, dispose } from "../../policy/disposition.ts";
import { reasonAtTheDoor } from "../../policy/facts.ts";
import { append } from "../history.ts";
import { type LedgerSettings, nextDue, STUCK_RINGS, waitAfterFailureMs } from "../settings.ts";

export type EventRow = {
  id: string;
  state: EventState;
  /** When the pump looks at it again; null when nothing is awaited. */
  due: number | null;
  event: PaymentEvent;
  acceptedAt: number;
  decidedAt: number | null;
  outcome: EventOutcome | null;
  factRowKey: FactRowKey | null;
  failure: Failure | null;
  /** Failures that were somebody's; limits and outages are not counted. */
  failures: number;
  /** All tries that failed, outages too: the wait grows with them. */
  tries: number;
  /** Of the pump, since the row last moved. */
  rings: number;
  conflicts: number;
  deaths: number;
  redriveNonce: string | null;
  history: HistoryEntry[];
};

/** Most events ask for nothing: their rule is asked at once, and they are written once. */
export function acceptedEvent(event: PaymentEvent, now: number, settings: LedgerSettings): EventRow {
  const row = receivedEvent(event, now, settings);
  const reason = reasonAtTheDoor(event);
  return reason === null ? row : closed(row, { kind: "none", reason }, null, now);
}

function receivedEvent(event: PaymentEvent, now: number, settings: LedgerSettings): EventRow {
  return {
    id: event.id,
    state: "received",
    due: nextDue(now, 0, settings),
    event,
    acceptedAt: now,
    decidedAt: null,
    outcome: null,
    factRowKey: null,
    failure: null,
    failures: 0,
    tries: 0,
    rings: 0,
    conflicts: 0,
    deaths: 0,
    redriveNonce: null,
    history: [],
  };
}

/**
 * Whether a delivery says what the stored one said. The lane is how it was sent, not what happened: a file may bring
 * again what a webhook brought. What it tells follows from the rest, and was not always kept.
 */
export function sameEvent(storedBody: string, event: PaymentEvent): boolean {
  return storedBody === canonicalJson(event) || meaningOf(JSON.parse(storedBody)) === meaningOf(event);
}

const meaningOf = ({ lane: _lane, tells: _tells, ...rest }: PaymentEvent): string => canonicalJson(rest);

export const isClaimable = (row: EventRow): boolean => row.state === "received" || row.state === "deferred";

/**
 * A decision stands. One that comes late, after its event was given up, is a decision all the same: its action lives, and
 * nobody would find it from an event that is dead.
 */
export const isClosable = (row: EventRow): boolean => row.state !== "decided";

/** The last thing written of an event. A second closing changes nothing: the first decision stands. */
export function closed(row: EventRow, outcome: EventOutcome, factRowKey: FactRowKey | null, now: number): EventRow {
  if (!isClosable(row)) return row;
  return { ...row, state: "decided", due: null, outcome, factRowKey, decidedAt: now, failure: null };
}

export function failedEvent(
  row: EventRow,
  failure: Failure,
  now: number,
  settings: LedgerSettings,
): { row: EventRow; disposition: Disposition; delayMs: number } {
  const disposition = dispose(failure.reason, row.failures);
  const tries = row.tries + 1;
  const delayMs = waitAfterFailureMs(failure, tries, settings);
  const next: EventRow = {
    ...row,
    failure,
    tries,
    failures: row.failures + (countsAsFailure(failure.reason) ? 1 : 0),
    rings: 0,
    history: append(row.history, now, `failed: ${failure.reason}`, failure.detail),
  };
  switch (disposition) {
    case "retry":
      return { row: { ...next, state: "deferred", due: nextDue(now + delayMs, 0, settings) }, disposition, delayMs };
    case "case":
      // The classifier decides `escalate` next; should it die before, the row is still due.
      return { row: { ...next, due: nextDue(now, 0, settings) }, disposition, delayMs: 0 };
    case "dead":
      return {
        row: { ...next, state: "dead", deaths: row.deaths + 1, due: nextDue(now, 0, settings) },
        disposition,
        delayMs: 0,
      };
  }
}

export const isStuckEvent = (row: EventRow): boolean => isClaimable(row) && row.rings >= STUCK_RINGS;

/** The dead letter is in D1: nothing more is awaited. */
export function deadLetteredEvent(row: EventRow, now: number): EventRow {
  if (row.state !== "dead") return row;
  return { ...row, state: "dead_lettered", due: null, history: append(row.history, now, "dead letter kept") };
}

export function redrivenEvent(row: EventRow, nonce: string, now: number, settings: LedgerSettings): EventRow {
  return {
    ...row,
    state: "received",
    due: nextDue(now, 0, settings),
    failures: 0,
    tries: 0,
    rings: 0,
    redriveNonce: nonce,
    history: append(row.history, now, "redriven", nonce),
  };
}

/** The pump has rung for it: the next ring comes twice as late. */
export function rungEvent(row: EventRow, now: number, settings: LedgerSettings): EventRow {
  return { ...row, rings: row.rings + 1, due: nextDue(now, row.rings + 1, settings) };
}
