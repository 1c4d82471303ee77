/** What the ledger shows of its rows: for traces, cases, grants and totals. */

import type { FactRowKey, Subject } from "../core/ids.ts";
import type { Action, ActionState, CaseStanding, Grant, GrantWanted, Outcome } from "./action.ts";
import type { ApprovedBy, CaseApprovals, CaseDecided } from "./case-decision.ts";
import type { CaseSeen } from "./case-seen.ts";
import type { Decision, EventOutcome, RowVersion } from "./decision.ts";
import type { PaymentEvent } from "./event.ts";
import type { Failure } from "./failure.ts";
import type { GateTotals, HoldRef } from "./gate.ts";
import type { QueueName } from "./queues.ts";
import type { OpenCases } from "./records.ts";
import type { CaseAbout } from "./rules.ts";

/**
 * Who vouches for an event. `signed`: its sender's signature. `keyed`: whoever holds an ingest key. `own`: it is the record
 * of an act, made here. Rows of before 2026-12 have none.
 */
export type Provenance = "signed" | "keyed" | "own";

export type ActionRef = { id: string; subject: string };

/** The hold that the gate named for this action, and since when the action waits for its lift. */
export type HeldNote = HoldRef & { reason: string; since: number };

/** One action as the ledger answers it: for traces, cases and grants. */
export type ActionView = {
  action: Action;
  eventId: string;
  state: ActionState;
  version: RowVersion;
  /** Its own, whether or not it is still good; while it wants a `next_step`, that of the try before it. */
  grant: Grant | null;
  grantWanted: GrantWanted | null;
  attempts: number;
  failures: number;
  notBefore: number | null;
  /** When an executor first leased it: none of its calls is older. */
  firstBeginAt: number | null;
  caseReason: string | null;
  caseAbout: CaseAbout | null;
  caseStanding: CaseStanding | null;
  /** How often its case was opened, from 1; 0 where it never was one. A decision names the round that it is about. */
  caseRound: number;
  /** The yeses of this round, half-given or complete. */
  caseApprovals: CaseApprovals | null;
  /** The last no, or closing by a person. */
  caseDecided: CaseDecided | null;
  /** What was read at the provider when it became a case; null where that is not recorded. */
  caseSeen: CaseSeen | null;
  /** The last approval that was used for it. */
  approved: Approved | null;
  /** Where its fact is executed instead. */
  superseded: Superseded | null;
  /** Set while a hold keeps it from being executed. */
  held: HeldNote | null;
  failure: Failure | null;
  outcome: Outcome | null;
  createdAt: number;
  updatedAt: number;
  /** When its texts were removed; absent where they are there. */
  textRemovedAt?: number;
  history: HistoryEntry[];
};

/** An approval that was used, and the reason of the case that it ended. `names`: of the approvers, in their order; a row of before has none. */
export type Approved = ApprovedBy & { names?: readonly string[]; round: number; at: number; reason: string | null };
export type Superseded = { approval: string; subject: Subject; at: number };

/** Whether an authentic grant stands behind a row. Anybody with a binding may have written it. */
export type IsSigned = (view: Pick<ActionView, "action" | "grant">) => Promise<boolean>;

/** One entry of a row's history; the oldest comes first. `what` is a fixed word that a person can search for. */
export type HistoryEntry = { at: number; what: string; detail?: string };

export type EventView = {
  event: PaymentEvent;
  provenance: Provenance | null;
  state: EventState;
  outcome: EventOutcome | null;
  failure: Failure | null;
  failures: number;
  acceptedAt: number;
  decidedAt: number | null;
  factRowKey: FactRowKey | null;
  conflicts: number;
  /** When its bytes and texts were removed; absent where they are there. */
  textRemovedAt?: number;
  history: HistoryEntry[];
};

/**
 * Another content that came under the id of a stored event, and was kept beside it. `provenance` null: kept before it was
 * noted. `differs`: each field of which the two say something else, as JSON; absent on one side: undefined there.
 */
export type ConflictView = {
  at: number;
  provenance: Provenance | null;
  differs: { field: string; stored?: string; came?: string }[];
};

export const EVENT_STATES = ["received", "deferred", "decided", "dead", "dead_lettered"] as const;

export type EventState = (typeof EVENT_STATES)[number];

/** The answer of `GET /v1/events/{id}` and of `countersign trace`: everything from the webhook to the provider. */
export type Trace = {
  id: string;
  /** none, succeeded, declined, skipped, case_open, case_closed, denied, superseded or dead_lettered; any other state is not terminal. */
  state: EventState | ActionState | "none";
  terminal: boolean;
  event: EventView;
  fact: { key: string; eventId: string; decidedAt: number; decision: Decision } | null;
  action: ActionView | null;
  /** What came under the event's id with another content and was kept, oldest first. Absent where nothing did. */
  conflicts?: ConflictView[];
};

export type LedgerTotals = {
  accepted: number;
  /** Deliveries of events that were accepted before. */
  duplicates: number;
  conflicts: number;
  /** Events and actions that are not over. */
  waiting: { events: number; actions: number };
  actions: { kind: string; state: string; currency: string | null; count: number; amountMinor: number }[];
  none: number;
  deadLetteredEvents: number;
  /** The shard that has used the largest share of what it can store, 0 to 1. Null where none has said. */
  fullestShard: { index: number; share: number } | null;
};

/** The answer of `GET /api/totals`. `openCases` null: D1 did not answer. */
export type Totals = LedgerTotals & GateTotals & { openCases: OpenCases | null };

/** One shard's part of the totals. Buckets are `event:<what>` and `action:<kind>:<state>:<currency>`. */
export type ShardTotals = {
  waiting: { events: number; actions: number };
  buckets: { bucket: string; count: number; amount: number }[];
  /** Of what it can store, 0 to 1. */
  share: number;
};

export type RecentFilter = { limit: number };

export type RecentEvent = {
  id: string;
  type: string;
  state: EventState;
  outcome: EventOutcome | null;
  acceptedAt: number;
};

export type RowRef = { kind: "event"; id: string } | { kind: "action"; id: string; subject: string };

export type DeadRow = {
  failure: Failure | null;
  failures: number;
  firstAt: number;
  lastAt: number;
  deaths: number;
  /** Where its doorbell belongs. */
  queue: QueueName;
  /** It was given up. */
  dead: boolean;
  /** The pump has rung for it STUCK_RINGS times and it has not moved. */
  stuck: boolean;
};

/**
 * opening  its case is to be opened
 * open     its case is open. It is looked at once a day, so that a case that D1 has lost is there again
 * closing  the row has had news: its case is to be closed. After that there is no notice any more.
 */
export const NOTICE_STATES = ["opening", "open", "closing"] as const;

export type NoticeState = (typeof NOTICE_STATES)[number];

/**
 * That a row has had no news since `since`, for longer than policy's patience, and goes on. `at`: when that was found. `why`:
 * for people, and always the same for one `at`.
 */
export type NoticeView = { state: NoticeState; at: number; since: number; why: string } & (
  | { event: EventView; action: null }
  | { event: null; action: ActionView }
);
