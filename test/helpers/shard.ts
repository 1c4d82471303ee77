import { DatabaseSync } from "node:sqlite";
import type { Outcome } from "../../shared/contracts/action.ts";
import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { Failure } from "../../shared/contracts/failure.ts";
import type { BeginAnswer, NewAction } from "../../shared/contracts/ledger.ts";
import type { ActionRef, Provenance } from "../../shared/contracts/views.ts";
import type { LedgerSettings } from "../../shared/ledger/settings.ts";
import type { ShardSql } from "../../shared/ledger/shard/fullness.ts";
import { createShard, type Shard } from "../../shared/ledger/shard/shard.ts";
import { namesIn } from "../../shared/providers/names.ts";
import { readAgain } from "../../shared/providers/read-again.ts";
import { withTells } from "../../shared/providers/registry.ts";
import { PLATFORM_LIMITS } from "./d1.ts";
import { newAction, refundAction, sqlOf } from "./ledger.ts";
import { policy } from "./policy.ts";
import { earliestDue } from "./rows.ts";

export const SWEEP_MS = 30_000;
export const START = Date.parse("2026-10-23T09:00:00Z");
export const SETTINGS: LedgerSettings = { sweepMs: SWEEP_MS, handling: policy.handling };

/** One shard over SQLite in memory, with a clock that is set by hand and short names for what tests say often. */
export function openShard(
  sql: ShardSql = sqlOf(new DatabaseSync(":memory:", { limits: PLATFORM_LIMITS })),
  settings: LedgerSettings = SETTINGS,
) {
  const shard = { ...createShard(sql, settings, readAgain, namesIn), earliestDue: () => earliestDue(sql) };
  const clock = { now: START };
  const refOf = (item: NewAction) => ({ id: item.action.id, subject: item.action.subject });
  const acceptAs = (provenance: Provenance, ...events: PaymentEvent[]) =>
    shard.accept(
      events.map((event) => ({ event, raw: `{"id":"${event.id}"}`, provenance })),
      clock.now,
    );
  const begin = (item: NewAction): BeginAnswer => first(shard.begin([refOf(item)], clock.now));
  return {
    shard,
    clock,
    sql,
    pass: (ms: number) => {
      clock.now += ms;
    },
    accept: (...events: PaymentEvent[]) => acceptAs("signed", ...events),
    acceptAs,
    put: (...items: NewAction[]) => shard.putActions(items, clock.now),
    begin,
    /** Begins, and insists on being granted. */
    lease(item: NewAction): Extract<BeginAnswer, { kind: "granted" }> {
      const begun = begin(item);
      if (begun.kind !== "granted") throw new Error(`${item.action.id} was not granted: ${JSON.stringify(begun)}`);
      return begun;
    },
    settle: (item: NewAction, fence: number, outcome: Outcome) =>
      first(shard.settle([{ ref: refOf(item), fence, outcome }], clock.now)),
    fail: (item: NewAction, fence: number | null, failure: Failure) =>
      shard.failAction(refOf(item), fence, failure, null, clock.now),
    view: (item: NewAction) => {
      const view = shard.actions([refOf(item)])[0] ?? null;
      if (view === null) throw new Error(`${item.action.id} has no row`);
      return view;
    },
    refOf,
  };
}

export type OpenShard = ReturnType<typeof openShard>;

export function first<T>(list: readonly T[]): T {
  const [one] = list;
  if (one === undefined) throw new Error("the list is empty");
  return one;
}

export function event(changes: Partial<PaymentEvent> = {}): PaymentEvent {
  return withTells({
    id: "stripe:evt_1",
    type: "invoice.payment_failed",
    occurredAt: START,
    mode: "test",
    lane: "live",
    ...changes,
  });
}

export const refund = (n: number, changes: Parameters<typeof refundAction>[1] = {}, row: Partial<NewAction> = {}) =>
  newAction(refundAction(n, changes), row);

export const succeeded = (amountMinor: number | null = null): Outcome => ({
  kind: "succeeded",
  providerObject: "re_1",
  amountMinor,
  note: "done",
});

export const unknown = (readNoEffectAt: number | null = null, storedErrorAt: number | null = null): Outcome => ({
  kind: "unknown",
  note: "no clear answer",
  evidence: { readNoEffectAt, storedErrorAt },
});

export const failure = (reason: Failure["reason"], retryAfterMs?: number): Failure => ({
  reason,
  detail: `${reason} happened`,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

/** All steps of the pass that is due now. `isOver`: what other shards would say of an action. */
export function doChores(shard: Shard, now: number, isOver: (ref: ActionRef) => boolean = () => false): void {
  for (let steps = 0; steps < 1_000; steps++) {
    const found = shard.lookForChore(now);
    if (found === null) return;
    shard.doChore(found, isOver, now);
  }
  throw new Error("the pass does not come to its end");
}
