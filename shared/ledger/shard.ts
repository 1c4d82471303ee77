import type { Grant } from "../contracts/action.ts";
import { type ActionState, type CallEvidence, isTerminal, type Outcome } from "../contracts/action.ts";
import type { StandingDecision } from "../contracts/decision.ts";
import type { Failure } from "../contracts/failure.ts";
import type {
  Acceptance,
  AcceptItem,
  ActionRef,
  ActionView,
  BeginAnswer,
  ClaimedEvent,
  DeadRow,
  EventClosing,
  EventView,
  FailAnswer,
  NewAction,
  RecentEvent,
  RowRef,
  SettleAnswer,
  Stand,
} from "../contracts/ledger.ts";
import { providerKey } from "../core/ids.ts";
import { canonicalJson } from "../core/json.ts";
import type { ActionRow } from "./action.ts";
import * as actions from "./action.ts";
import type { EventRow } from "./event.ts";
import * as events from "./event.ts";
import { queueOfAction, queueOfEvent } from "./rings.ts";
import { CLAIM_MS, type LedgerSettings } from "./settings.ts";
import { migrate, type Sql } from "./sql.ts";
import { createStore } from "./store.ts";

/**
 * One shard of the ledger: the state machines of event.ts and action.ts over SQLite. Every method is synchronous, so
 * that in a Durable Object each call is one transaction. `now` is passed in.
 */
