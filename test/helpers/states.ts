import { ACTION_STATES, type ActionState, type CaseStanding, type Outcome } from "../../shared/contracts/action.ts";
import { proposalOf } from "../../shared/contracts/case-proposal.ts";
import type { Failure } from "../../shared/contracts/failure.ts";
import type { GivenApproval } from "../../shared/contracts/ledger.ts";
import { ABOUT_NOTHING } from "../../shared/contracts/rules.ts";
import { EVENT_STATES, type EventState } from "../../shared/contracts/views.ts";
import { newAction } from "../../shared/ledger/action/new.ts";
import type { ActionRow } from "../../shared/ledger/action/row.ts";
import { ringOfActionRow } from "../../workers/ledger/pump.ts";
import { storedActions } from "./rows.ts";
import { event, first, type OpenShard, openShard, refund, SETTINGS, START } from "./shard.ts";

/** Drives the ledger through every state and input, and tells what came of it: what docs/states.md says is held to this. */
export type Transition = { from: string; input: string; to: string };

const FAILS: Record<string, Failure["reason"]> = {
  "fails, to be tried again": "provider_rate_limited",
  "fails, a person must look": "guardrail",
  "fails for good": "queue_exhausted",
};
const EVENT_FAILS: Record<string, Failure["reason"]> = { ...FAILS, "fails, a person must look": "claude_refused" };

const eventRef = { kind: "event", id: "stripe:evt_1" } as const;
const eventInputs: Record<string, (open: OpenShard) => unknown> = {
  claimed: ({ shard, clock }) => shard.claim([eventRef.id], clock.now),
  decided: ({ shard, clock }) =>
    shard.close([{ id: eventRef.id, outcome: { kind: "none", reason: "" }, factRowKey: null }], clock.now),
  ...Object.fromEntries(
    Object.entries(EVENT_FAILS).map(([input, reason]) => [
      input,
      ({ shard, clock }: OpenShard) => shard.failEvent(eventRef.id, { reason, detail: "" }, clock.now),
    ]),
  ),
  "dead letter kept": ({ shard, clock }) => shard.deadLettered(eventRef, clock.now),
  redriven: ({ shard, clock }) => shard.redrive(eventRef, "n", clock.now),
  "rung by the pump": ({ shard, clock }) => shard.overdue(clock.now + 10 ** 9, 10),
};

const toEventState: Record<EventState, (open: OpenShard) => unknown> = {
  received: () => undefined,
  deferred: ({ shard, clock }) => shard.failEvent(eventRef.id, { reason: "claude_overloaded", detail: "" }, clock.now),
  decided: (open) => eventInputs.decided?.(open),
  dead: ({ shard, clock }) => shard.failEvent(eventRef.id, { reason: "queue_exhausted", detail: "" }, clock.now),
  dead_lettered: (open) => {
    toEventState.dead(open);
    eventInputs["dead letter kept"]?.(open);
  },
};

export function eventTransitions(): Transition[] {
  return EVENT_STATES.flatMap((from) =>
    Object.entries(eventInputs).flatMap(([input, act]) => {
      const open = openShard();
      open.accept(event());
      toEventState[from](open);
      act(open);
      const to = open.shard.eventView(eventRef.id)?.state ?? "gone";
      return to === from ? [] : [{ from, input, to }];
    }),
  );
}

const item = refund(1);
const ref = { kind: "action", id: item.action.id, subject: item.action.subject } as const;
const FENCE = 7;
const HOLD = { scope: "all", at: 1 } as const;
const LEASED = "in_flight, lease running";
const EXPIRED = "in_flight, lease over";
const EARLY = "scheduled, too early";
const DUE = "scheduled, time has come";
const WANTING = "scheduled, wants a grant";
const NEXT_STEP = "scheduled, wants the grant of a next step";

const pending: Outcome = { kind: "pending", providerObject: "re", amountMinor: 1, note: "", checkAfterMs: 1 };
const succeeded: Outcome = { kind: "succeeded", providerObject: "re", amountMinor: 1, note: "" };
const outcomes: Record<string, Outcome> = {
  "settled: succeeded": succeeded,
  "settled: declined": { kind: "declined", note: "", declineCode: null, next: null },
  "settled: skipped": { kind: "skipped", note: "" },
  "settled: pending": pending,
  "settled: unmeant": { kind: "unmeant", providerObject: "re", amountMinor: 2, note: "" },
  "settled: unknown": { kind: "unknown", note: "", evidence: { readNoEffectAt: null, storedErrorAt: null } },
};

