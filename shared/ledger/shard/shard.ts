import { type ActionState, isTerminal } from "../../contracts/action.ts";
import { ACTIONS } from "../../contracts/actions.ts";
import type { ShardCalls } from "../../contracts/ledger.ts";
import type { ActionRef } from "../../contracts/views.ts";
import { migrate } from "../../core/sql.ts";
import { actionCalls } from "../action/calls.ts";
import { decisionCalls } from "../action/decision-calls.ts";
import { holdCalls } from "../action/hold-calls.ts";
import type { ActionRow } from "../action/row.ts";
import { eventCalls } from "../event/calls.ts";
import type { EventRow } from "../event/row.ts";
import { createReferences } from "../find/index.ts";
import type { NamesIn } from "../find/references.ts";
import { noticeCalls } from "../notice/calls.ts";
import { followed, noticeWake, rungNotices } from "../notice/follow.ts";
import type { WaitingRow } from "../notice/patience.ts";
import { createNoticeStore } from "../notice/store.ts";
import { type LedgerSettings, RETENTION_DAYS, UNCLAIMED_RINGS_MAX } from "../settings.ts";
import { createChores, type Found } from "./chores.ts";
import type { ReadAgain, ShardContext } from "./context.ts";
import { deadCalls } from "./dead-calls.ts";
import { createFullness, type ShardSql } from "./fullness.ts";
import { createHandling } from "./handling.ts";
import { createPlaces } from "./places.ts";
import { createPump } from "./pump.ts";
import { recordedIn } from "./recorded.ts";
import { redactableIn, redactIn } from "./redact.ts";
import { choresOfRetention, isFactOver } from "./retention.ts";
import { MIGRATIONS } from "./schema.ts";
import { createStore } from "./store.ts";
import { waitingIn } from "./waiting.ts";

/**
 * One shard of the ledger: the state machines of event/ and action/ over SQLite. Every method is
 * synchronous, so that in a Durable Object each call is one transaction. `now` is passed in, and so are `readAgain` and
 * `namesIn`, since the ledger knows no provider.
 */
export function createShard(
  sql: ShardSql,
  given: LedgerSettings,
  readAgain: ReadAgain = () => null,
  namesIn: NamesIn = () => [],
) {
  migrate(sql, MIGRATIONS);
  const store = createStore(sql);
  const kept = createHandling(store);
  const settings: LedgerSettings = {
    ...given,
    get handling() {
      return kept.current() ?? given.handling;
    },
  };
  // A place that is given back while rows of its queue wait for one: the pump is due at once.
  const unclaimed = createPlaces(() => store.noteDue(0));
  const notices = createNoticeStore(sql, store.noteDue);
  const follow = <Row extends WaitingRow>(row: Row, now: number): Row => followed(row, now, notices, settings);
  const fullness = createFullness(sql, store);
  const retention = choresOfRetention(sql, store, settings.retentionDays ?? RETENTION_DAYS);
  const chores = createChores([...store.chores, ...retention], store);
  const references = createReferences(sql, store, namesIn);
  const pump = createPump(store, unclaimed, follow, settings);

  function saveAction(before: ActionRow | null, after: ActionRow, now: number): void {
    const row = follow(after, now);
    if (before === null) store.insertAction(row);
    else store.updateAction(row);
    unclaimed.delete(after.id);
    if (before !== null && isTerminal(before.state)) countAction(before, -1, now);
    if (isTerminal(after.state)) countAction(after, 1, now);
  }

  const saveEvent = (after: EventRow, now: number): void => store.updateEvent(follow(after, now));

  function countAction(row: ActionRow, sign: 1 | -1, now: number): void {
    const { kind, currency } = row.action;
    store.count(`action:${kind}:${row.state}:${currency ?? ""}`, sign, sign * amountMoved(row), now);
  }

  const overdue = (now: number, limit: number) => ({
    ...pump.overdue(now, limit),
    notices: rungNotices(notices, unclaimed, now, settings),
  });

  const context: ShardContext = { store, readAgain, notices, settings, unclaimed, saveAction, saveEvent };
  const calls: ShardCalls = {
    ...eventCalls(context),
    ...actionCalls(context),
    ...deadCalls(context),
    ...holdCalls(context),
    ...decisionCalls(context),
    ...noticeCalls(context),
    handle: (publication) => kept.keep(publication),
    release: (rows) => {
      for (const { id } of rows) unclaimed.delete(id);
    },
    redactable: (redactions) => redactions.map((one) => redactableIn(store, one)),
    redact: (redactions, now) => redactions.map((one) => redactIn(store, one, now)),
    isOver: (refs) => refs.map(({ id, subject }) => isFactOver(store.actionsOf(subject), id)),
    recorded: (query) => recordedIn(sql, store, query),
    find: references.find,
    waiting: (query) => waitingIn(store.tables, query),
    totals: () => ({ waiting: store.waiting(), buckets: store.totals(), share: fullness.share() }),
  };
  function forget(): void {
    store.forget();
    kept.forget();
    notices.forget();
    chores.forget();
    references.forget();
  }
  function doChore(found: Found, isOver: (ref: ActionRef) => boolean, now: number): void {
    if (references.isOwn(found)) found.take(isOver, now);
    else chores.take(found, isOver, now);
  }
  /** What a call has counted is written at its end. A call that throws leaves nothing in memory that is not on disk. */
  function whole<Args extends unknown[], Answer>(call: (...args: Args) => Answer): (...args: Args) => Answer {
    return (...args) => {
      try {
        const answer = call(...args);
        store.flush();
        return answer;
      } catch (error) {
        forget();
        throw error;
      }
    };
  }
  const wholeCalls = Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [name, whole(call as (...args: unknown[]) => unknown)]),
  ) as ShardCalls;
  return {
    ...wholeCalls,

    /** Throws where a caller states another number of shards than the stored one: rows would not be found again. */
    requireShards(shards: number): void {
      const stored = store.setting("shards");
      if (stored === null) store.insertSetting("shards", String(shards));
      else if (stored !== String(shards)) {
        throw new Error(`this ledger was created with LEDGER_SHARDS=${stored}; a call states ${shards}. Set it back.`);
      }
    },

    /** Null before the first call. */
    shards(): number | null {
      const stored = store.setting("shards");
      return stored === null ? null : Number(stored);
    },

    overdue: whole(overdue),
    nextWake: () => earlier(pump.nextWake(UNCLAIMED_RINGS_MAX), noticeWake(notices, unclaimed)),
    takeSoonestDue: store.takeSoonestDue,
    takeFullAlarm: fullness.takeAlarm,
    nextChoreAt: (now: number) => Math.min(chores.nextAt(now), references.nextAt()),
    lookForChore: (now: number) => chores.look(now) ?? references.look(now),
    doChore: whole(doChore),
    /** A transaction failed after its call: nothing of it is on disk. */
    forget,
  };
}

export type Shard = ReturnType<typeof createShard>;

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

const MOVED: readonly ActionState[] = ["succeeded", "pending"];

function amountMoved(row: ActionRow): number {
  if (!MOVED.includes(row.state) || !ACTIONS[row.action.kind].movesMoney) return 0;
  const { outcome } = row;
  const moved = outcome?.kind === "succeeded" || outcome?.kind === "pending" ? outcome.amountMinor : null;
  return moved ?? row.action.amountMinor ?? 0;
}
