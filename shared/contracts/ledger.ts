import type { FactRowKey } from "../core/ids.ts";
import type { Action, ActionState, CallEvidence, Grant, Outcome } from "./action.ts";
import type { ActionKind } from "./actions.ts";
import { type AnswerOf, type ArgsOf, all, answers, each, type Nothing, one, type ShardSide, takes } from "./calls.ts";
import type { Decision, EventOutcome, RecordedDecision } from "./decision.ts";
import type { PaymentEvent } from "./event.ts";
import type { Disposition, Failure } from "./failure.ts";
import type { GateTotals, HoldRef } from "./gate.ts";
import type { QueueName } from "./queues.ts";
import type { CaseAbout } from "./rules.ts";

/** What the ledger's calls take and answer. The calls themselves stand below, in one table. */

export type AcceptItem = { event: PaymentEvent; raw: string };
/** `unavailable`: its shard did not answer; nothing is stored, the sender may send it again. */
/** `noted`: accepted, and its rule asked for nothing, so it is decided already and no bell is rung for it. */
export type Acceptance = "accepted" | "noted" | "duplicate" | "conflict" | "unavailable";

/**
 * What a caller sent, by its key; `occurredAt` is for its event, should that be a new one. `newest`: the newest event under
 * the key, where the ledger has asked for it.
 */
export type KeyClaim = {
  key: string;
  occurredAt: number;
  newest: { n: number; occurredAt: number; acceptedAt: number } | null;
};
export type KeyAnswer =
  | { kind: "event"; id: string; occurredAt: number; isNew: boolean }
  /** Its events are older than key rows: claim it again with the newest of them. */
  | { kind: "newest_unknown" };

export type ClaimedEvent = { event: PaymentEvent; failures: number; acceptedAt: number };

export type NewDecision = { factRowKey: FactRowKey; eventId: string; decision: Decision };

/** How an action row begins its life. `caseReason` set: a person's, about `caseAbout`. `notBefore` set: not yet. */
/** `causedAt`: when the event that asks for it was accepted, which may be long before it is put; null: just now. */
export type NewAction = {
  action: Action;
  eventId: string;
  causedAt: number | null;
  grant: Grant | null;
  notBefore: number | null;
  caseReason: string | null;
  caseAbout: CaseAbout | null;
};

export type EventClosing = { id: string; outcome: EventOutcome; factRowKey: FactRowKey | null };

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

export type Regranting = { ref: ActionRef; grant: Grant };

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
  caseAbout: CaseAbout | null;
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
  factRowKey: FactRowKey | null;
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

/** One shard's part of the totals. Buckets are `event:<what>` and `action:<kind>:<state>:<currency>`. */
export type ShardTotals = {
  waiting: { events: number; actions: number };
  buckets: { bucket: string; count: number; amount: number }[];
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
  /** Given up already; otherwise it is still on its way. */
  dead: boolean;
  /** It waits, was rung for again and again, and nothing has come of it: see STUCK_RINGS. */
  stuck: boolean;
};

export type RedriveAnswer = "redriven" | "already" | "not_dead" | "missing";

const itself = (key: string): string => key;
const subjectOf = ({ subject }: ActionRef): string => subject;
const keyOfRow = (row: RowRef): string => (row.kind === "event" ? row.id : row.subject);