/** Who may speak of a row: the holder of the lease while it runs, anybody otherwise. */
const fenceIn = (open: OpenShard): number | null => {
  const row = rowOf(open);
  return row.state === "in_flight" && (row.leaseEndsAt ?? 0) > open.clock.now ? FENCE : null;
};

const actionInputs: Record<string, (open: OpenShard) => unknown> = {
  begun: ({ shard, clock }) => shard.begin([ref], clock.now),
  ...Object.fromEntries(
    Object.entries(outcomes).map(([input, outcome]) => [
      input,
      ({ shard, clock }: OpenShard) => shard.settle([{ ref, fence: FENCE, outcome }], clock.now),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(FAILS).map(([input, reason]) => [
      input,
      (open: OpenShard) => open.shard.failAction(ref, fenceIn(open), { reason, detail: "" }, null, open.clock.now),
    ]),
  ),
  "an event says that it is done": ({ shard, clock }) =>
    shard.recheck([{ ref, says: "done", refund: "re" }], clock.now),
  "an event says that it has failed": ({ shard, clock }) =>
    shard.recheck([{ ref, says: "failed", refund: "re" }], clock.now),
  "grant no longer good": ({ shard, clock }) => shard.requestGrant(ref, FENCE, "", clock.now),
  "held by the gate": (open) =>
    open.shard.held([{ ...ref, hold: HOLD, reason: "stop", fence: fenceIn(open) }], open.clock.now),
  "hold lifted": ({ shard, clock }) => shard.wake(HOLD, clock.now),
  granted: ({ shard, clock }) => shard.regrant([{ ref, grant: OTHER, notBefore: null }], clock.now),
  "nothing left to do": ({ shard, clock }) => shard.leave(ref, "", clock.now),
  "grant refused": ({ shard, clock }) => shard.openCase(ref, "", ABOUT_NOTHING, null, clock.now),
  "case kept": (open) => open.shard.caseOpened([{ ...ref, standingAt: standingOf(open)?.at ?? null }], open.clock.now),
  "case kept as it stood before": ({ shard, clock }) =>
    shard.caseOpened([{ ...ref, standingAt: STANDING.at - 1 }], clock.now),
  "news of its matter": ({ shard, clock }) =>
    shard.caseNews([{ ref, standing: { ...STANDING, status: "later", at: STANDING.at + 1 } }], clock.now),
  "older news of its matter": ({ shard, clock }) =>
    shard.caseNews([{ ref, standing: { ...STANDING, status: "earlier", at: STANDING.at - 1 } }], clock.now),
  "a person denies it": (open) =>
    open.shard.decideCase(ref, { ...decisionIn(open), ...NO, kind: "deny" }, open.clock.now),
  "a person closes it": (open) =>
    open.shard.decideCase(ref, { ...decisionIn(open), ...NO, kind: "close" }, open.clock.now),
  "approved, as proposed": (open) => {
    const approval = approvalIn(open);
    const { action } = rowOf(open);
    open.shard.approve(ref, { approval, action, grant: OTHER, notBefore: null }, open.clock.now);
  },
  "approved, for another target": (open) => open.shard.supersede(ref, approvalIn(open), "pi_other", open.clock.now),
  "approval refused": (open) =>
    open.shard.approvalRefused(
      ref,
      approvalIn(open),
      { reason: "too late", about: ABOUT_NOTHING, seen: null },
      open.clock.now,
    ),
  "dead letter kept": ({ shard, clock }) => shard.deadLettered(ref, clock.now),
  redriven: ({ shard, clock }) => shard.redrive(ref, "n", clock.now),
  "rung by the pump": ({ shard, clock }) => shard.overdue(clock.now + 10 ** 9, 10),
};

const ANN = { id: "person_ann", name: "Ann" };
const NO = { code: "not_owed" };
const YES = { overrides: [], change: null, needs: 1, notWith: [], expiresAt: START + 10 ** 9 } as const;
const decisionIn = (open: OpenShard) => {
  const row = rowOf(open);
  return { key: "k", by: ANN, round: row.caseRound, proposal: proposalOf(row) };
};
function approvalIn(open: OpenShard): GivenApproval {
  const decision = decisionIn(open);
  open.shard.decideCase(ref, { ...decision, ...YES, kind: "approve" }, open.clock.now);
  const { round, proposal } = decision;
  const { overrides, change, expiresAt } = YES;
  return { id: "approval:1", round, proposal, overrides, change, expiresAt, approvers: [ANN] };
}

const STANDING: CaseStanding = { status: "open", dueAt: null, isOver: false, text: "a dispute", at: START };
const standingOf = (open: OpenShard): CaseStanding | null => rowOf(open).caseStanding ?? null;
const OTHER = { kid: "k", claims: "{}", signature: "" };

const rowOf = ({ sql }: OpenShard): ActionRow => first(storedActions(sql));

/** A row as it is in a state, whatever brought it there. */
function rowIn(state: ActionState, changes: Partial<ActionRow> = {}): ActionRow {
  const isCase = state === "case_opening" || state === "case_open" || state === "case_closed";
  return {
    ...newAction(item, START, SETTINGS),
    state,
    fence: FENCE,
    attempts: 1,
    due: START + 1,
    grant: isCase ? null : item.grant,
    grantWanted: state === "scheduled" ? "renewal" : null,
    notBefore: state === "scheduled" ? START : null,
    caseReason: isCase ? "a person's" : null,
    caseRound: isCase ? 1 : 0,
    caseStanding: isCase ? { ...STANDING, isOver: state === "case_closed" } : null,
    leaseEndsAt: state === "in_flight" ? START + 1_000 : null,
    uncertain: state === "unknown",
    outcome: state === "pending" ? pending : state === "succeeded" ? succeeded : null,
    ...changes,
  };
}

function insert({ sql }: OpenShard, row: ActionRow): void {
  sql.exec(
    "INSERT INTO action (id, subject, due, row) VALUES (?, ?, ?, ?)",
    row.id,
    row.subject,
    row.due,
    JSON.stringify(row),
  );
}

const BY_STATE: Partial<Record<ActionState, [string, ActionRow][]>> = {
  scheduled: [
    [EARLY, rowIn("scheduled", { grantWanted: null, notBefore: START + 10 ** 9, attempts: 0 })],
    [DUE, rowIn("scheduled", { grantWanted: null, attempts: 0 })],
    [WANTING, rowIn("scheduled")],
    [NEXT_STEP, rowIn("scheduled", { grantWanted: "next_step", attempts: 0 })],
  ],
  case_opening: [
    ["case_opening", rowIn("case_opening")],
    ["case_opening, its matter over", rowIn("case_opening", { caseStanding: { ...STANDING, isOver: true } })],
  ],
  case_open: [
    ["case_open", rowIn("case_open")],
    ["case_open, never begun", rowIn("case_open", { attempts: 0 })],
    ["case_open, in doubt", rowIn("case_open", { uncertain: true, caseStanding: { ...STANDING, at: START - 1 } })],
  ],
  in_flight: [
    [LEASED, rowIn("in_flight")],
    [EXPIRED, rowIn("in_flight", { leaseEndsAt: START - 1 })],
  ],
};
const rows = ACTION_STATES.flatMap((state): [string, ActionRow][] => BY_STATE[state] ?? [[state, rowIn(state)]]);

export function actionTransitions(): Transition[] {
  return rows.flatMap(([from, row]) =>
    Object.entries(actionInputs).flatMap(([input, act]) => {
      const open = openShard();
      insert(open, row);
      act(open);
      const after = rowOf(open);
      const to = after.state === "in_flight" && (after.leaseEndsAt ?? 0) > open.clock.now ? LEASED : after.state;
      const before = from === LEASED ? LEASED : (from.split(",")[0] ?? from);
      return to === before ? [] : [{ from, input, to }];
    }),
  );
}

/** Where a row waits again after a failure or a redrive, by what is known of it, and which queue is rung for it then. */
export function waitingPlaces(): { known: string; state: string; queue: string }[] {
  const kinds: [string, Partial<ActionRow>][] = [
    ["a person must decide", { caseReason: "a person's", uncertain: true, grantWanted: "renewal" }],
    ["it has no grant", { grant: null, grantWanted: "first" }],
    ["it wants a new grant", { grantWanted: "renewal" }],
    ["it wants a new grant, and a call that nobody has read", { grantWanted: "renewal", uncertain: true }],
    ["a good grant, whose time has not come", { notBefore: START + 10 ** 9 }],
    ["a good grant, and a call that nobody has read", { uncertain: true }],
    ["a good grant, and the provider said pending", { outcome: pending }],
    ["a good grant, and the provider said succeeded", { outcome: succeeded }],
    ["a good grant, nothing in doubt", {}],
  ];
  return kinds.map(([known, changes]) => {
    const open = openShard();
    insert(open, rowIn("dead", changes));
    open.shard.redrive(ref, "n", open.clock.now);
    return { known, state: rowOf(open).state, queue: ringOfActionRow(rowOf(open), "n").queue };
  });
}
