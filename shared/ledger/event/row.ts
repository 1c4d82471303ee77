/**
 * The states of an event row, as pure functions: row and input in, row out. `now` is epoch milliseconds.
 *
 *   received ──claim──▶ (a classifier works on it) ──decide──▶ decided
 *      ▲                        │ fail: retry                    (terminal for `none`; otherwise its action's state counts)
 *      │                        ▼
 *      └────────────────── deferred ──fail: dead──▶ dead ──kept in D1──▶ dead_lettered ──redrive──▶ received
 */
import type { EventOutcome } from "../../contracts/decision.ts";
import type { PaymentEvent } from "../../contracts/event.ts";
import type { Disposition, Failure, FailureCounts } from "../../contracts/failure.ts";
import type { AcceptItem } from "../../contracts/ledger.ts";
import type { EventState, HistoryEntry, Provenance } from "../../contracts/views.ts";
import type { FactRowKey } from "../../core/ids.ts";
import { dispose } from "../../policy/disposition.ts";
import { reasonToCloseAtOnce } from "../../policy/facts.ts";
import { failuresFor, NO_FAILURES, withFailure } from "../failures.ts";
import { append } from "../history.ts";
import { type LedgerSettings, nextDue, STUCK_RINGS, waitAfterFailureMs } from "../settings.ts";

/** `n` from 1; `previous`: the id of the event before it, null for the first. */
export type Stored = { n: number; previous: string | null };

export type EventRow = {
  id: string;
  state: EventState;
  /** When the pump rings for it again; null when nothing is awaited. */
  due: number | null;
  event: PaymentEvent;
  /** Null in rows of before 2026-12. */
  provenance: Provenance | null;
  acceptedAt: number;
  decidedAt: number | null;
  outcome: EventOutcome | null;
  factRowKey: FactRowKey | null;
  failure: Failure | null;
  /** Failures that count, since it was accepted or redriven; limits and outages do not. */
  failures: FailureCounts;
  /** All failed tries, outages included: the wait grows with them. */
  tries: number;
  /** Since when it waits: when it was accepted, or redriven. See notice/patience.ts. */
  waitsSince: number;
  /** The `waitsSince` of which a case for information tells; null where none does. */
  toldSince: number | null;
  /** How often the pump has rung since a consumer last wrote to the row. */
  rings: number;
  conflicts: number;
  deaths: number;
  redriveNonce: string | null;
  /** When its texts were removed; absent where they are there. */
  textRemovedAt?: number;
  /** Its place in the order in which its shard stored events: see find/order.ts. Absent in rows of before. */
  stored?: Stored;
  history: HistoryEntry[];
};

/** Most events need no decision. A rule says so at once, and such an event is written once: docs/decisions/0011. */
export function acceptedEvent(item: Accepted, now: number, settings: LedgerSettings): EventRow {
  const row = receivedEvent(item, now, settings);
  const reason = reasonToCloseAtOnce(item.event);
  return reason === null ? row : closed(row, { kind: "none", reason }, null, now);
}

/** A caller of an earlier version says no provenance. */
type Accepted = Pick<AcceptItem, "event"> & Partial<Pick<AcceptItem, "provenance">>;

function receivedEvent({ event, provenance }: Accepted, now: number, settings: LedgerSettings): EventRow {
  return {
    id: event.id,
    state: "received",
    due: nextDue(now, 0, settings),
    event,
    provenance: provenance ?? null,
    acceptedAt: now,
    decidedAt: null,
    outcome: null,
    factRowKey: null,
    failure: null,
    failures: NO_FAILURES,
    tries: 0,
    waitsSince: now,
    toldSince: null,
    rings: 0,
    conflicts: 0,
    deaths: 0,
    redriveNonce: null,
    history: [],
  };
}

export const isClaimable = (row: EventRow): boolean => row.state === "received" || row.state === "deferred";

/**
 * A decided event stays decided. A decision that arrives after its event was given up still closes it: otherwise its
 * action could not be found from the event.
 */
export const isClosable = (row: EventRow): boolean => row.state !== "decided";

/** Closes an event. A second closing changes nothing: the first decision is final. */
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
  const disposition = dispose(
    failure.reason,
    failuresFor(row.failures, failure.reason),
    settings.handling.dispositions,
  );
  const tries = row.tries + 1;
  const delayMs = waitAfterFailureMs(failure, tries, settings);
  const next: EventRow = {
    ...row,
    failure,
    tries,
    failures: withFailure(row.failures, failure.reason, settings.handling),
    rings: 0,
    history: append(row.history, now, `failed: ${failure.reason}`, failure.detail),
  };
  switch (disposition) {
    case "retry":
      return { row: { ...next, state: "deferred", due: nextDue(now + delayMs, 0, settings) }, disposition, delayMs };
    case "case":
      // The classifier decides `escalate` next. If it dies before that, the row is still due.
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

/** The dead letter is stored in D1: nothing more is awaited. */
export function deadLetteredEvent(row: EventRow, now: number): EventRow {
  if (row.state !== "dead") return row;
  return { ...row, state: "dead_lettered", due: null, history: append(row.history, now, "dead letter kept") };
}

export function redrivenEvent(row: EventRow, nonce: string, now: number, settings: LedgerSettings): EventRow {
  return {
    ...row,
    state: "received",
    due: nextDue(now, 0, settings),
    failures: NO_FAILURES,
    tries: 0,
    waitsSince: now,
    rings: 0,
    redriveNonce: nonce,
    history: append(row.history, now, "redriven", nonce),
  };
}

/** A signed event with this id came after it, and has a row of its own. Unchanged where the row says so already. */
export function besideSigned(row: EventRow, signedId: string, now: number): EventRow {
  if (row.history.some(({ what, detail }) => what === SIGNED_BESIDE && detail === signedId)) return row;
  return { ...row, history: append(row.history, now, SIGNED_BESIDE, signedId) };
}
const SIGNED_BESIDE = "the signed event is stored beside";

/** The provider signed what an ingest key brought before. Unchanged where that is known. */
export function confirmed(row: EventRow, now: number): EventRow {
  return row.provenance === "keyed" && !isSigned(row) ? { ...row, history: append(row.history, now, SIGNED_TOO) } : row;
}
const SIGNED_TOO = "the signed event says the same";

/** The provider's signature was seen under this id, first or later: what a key brings after it may contradict it. */
export const isSigned = ({ provenance, history }: Pick<EventRow, "provenance" | "history">): boolean =>
  provenance === "signed" || history.some(({ what }) => what === SIGNED_BESIDE || what === SIGNED_TOO);

/** The pump has rung for it: the wait for the next ring doubles. */
export function rungEvent(row: EventRow, now: number, settings: LedgerSettings): EventRow {
  return { ...row, rings: row.rings + 1, due: nextDue(now, row.rings + 1, settings) };
}