/** Every call of the ledger. The client, the RPC and the Durable Object follow from this table. */
export const LEDGER_CALLS = {
  accept: each("grouped", ({ event }: AcceptItem) => event.id, answers<Acceptance>({ whenAway: "unavailable" })),
  /** Under which event a request is to be accepted; two first sends of one get the same answer. */
  claimKey: one("write", ({ key }: KeyClaim) => key, answers<KeyAnswer>()),
  /** Null: it waits for nobody, or another classifier has it. */
  claim: each("memory", itself, answers<ClaimedEvent | null>()),
  decisionsOf: each("read", itself, answers<RecordedDecision | null>()),
  /** The first writer's decision of a fact holds: null where that is the given one, else the one that holds. */
  recordDecisions: each("write", ({ factRowKey }: NewDecision) => factRowKey, answers<RecordedDecision | null>()),
  /** Idempotent; answers the state of each row. */
  putActions: each("write", ({ action }: NewAction) => action.subject, answers<ActionState>()),
  close: each("write", ({ id }: EventClosing) => id),
  failEvent: one("write", (id: string, _failure: Failure) => id, answers<FailAnswer>()),
  begin: each("write", subjectOf, answers<BeginAnswer>()),
  /** Events report on these actions: what may have changed at the provider is to be read again. Nothing is believed. */
  recheck: each("write", ({ ref }: ActionReport) => ref.subject, answers<RecheckAnswer>()),
  settle: each("write", ({ ref }: Settling) => ref.subject, answers<SettleAnswer>()),
  failAction: one(
    "write",
    ({ subject }: ActionRef, _fence: number | null, _failure: Failure, _evidence?: CallEvidence | null) => subject,
    answers<FailAnswer>(),
  ),
  /** The executor met a grant that is authentic but no longer good: the action waits for a new one. */
  requestGrant: one("write", ({ subject }: ActionRef, _fence: number, _why: string) => subject),
  regrant: each("write", ({ ref }: Regranting) => ref.subject),
  /** The guardrails refused to grant a waiting action again. */
  openCase: one("write", ({ subject }: ActionRef, _reason: string, _about: CaseAbout) => subject),
  actions: each("read", subjectOf, answers<ActionView | null>()),
  /** All actions of one subject, for the guardrails and for people. */
  actionsOf: one("read", itself, answers<ActionView[]>()),
  caseOpened: each("write", subjectOf),
  /** The gate holds them back: they say so in their traces, and wait for the hold to be lifted. Written on change only. */
  held: each("write", ({ subject }: HeldAction) => subject),
  /** What waited because of this hold is due now. At most WAKE_AT_ONCE rows a call; answers how many. */
  wake: all("write", takes<HoldRef>(), answers<number>()),
  /** Whoever was rung has looked, and has nothing to write: these rows keep the pump from ringing for others no longer. */
  release: each("memory", keyOfRow),
  deadRow: one("read", keyOfRow, answers<DeadRow | null>()),
  /** Confirms that the dead letter is in D1. */
  deadLettered: one("write", keyOfRow),
  /** Puts a dead row back on its way; the same nonce twice is once. */
  redrive: one("write", (row: RowRef, _nonce: string) => keyOfRow(row), answers<RedriveAnswer>()),
  eventView: one("read", itself, answers<EventView | null>()),
  rawOf: one("read", itself, answers<string | null>()),
  recent: all("read", takes<number>(), answers<RecentEvent[]>()),
  totals: all("read", takes<Nothing>(), answers<ShardTotals>()),
} as const;

export type LedgerCalls = typeof LEDGER_CALLS;
export type CallName = keyof LedgerCalls;
type NamesOf<Shape> = { [Name in CallName]: LedgerCalls[Name]["shape"] extends Shape ? Name : never }[CallName];

/** One shard's side of the table. */
export type ShardCalls = { [Name in CallName]: ShardSide<LedgerCalls[Name]> };

/** The one method of a shard's object. `shards`: into how many the caller divides the ledger. */
export type ShardRpc = {
  call<Name extends CallName>(
    shards: number,
    name: Name,
    args: ArgsOf<LedgerCalls[Name]>,
  ): Promise<AnswerOf<LedgerCalls[Name]>>;
};

/** The calls of one shard each, as callers make them. */
export type RoutedCalls = {
  [Name in NamesOf<"each" | "one">]: (...args: ArgsOf<LedgerCalls[Name]>) => Promise<AnswerOf<LedgerCalls[Name]>>;
};

/** The ledger as its callers see it: the calls of the table, and what is put together from several of them. */
export type Ledger = RoutedCalls & {
  /** Repeats `wake` until nothing waits because of this hold, in every shard. Answers how many; safe to repeat. */
  wake(hold: HoldRef): Promise<number>;
  trace(id: string): Promise<Trace | null>;
  recent(filter: RecentFilter): Promise<RecentEvent[]>;
  totals(): Promise<LedgerTotals>;
};

/** The call of this name; an unknown one is an error. */
export function callNamed(name: string): LedgerCalls[CallName] {
  if (!Object.hasOwn(LEDGER_CALLS, name)) throw new Error(`the ledger has no call "${name}"`);
  return LEDGER_CALLS[name as CallName];
}
