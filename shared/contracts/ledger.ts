import type { Action, ActionState, CallEvidence, Grant, Outcome } from "./action.ts";
import type { ActionKind } from "./actions.ts";
import type { Decision, EventOutcome, StandingDecision } from "./decision.ts";
import type { PaymentEvent } from "./event.ts";
import type { Disposition, Failure } from "./failure.ts";
import type { GateTotals, HoldRef } from "./gate.ts";
import type { QueueName } from "./queues.ts";

/** The ledger's calls. Each takes and answers lists, so that a batch costs one call a shard. */

export type AcceptItem = { event: PaymentEvent; raw: string };
/** `unavailable`: its shard did not answer; nothing is stored, the sender may send it again. */
/** `noted`: accepted, and its rule asked for nothing, so it is decided already and no bell is rung for it. */
export type Acceptance = "accepted" | "noted" | "duplicate" | "conflict" | "unavailable";

export type ClaimedEvent = { event: PaymentEvent; failures: number; acceptedAt: number };

export type Stand = { factKey: string; eventId: string; decision: Decision };

/** How an action row begins its life. `caseReason` set: a person's. `notBefore` set: not yet. */
/** `causedAt`: when the event that asks for it was accepted, which may be long before it is put; null: just now. */
export type NewAction = {
  action: Action;
  eventId: string;
  causedAt: number | null;
  grant: Grant | null;
  notBefore: number | null;
  caseReason: string | null;
};

export type EventClosing = { id: string; outcome: EventOutcome; factKey: string | null };

export type ActionRef = { id: string; subject: string };

/** The hold that the gate named when this action was last asked for, and since when it waits because of it. */
export type HeldNote = HoldRef & { reason: string; since: number };
/** `fence`: of whoever learned it under a lease, which is given back; nothing was sent. */
export type HeldAction = ActionRef & { hold: HoldRef; reason: string; fence: number | null };

/**
 * What an event says of an action of ours, in the words of whoever sent it. `refund`: the provider's id of the refund that
 * it is about; null where the event does not name one.
 */
export type ActionReport = { ref: ActionRef; says: "failed" | "done" | "pending"; refund: string | null };
export type RecheckAnswer =
  /** No such row, or its effect at the provider is another one. */
  | { kind: "not_ours" }
  /** The row waits to be read: ring its executor. */
  | { kind: "due"; actionKind: ActionKind }
  /** It changes nothing there, or its executor is at it and will read once more. */
  | { kind: "as_it_is"; state: ActionState };

export type BeginAnswer =
  /**
   * `keySpent`: the provider replays a stored error under this key, so only a read is of use. `readOnly`: it was begun
   * because an event reported on it, which is a reason to read and none to send. `providerObject`: what the provider has
   * named as its effect before; null while it has not.
   */
  | {
      kind: "granted";
      fence: number;
      key: string;
      keySpent: boolean;
      readOnly: boolean;
      providerObject: string | null;
      grant: Grant;
      leaseEndsAt: number;
      action: Action;
      attempt: number;
    }
  | { kind: "in_flight" }
  | { kind: "done"; state: ActionState }
  | { kind: "not_yet"; notBefore: number }
  | { kind: "missing" };

export type Settling = { ref: ActionRef; fence: number; outcome: Outcome };
export type SettleAnswer = { kind: "settled"; state: ActionState } | { kind: "stale_fence" } | { kind: "missing" };

export type FailAnswer = { disposition: Disposition; delaySeconds: number };

/** Everything that the ledger tells of one action, for traces, cases and grants. */
export type ActionView = {
  action: Action;
  eventId: string;
  state: ActionState;
  grant: Grant | null;
  attempts: number;
  failures: number;
  notBefore: number | null;
  caseReason: string | null;
  /** Set while a hold keeps it from being executed. */
  held: HeldNote | null;
  failure: Failure | null;
  outcome: Outcome | null;
  createdAt: number;
  updatedAt: number;
  history: HistoryEntry[];
};

/** One line of a row's story, oldest first. `what` is a word a person can search for. */
export type HistoryEntry = { at: number; what: string; detail?: string };