export function createShard(sql: Sql, settings: LedgerSettings) {
  migrate(sql);
  const store = createStore(sql);
  /** Saves a second Claude call when a message is delivered twice; lost on restart, and nothing depends on it. */
  const claimedUntilById = new Map<string, number>();
  /** Rung for by the pump and not yet claimed. */
  const unclaimed = new Set<string>();
  /** The newest events, for the people who watch; begins anew with the process. */
  const recentIds: string[] = [];

  function saveAction(before: ActionRow | null, after: ActionRow, now: number): void {
    if (before === null) store.insertAction(after);
    else store.updateAction(after);
    unclaimed.delete(after.id);
    if (before !== null && isTerminal(before.state)) countAction(before, -1, now);
    if (isTerminal(after.state)) countAction(after, 1, now);
  }

  function countAction(row: ActionRow, sign: 1 | -1, now: number): void {
    const { kind, currency } = row.action;
    const amount = amountMoved(row);
    store.count(`action:${kind}:${row.state}:${currency ?? ""}`, sign, sign * amount, now);
  }

  return {
    /** A deployment's number of shards is fixed for its life: rows would not be found again. */
    requireShards(shards: number): void {
      const stored = store.setting("shards");
      if (stored === null) store.insertSetting("shards", String(shards));
      else if (stored !== String(shards)) {
        throw new Error(`this ledger was created with LEDGER_SHARDS=${stored}; a call states ${shards}. Set it back.`);
      }
    },

    accept(items: AcceptItem[], now: number): Acceptance[] {
      const answers = items.map(({ event, raw }): Acceptance => {
        const body = store.eventBody(event.id);
        if (body === null) {
          store.insertEvent(events.acceptedEvent(event, now, settings), raw);
          recentIds.push(event.id);
          if (recentIds.length > RECENT_MAX) recentIds.shift();
          return "accepted";
        }
        if (body === canonicalJson(event)) return "duplicate";
        store.insertConflict(event, raw, now);
        const row = store.event(event.id);
        if (row) store.updateEvent({ ...row, conflicts: row.conflicts + 1 });
        return "conflict";
      });
      for (const answer of ["accepted", "conflict", "duplicate"] as const) {
        const count = answers.filter((given) => given === answer).length;
        if (count > 0) store.count(`event:${answer}`, count, 0, now);
      }
      return answers;
    },

    claim(ids: string[], now: number): ClaimedEvent[] {
      return ids.flatMap((id) => {
        unclaimed.delete(id);
        const row = store.event(id);
        if (row === null || !events.isClaimable(row) || (claimedUntilById.get(id) ?? 0) > now) return [];
        claimedUntilById.set(id, now + CLAIM_MS);
        return [{ event: row.event, failures: row.failures, acceptedAt: row.acceptedAt }];
      });
    },

    standing: (keys: string[]): (StandingDecision | null)[] => keys.map((key) => store.standing(key)),

    /** The first writer stands; everybody is told what stands. */
    stand(items: Stand[], now: number): StandingDecision[] {
      return items.map(({ factKey, eventId, decision }) => {
        const standing = store.standing(factKey);
        if (standing !== null) return standing;
        const fresh: StandingDecision = { factKey, eventId, decidedAt: now, decision };
        store.insertFact(fresh);
        return fresh;
      });
    },

    putActions(items: NewAction[], now: number): ActionState[] {
      return items.map((item) => {
        const standing = store.action(item.action.id);
        if (standing !== null) return standing.state;
        const row = actions.newAction(item, now, settings);
        const clash = item.caseReason === null ? actions.clashOf(item.action, store.actionsOf(row.subject), now) : null;
        const put = clash === null ? row : actions.clashed(row, clash, now, settings);
        saveAction(null, put, now);
        return put.state;
      });
    },

    close(items: EventClosing[], now: number): void {
      let none = 0;
      for (const { id, outcome, factKey } of items) {
        claimedUntilById.delete(id);
        unclaimed.delete(id);
        const row = store.event(id);
        if (row === null || row.state === "decided") continue;
        store.updateEvent(events.closed(row, outcome, factKey, now));
        if (outcome.kind === "none") none++;
      }
      if (none > 0) store.count("event:none", none, 0, now);
    },

    failEvent(id: string, failure: Failure, now: number): FailAnswer {
      claimedUntilById.delete(id);
      const row = store.event(id);
      if (row === null || !events.isClaimable(row)) return { disposition: "retry", delaySeconds: 1 };
      const failed = events.failedEvent(row, failure, now, settings);
      store.updateEvent(failed.row);
      return { disposition: failed.disposition, delaySeconds: toSeconds(failed.delayMs) };
    },

    begin(refs: ActionRef[], now: number): BeginAnswer[] {
      return refs.map(({ id }): BeginAnswer => {
        const row = store.action(id);
        if (row === null) return { kind: "missing" };
        unclaimed.delete(id);
        const others = store.actionsOf(row.subject).filter((other) => other.id !== id);
        const begun = actions.begin(row, others, now, settings);
        if (begun.kind === "done") return { kind: "done", state: row.state };
        if (begun.kind === "not_yet") return { kind: "not_yet", notBefore: row.notBefore ?? now };
        if (begun.row !== row) saveAction(row, begun.row, now);
        if (begun.kind === "in_flight") return { kind: "in_flight" };
        const { row: leased, key } = begun;
        if (leased.grant === null || leased.leaseEndsAt === null) throw new Error(`${id} was leased without a grant`);
        return {
          kind: "granted",
          fence: leased.fence,
          key: providerKey(id, key.generation),
          keySpent: key.spent,
          grant: leased.grant,
          leaseEndsAt: leased.leaseEndsAt,
          action: leased.action,
          attempt: leased.attempts,
        };
      });
    },

    settle({ id }: ActionRef, fence: number, outcome: Outcome, now: number): SettleAnswer {
      const row = store.action(id);
      if (row === null) return { kind: "missing" };
      if (!actions.holdsFence(row, fence)) return { kind: "stale_fence" };
      const after = actions.settled(row, outcome, now, settings);
      saveAction(row, after, now);
      if (outcome.kind === "declined" && outcome.next !== null && store.action(outcome.next.actionId) === null) {
        saveAction(null, actions.nextStepOf(after, outcome.next, now, settings), now);
      }
      return { kind: "settled", state: after.state };
    },

    failAction(
      { id }: ActionRef,
      fence: number | null,
      failure: Failure,
      evidence: CallEvidence | null,
      now: number,
    ): FailAnswer {
      const row = store.action(id);
      if (row === null || isTerminal(row.state) || !actions.mayFail(row, fence, now))
        return { disposition: "retry", delaySeconds: 1 };
      const doubted = actions.doubted(row, fence);
      const failed = actions.failedAction(actions.withEvidence(doubted, evidence), failure, now, settings);
      saveAction(row, failed.row, now);
      return { disposition: failed.disposition, delaySeconds: toSeconds(failed.delayMs) };
    },

    requestGrant({ id }: ActionRef, fence: number, why: string, now: number): void {
      const row = store.action(id);
      if (row !== null && actions.holdsFence(row, fence))
        saveAction(row, actions.grantRequested(row, why, now, settings), now);
    },

    regrant({ id }: ActionRef, grant: Grant, now: number): void {
      const row = store.action(id);
      if (row !== null) saveAction(row, actions.regranted(row, grant, now, settings), now);
    },

    /** The guardrails refused to grant it again: a person decides. */
    openCase({ id }: ActionRef, reason: string, now: number): void {
      const row = store.action(id);
      if (row !== null && row.state === "scheduled")
        saveAction(row, actions.caseOpening(row, reason, now, settings), now);
    },

    actions: (refs: ActionRef[]): (ActionView | null)[] =>
      refs.map(({ id }) => {
        const row = store.action(id);
        return row === null ? null : viewOfAction(row);
      }),
    actionsOf: (subject: string): ActionView[] => store.actionsOf(subject).map(viewOfAction),

    caseOpened(refs: ActionRef[], now: number): void {
      for (const { id } of refs) {
        const row = store.action(id);
        if (row !== null && row.state === "case_opening") saveAction(row, actions.caseOpened(row, now), now);
      }
    },

    deadRow(ref: RowRef): DeadRow | null {
      if (ref.kind === "event") {
        const row = store.event(ref.id);
        if (row === null) return null;
        const lastAt = row.history.at(-1)?.at ?? row.acceptedAt;
        return {
          ...deathOf(row),
          dead: row.state === "dead",
          queue: queueOfEvent(row),
          firstAt: row.acceptedAt,
          lastAt,
        };
      }
      const row = store.action(ref.id);
      if (row === null) return null;
      return {
        ...deathOf(row),
        dead: row.state === "dead",
        queue: queueOfAction(row),
        firstAt: row.createdAt,
        lastAt: row.updatedAt,
      };
    },

    deadLettered(ref: RowRef, now: number): void {
      if (ref.kind === "event") {
        const row = store.event(ref.id);
        if (row === null || row.state !== "dead") return;
        store.updateEvent(events.buriedEvent(row, now));
        store.count("event:dead_lettered", 1, 0, now);
        return;
      }
      const row = store.action(ref.id);
      if (row !== null && row.state === "dead") saveAction(row, actions.buriedAction(row, now), now);
    },

    redrive(ref: RowRef, nonce: string, now: number): "redriven" | "already" | "not_dead" | "missing" {
      const row = ref.kind === "event" ? store.event(ref.id) : store.action(ref.id);
      if (row === null) return "missing";
      if (row.redriveNonce === nonce) return "already";
      if (row.state !== "dead" && row.state !== "dead_lettered") return "not_dead";
      if (ref.kind === "event") {
        if (row.state === "dead_lettered") store.count("event:dead_lettered", -1, 0, now);
        store.updateEvent(events.redrivenEvent(row as EventRow, nonce, now, settings));
      } else {
        saveAction(row as ActionRow, actions.redrivenAction(row as ActionRow, nonce, now, settings), now);
      }
      return "redriven";
    },

    eventView(id: string): EventView | null {
      const row = store.event(id);
      return row === null ? null : viewOfEvent(row);
    },
    rawOf: store.rawOf,
    recent: (limit: number): RecentEvent[] =>
      recentIds.slice(-limit).flatMap((id) => {
        const row = store.event(id);
        return row === null
          ? []
          : [{ id, type: row.event.type, state: row.state, outcome: row.outcome, acceptedAt: row.acceptedAt }];
      }),
    totals: () => ({ waiting: store.waiting(), buckets: store.totals() }),

    /** The pump's half: what is overdue, at most as many as may be rung for, each with its next due already written. */
    overdue(now: number, limit: number): { events: EventRow[]; actions: ActionRow[] } {
      const mayRing = ({ id }: { id: string }): boolean => {
        if (!unclaimed.has(id) && unclaimed.size >= limit) return false;
        unclaimed.add(id);
        return true;
      };
      const dueActions = store.dueActions(now, limit).filter(mayRing);
      const dueEvents = store.dueEvents(now, limit).filter(mayRing);
      for (const row of dueEvents) store.updateEvent(events.rungEvent(row, now, settings));
      for (const row of dueActions) store.updateAction(actions.rungAction(row, now, settings));
      return { events: dueEvents, actions: dueActions };
    },
    earliestDue: store.earliestDue,
  };
}

