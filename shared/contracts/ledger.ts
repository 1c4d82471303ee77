import type { FactRowKey, Subject } from "../core/ids.ts";
import type { Action, ActionState, CallEvidence, CaseStanding, Grant, Outcome } from "./action.ts";
import type { ActionKind } from "./actions.ts";
import type {
  ApprovalRefusal,
  ApproveAnswer,
  Approving,
  GivenApproval,
  RefusedAnswer,
  SupersedeAnswer,
} from "./approving.ts";
import { type AnswerOf, type ArgsOf, all, answers, each, type Nothing, one, type ShardSide, takes } from "./calls.ts";
import type { ApprovedBy, CaseDecision, CaseDecisionAnswer } from "./case-decision.ts";
import type { CaseSeen } from "./case-seen.ts";
import type { Decision, EventOutcome, RecordedDecision } from "./decision.ts";
import type { PaymentEvent } from "./event.ts";
import type { Disposition, Failure } from "./failure.ts";
import type { FindPosition, FindQuery, Found, ShardFound } from "./find.ts";
import type { HoldRef } from "./gate.ts";
import type { DuplicateNumbers, PolicyDocument } from "./policy.ts";
import type { Recorded, RecordedPage, RecordedPosition, RecordedQuery } from "./recorded.ts";
import { keyOfRedaction, type RedactAnswer } from "./redact.ts";
import type { CaseAbout } from "./rules.ts";
import type {
  ActionRef,
  ActionView,
  ConflictView,
  DeadRow,
  EventView,
  LedgerTotals,
  NoticeState,
  NoticeView,
  Provenance,
  RecentEvent,
  RecentFilter,
  RowRef,
  ShardTotals,
  Trace,
} from "./views.ts";
import type { Waiting, WaitingPart, WaitingQuery } from "./waiting.ts";

export type {
  ApprovalRefusal,
  ApproveAnswer,
  Approving,
  GivenApproval,
  NotApproved,
  RefusedAnswer,
  SupersedeAnswer,
} from "./approving.ts";

/** The arguments and answers of the ledger's calls. The calls are in LEDGER_CALLS below. */

/** An event as a door has read it, with the bytes that came. */
export type ReceivedEvent = { event: PaymentEvent; raw: string };
/** `contentHashes`: what people wrote, hashed with each key that ingest has; the event has the first. */
export type AcceptItem = ReceivedEvent & { provenance: Provenance; contentHashes?: readonly string[] };
/**
 * `unavailable`: the shard did not answer and stored nothing; the sender may send the event again.
 * `noted`: accepted and already decided, because a rule found nothing to do; no doorbell is sent (docs/decisions/0011).
 */
export type Acceptance = "accepted" | "noted" | "duplicate" | "conflict" | "unavailable";
/**
 * A signed and a keyed event have one id and differ (docs/decisions/0032). `beside`: the stored one is keyed and the given one
 * is signed; nothing is stored yet, and the door accepts it under `signedIdOf(id)`. `conflict`: the other way round; the given
 * one is kept as a conflict. `report`: the event that tells a person of it, which the door accepts too; null: what both say
 * is the same.
 */
export type Contested = { kind: "beside"; report: PaymentEvent | null } | { kind: "conflict"; report: PaymentEvent };
export type AcceptAnswer = Acceptance | Contested;

/**
 * A caller's idempotency key. `occurredAt` is used if the claim makes a new event. `newest`: the newest event under the
 * key, where the ledger has asked for it.
 */
export type KeyClaim = {
  key: string;
  occurredAt: number;
  newest: { n: number; occurredAt: number; acceptedAt: number } | null;
};
export type KeyAnswer =
  | { kind: "event"; id: string; occurredAt: number; isNew: boolean }
  /** The key has events but no key row yet: claim it again and state the newest event. */
  | { kind: "newest_unknown" };

export type ClaimedEvent = { event: PaymentEvent; failures: number; acceptedAt: number };

/** `grant`: what was signed for its action; null for cases and `none`. */
export type NewDecision = { factRowKey: FactRowKey; eventId: string; decision: Decision; grant: Grant | null };