export type EventView = {
  event: PaymentEvent;
  state: EventState;
  outcome: EventOutcome | null;
  failure: Failure | null;
  failures: number;
  acceptedAt: number;
  decidedAt: number | null;
  factKey: string | null;
  conflicts: number;
  history: HistoryEntry[];
};

export const EVENT_STATES = ["received", "deferred", "decided", "dead", "dead_lettered"] as const;
export type EventState = (typeof EVENT_STATES)[number];

/** The answer of `GET /v1/events/{id}`, and of `countersign trace`: the whole walk from the webhook to the provider. */
export type Trace = {
  id: string;
  /** none, succeeded, declined, skipped, case_open, dead_lettered; or a state that is still on its way. */
  state: EventState | ActionState | "none";
  terminal: boolean;
  event: EventView;
  fact: { key: string; eventId: string; decidedAt: number; decision: Decision } | null;
  action: ActionView | null;
};

export type LedgerTotals = {
  accepted: number;
  /** Deliveries of what was accepted already. */
  duplicates: number;
  conflicts: number;
  /** Events and actions that are on their way. */
  waiting: { events: number; actions: number };
  actions: { kind: string; state: string; currency: string | null; count: number; amountMinor: number }[];
  none: number;
  deadLetteredEvents: number;
};

/** The answer of `GET /api/totals`. */
export type Totals = LedgerTotals & GateTotals;

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
  /** Given up already; otherwise it is still on its way. */
  dead: boolean;
  /** It waits, was rung for again and again, and nothing has come of it: see STUCK_RINGS. */
  stuck: boolean;
};

export interface Ledger {
  accept(items: AcceptItem[]): Promise<Acceptance[]>;
  claim(ids: string[]): Promise<ClaimedEvent[]>;
  standing(factKeys: string[]): Promise<Map<string, StandingDecision>>;
  /** The first writer of a fact stands: null where that is what was given, else the decision that does. */
  stand(items: Stand[]): Promise<(StandingDecision | null)[]>;
  /** Idempotent; answers the state in which each row stands now. */
  putActions(items: NewAction[]): Promise<ActionState[]>;
  close(items: EventClosing[]): Promise<void>;
  failEvent(id: string, failure: Failure): Promise<FailAnswer>;
  begin(refs: ActionRef[]): Promise<BeginAnswer[]>;
  /** Events report on these actions: what may have changed at the provider is to be read again. Nothing is believed. */
  recheck(reports: ActionReport[]): Promise<RecheckAnswer[]>;
  settle(ref: ActionRef, fence: number, outcome: Outcome): Promise<SettleAnswer>;
  failAction(ref: ActionRef, fence: number | null, failure: Failure, evidence?: CallEvidence): Promise<FailAnswer>;
  /** The executor met a grant that is authentic but no longer good: the action waits for a new one. */
  requestGrant(ref: ActionRef, fence: number, why: string): Promise<void>;
  regrant(ref: ActionRef, grant: Grant): Promise<void>;
  /** The guardrails refused to grant a waiting action again. */
  openCase(ref: ActionRef, reason: string): Promise<void>;
  actions(refs: ActionRef[]): Promise<(ActionView | null)[]>;
  /** All actions of one subject, for the guardrails and for people. */
  actionsOf(subject: string): Promise<ActionView[]>;
  caseOpened(refs: ActionRef[]): Promise<void>;
  /** The gate holds them back: they say so in their traces, and wait for the hold to be lifted. Written on change only. */
  held(items: HeldAction[]): Promise<void>;
  /** The hold is lifted: what waited because of it is due now, in every shard. Answers how many; safe to repeat. */
  wake(hold: HoldRef): Promise<number>;
  deadRow(row: RowRef): Promise<DeadRow | null>;
  /** Confirms that the dead letter is in D1. */
  deadLettered(row: RowRef): Promise<void>;
  /** Puts a dead row back on its way; the same nonce twice is once. */
  redrive(row: RowRef, nonce: string): Promise<"redriven" | "already" | "not_dead" | "missing">;
  trace(id: string): Promise<Trace | null>;
  recent(filter: RecentFilter): Promise<RecentEvent[]>;
  totals(): Promise<LedgerTotals>;
}