const RECENT_MAX = 200;

export type Shard = ReturnType<typeof createShard>;

const toSeconds = (ms: number): number => Math.min(86_400, Math.max(0, Math.ceil(ms / 1000)));

const MOVED: readonly ActionState[] = ["succeeded", "pending"];

function amountMoved(row: ActionRow): number {
  if (!MOVED.includes(row.state)) return 0;
  const { outcome } = row;
  const moved = outcome?.kind === "succeeded" || outcome?.kind === "pending" ? outcome.amountMinor : null;
  return moved ?? row.action.amountMinor ?? 0;
}

const deathOf = (row: EventRow | ActionRow) => ({ failure: row.failure, failures: row.tries, deaths: row.deaths });

function viewOfAction(row: ActionRow): ActionView {
  const {
    action,
    eventId,
    state,
    grant,
    attempts,
    failures,
    notBefore,
    caseReason,
    failure,
    outcome,
    createdAt,
    updatedAt,
    history,
  } = row;
  return {
    action,
    eventId,
    state,
    grant,
    attempts,
    failures,
    notBefore,
    caseReason,
    failure,
    outcome,
    createdAt,
    updatedAt,
    history,
  };
}

function viewOfEvent(row: EventRow): EventView {
  const { event, state, outcome, failure, failures, acceptedAt, decidedAt, factKey, conflicts, history } = row;
  return { event, state, outcome, failure, failures, acceptedAt, decidedAt, factKey, conflicts, history };
}