/**
 * The input of a new action row. With a `caseReason` it becomes a case about `caseAbout`; with a `notBefore` it waits.
 * Without a grant it waits for the classifier, which signs nothing that was not signed before.
 * `causedAt`: when the event that asks for it was accepted, which may be much earlier; null: now.
 */
export type NewAction = {
  action: Action;
  eventId: string;
  causedAt: number | null;
  grant: Grant | null;
  notBefore: number | null;
  caseReason: string | null;
  caseAbout: CaseAbout | null;
  /** For duplicates. Absent in the call of an earlier version: then whatever its subject has is near, at any age. */
  numbers?: DuplicateNumbers;
  /** Of a case about a fact that has a course. */
  caseStanding?: CaseStanding | null;
  /** Of a case: what was read at the provider. */
  caseSeen?: CaseSeen | null;
  /** The approval behind its grant, where a person has approved another target. Its overrides hold for duplicates too. */
  approved?: ApprovedBy & { names?: readonly string[] };
  /** The rounds that its case has had on that other target: they go on here. */
  caseRound?: number;
};

export type EventClosing = { id: string; outcome: EventOutcome; factRowKey: FactRowKey | null };

/** `fence`: of an executor that met the hold under its lease. The lease is given back; nothing was sent. */
export type HeldAction = ActionRef & { hold: HoldRef; reason: string; fence: number | null };

/**
 * What an event says about an action of ours. It is unverified. `refund`: the provider's id of the refund that the event
 * is about; null where it names none.
 */
export type ActionReport = { ref: ActionRef; says: "failed" | "done" | "pending"; refund: string | null };
export type RecheckAnswer =
  /** There is no such row, or the provider has named another effect for it. */
  | { kind: "not_ours" }
  /** The row is due for a read: ring its executor. */
  | { kind: "due"; actionKind: ActionKind }
  /** The report changes nothing, or the row's executor is running and will read once more. */
  | { kind: "as_it_is"; state: ActionState };

export type BeginAnswer =
  /**
   * `keySpent`: the provider replays a stored error under this key, so the executor only reads. `readOnly`: an event
   * reported on the action, which is a reason to read and no reason to send. `providerObject`: the effect that the
   * provider has named before, or null. `mayHaveActedSince`: the earliest time, in epoch milliseconds, at which a call may
   * have had an effect that nobody has read; null where none may have.
   */
  | {
      kind: "granted";
      fence: number;
      key: string;
      keySpent: boolean;
      readOnly: boolean;
      providerObject: string | null;
      mayHaveActedSince: number | null;
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

/** `notBefore`: as in the grant's claims. */
export type Regranting = { ref: ActionRef; grant: Grant; notBefore: number | null };

/** How the matter of this case stands now. An older standing than the row has changes nothing. */
export type CaseNews = { ref: ActionRef; standing: CaseStanding };
/** The case is in D1 as it stood then; null: it has no standing. */
export type CaseKept = ActionRef & { standingAt?: number | null };

/** A publication's section, for shards to keep. `n`: of the publication; an older one changes nothing. */
export type Handling = { n: number; handling: PolicyDocument["handling"] };

export type FailAnswer = { disposition: Disposition; delaySeconds: number };

/** The case of this notice is in D1 as its state wants it. */
export type KeptNotice = { row: RowRef; state: NoticeState; at: number };
/** `moved_on`: the notice is another one meanwhile, or none is left. What was written for it is out of date. */
export type NoticeKept = "kept" | "moved_on";
export type RedriveAnswer = "redriven" | "already" | "not_dead" | "missing";

const itself = (key: string): string => key;
const subjectOf = ({ subject }: ActionRef): string => subject;
const keyOfRow = (row: RowRef): string => (row.kind === "event" ? row.id : row.subject);

/** Every call of the ledger. The client, the RPC and the Durable Object are derived from this table. */
export const LEDGER_CALLS = {
  accept: each("grouped", ({ event }: AcceptItem) => event.id, answers<AcceptAnswer>({ whenAway: "unavailable" })),
  /** Answers the event under which a request is to be accepted. Two concurrent first sends get the same event. */
  claimKey: one("write", ({ key }: KeyClaim) => key, answers<KeyAnswer>()),
  /** Null: the event does not wait for a decision, or another classifier has claimed it. */
  claim: each("memory", itself, answers<ClaimedEvent | null>()),
  decisionsOf: each("read", itself, answers<RecordedDecision | null>()),
  /** The first recorded decision of a fact is final, with its grant. Null: the given one is recorded; otherwise the one that was recorded before. */
  recordDecisions: each("write", ({ factRowKey }: NewDecision) => factRowKey, answers<RecordedDecision | null>()),
  /** Idempotent; answers the state of each row. */
  putActions: each("write", ({ action }: NewAction) => action.subject, answers<ActionState>()),
  close: each("write", ({ id }: EventClosing) => id),
  failEvent: one("write", (id: string, _failure: Failure) => id, answers<FailAnswer>()),
  begin: each("write", subjectOf, answers<BeginAnswer>()),
  /** Events report on these actions: the provider is to be read again. The reports prove nothing: docs/decisions/0013. */
  recheck: each("write", ({ ref }: ActionReport) => ref.subject, answers<RecheckAnswer>()),
  settle: each("write", ({ ref }: Settling) => ref.subject, answers<SettleAnswer>()),
  failAction: one(
    "write",
    ({ subject }: ActionRef, _fence: number | null, _failure: Failure, _evidence?: CallEvidence | null) => subject,
    answers<FailAnswer>(),
  ),
  /** The executor found an authentic grant that is no longer valid: the action waits for a new one. */
  requestGrant: one("write", ({ subject }: ActionRef, _fence: number, _why: string) => subject),
  regrant: each("write", ({ ref }: Regranting) => ref.subject),
  /** The classifier refused to grant a waiting action again. */
  openCase: one(
    "write",
    ({ subject }: ActionRef, _reason: string, _about: CaseAbout, _seen?: CaseSeen | null) => subject,
  ),
  /** Nothing is left to do for a next step that was not begun: it is skipped. */
  leave: one("write", ({ subject }: ActionRef, _reason: string) => subject),
  actions: each("read", subjectOf, answers<ActionView | null>()),
  /** All actions of one subject, for the guardrails and for people. */
  actionsOf: one("read", itself, answers<ActionView[]>()),
  /** Confirms that the case is in D1. Where the row has another standing by now, it goes there once more. */
  caseOpened: each("write", ({ subject }: CaseKept) => subject),
  /** Answers the row's state; null where there is no such row. A row in `case_opening` is to be rung for. */
  caseNews: each("write", ({ ref }: CaseNews) => ref.subject, answers<ActionState | null>()),
  /** A person decides. The same key of the same person gets the same answer. */
  decideCase: one("write", ({ subject }: ActionRef, _decision: CaseDecision) => subject, answers<CaseDecisionAnswer>()),
  /** An approval has passed the guardrails again: the action may be executed. The same approval gets the same answer. */
  approve: one("write", ({ subject }: ActionRef, _given: Approving) => subject, answers<ApproveAnswer>()),
  /** An approval names another target: this row is over, before the new one is put. Idempotent. */
  supersede: one(
    "write",
    ({ subject }: ActionRef, _approval: GivenApproval, _to: Subject) => subject,
    answers<SupersedeAnswer>(),
  ),
  /** The guardrails refuse what was approved: the case comes back. Idempotent. */
  approvalRefused: one(
    "write",
    ({ subject }: ActionRef, _approval: GivenApproval, _refusal: ApprovalRefusal) => subject,
    answers<RefusedAnswer>(),
  ),
  /** Answers the n that the shard has now. */
  handle: all("write", takes<Handling>(), answers<number>()),
  /** The retries of this customer's payments that are not over, at most WAITING_AT_ONCE of a shard. It reads waiting rows only. */
  waitingRetries: all("read", takes<string>(), answers<ActionView[]>()),
  /** What a person is to be told of these rows; null: nothing. */
  notices: each("read", keyOfRow, answers<NoticeView | null>()),
  noticeKept: each("write", ({ row }: KeptNotice) => keyOfRow(row), answers<NoticeKept>()),
  /** Whether the action is there, and nothing of its fact waits or is with a person: its texts may be removed. */
  isOver: each("read", subjectOf, answers<boolean>()),
  /** These actions are on hold: their rows say so and wait for the lift. Written on change only. */
  held: each("write", ({ subject }: HeldAction) => subject),
  /** Makes the rows due that waited for this hold's lift. At most WAKE_AT_ONCE rows a call; answers how many. */
  wake: all("write", takes<HoldRef>(), answers<number>()),
  /** The consumer has looked at these rows and writes nothing: they no longer take a place in the pump. */
  release: each("memory", keyOfRow),
  deadRow: one("read", keyOfRow, answers<DeadRow | null>()),
  /** Confirms that the dead letter is in D1. */
  deadLettered: one("write", keyOfRow),
  /** Takes a dead row up again. Idempotent for the same nonce. */
  redrive: one("write", (row: RowRef, _nonce: string) => keyOfRow(row), answers<RedriveAnswer>()),
  redact: each("write", keyOfRedaction, answers<RedactAnswer>()),
  /** What `redact` would answer. A call of its own: a shard of the version before must not take a look for the deed. */
  redactable: each("read", keyOfRedaction, answers<RedactAnswer>()),
  eventView: one("read", itself, answers<EventView | null>()),
  rawOf: one("read", itself, answers<string | null>()),
  /** The ids of rows that people have worked with, a page at a time. */
  recorded: all("read", takes<RecordedQuery>(), answers<RecordedPage>()),
  /** The rows that name a reference: a bounded amount of work a call, which says where it goes on. */
  find: all("read", takes<FindQuery>(), answers<ShardFound>()),
  conflictsOf: one("read", itself, answers<ConflictView[]>()),
  recent: all("read", takes<number>(), answers<RecentEvent[]>()),
  /** What is not over, in the order of dues; the pump's indexes are read, and a bounded number of rows. */
  waiting: all("read", takes<WaitingQuery>(), answers<WaitingPart>()),
  totals: all("read", takes<Nothing>(), answers<ShardTotals>()),
} as const;

export type LedgerCalls = typeof LEDGER_CALLS;
export type CallName = keyof LedgerCalls;
type NamesOf<Shape> = { [Name in CallName]: LedgerCalls[Name]["shape"] extends Shape ? Name : never }[CallName];

/** A shard's methods for the table. */
export type ShardCalls = { [Name in CallName]: ShardSide<LedgerCalls[Name]> };

/** The one method of a shard's Durable Object. `shards`: the caller's number of shards, which the shard checks. */
export type ShardRpc = {
  call<Name extends CallName>(
    shards: number,
    name: Name,
    args: ArgsOf<LedgerCalls[Name]>,
  ): Promise<AnswerOf<LedgerCalls[Name]>>;
};

/** The calls that go to the shards of their keys, as callers see them. */
export type RoutedCalls = {
  [Name in NamesOf<"each" | "one">]: (...args: ArgsOf<LedgerCalls[Name]>) => Promise<AnswerOf<LedgerCalls[Name]>>;
};

/** The ledger as its callers see it: the calls of the table, and those that are composed of several. */
export type Ledger = RoutedCalls & {
  /** Repeats `wake` in every shard until no row waits for this hold's lift. Answers how many; safe to repeat. */
  wake(hold: HoldRef): Promise<number>;
  /** Every shard keeps it. Answers the least n that one has now: this one's, or a later one's. Rejects where one is away. */
  handle(handling: Handling): Promise<number>;
  trace(id: string): Promise<Trace | null>;
  /** The page at this position, of one shard, and the position of the next; null: the first. */
  recorded(position: RecordedPosition | null): Promise<Recorded>;
  /**
   * The rows that name a reference, of all shards. Each shard that is not done is asked once: as long as `next` is not null
   * there may be more.
   */
  find(reference: string, limit: number, position: FindPosition | null): Promise<Found>;
  recent(filter: RecentFilter): Promise<RecentEvent[]>;
  totals(): Promise<LedgerTotals>;
  /** A page of what is not over in all shards, earliest due first. */
  waiting(query: WaitingQuery): Promise<Waiting>;
  /** Of all shards. */
  waitingRetries(customer: string): Promise<ActionView[]>;
};

/** The call of this name; throws for an unknown one. */
export function callNamed(name: string): LedgerCalls[CallName] {
  if (!Object.hasOwn(LEDGER_CALLS, name)) throw new Error(`the ledger has no call "${name}"`);
  return LEDGER_CALLS[name as CallName];
}
