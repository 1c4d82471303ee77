import { DurableObject } from "cloudflare:workers";
import type { CallEvidence, Grant } from "../../shared/contracts/action.ts";
import type { Failure } from "../../shared/contracts/failure.ts";
import type { HoldRef } from "../../shared/contracts/gate.ts";
import type {
  AcceptItem,
  ActionRef,
  ActionReport,
  EventClosing,
  HeldAction,
  NewAction,
  RowRef,
  Settling,
  Stand,
} from "../../shared/contracts/ledger.ts";
import { numberOf } from "../../shared/core/bindings.ts";
import type { ShardRpc } from "../../shared/ledger/client/rpc.ts";
import { createShard, type Shard } from "../../shared/ledger/shard/shard.ts";
import { producersOf } from "../../shared/queue/producers.ts";
import { createCommitter } from "./committer.ts";
import { PUMPED_QUEUES, type PumpProducers, pump } from "./pump.ts";

/** While as many rows are rung for as may be, the pump looks again so soon. */
const QUIET_MS = 250;

/** One shard behind RPC: checks the caller's number of shards, passes the clock in, and keeps the one alarm armed. */
export class LedgerShard extends DurableObject<LedgerEnv> implements ShardRpc {
  readonly #shard: Shard;
  readonly #sweepMs: number;
  readonly #producers: PumpProducers;
  readonly #commit: ReturnType<typeof createCommitter>;
  /** When the alarm is set for, as far as this process knows. */
  #alarmAt = Number.POSITIVE_INFINITY;
  #shards: number | null = null;
  /** What may not be rung for yet stays overdue: until then it is no reason to wake. */
  #quietUntil = 0;

  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(ctx, env);
    this.#sweepMs = numberOf(env, "SWEEP_MS");
    this.#producers = producersOf(env, PUMPED_QUEUES);
    this.#shard = createShard(ctx.storage.sql, { sweepMs: this.#sweepMs });
    this.#commit = createCommitter(ctx.storage, () => this.#arm(this.#shard.takeSoonestDue()));
    // Set anew whatever was set before: an alarm that was lost with a killed process must not silence the shard.
    void ctx.blockConcurrencyWhile(() => this.#arm(this.#shard.earliestDue()));
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = Number.POSITIVE_INFINITY;
    try {
      await pump(this.#shard, this.#producers, Date.now());
    } finally {
      this.#quietUntil = Date.now() + Math.min(QUIET_MS, this.#sweepMs / 4);
      await this.#arm(this.#shard.earliestDue());
    }
  }

  /** One alarm serves all that is due within a moment: setting it is a write. */
  async #arm(due: number | null): Promise<void> {
    if (due === null) return;
    const moment = Math.min(250, this.#sweepMs / 10);
    const at = Math.ceil((due <= Date.now() ? Math.max(due, this.#quietUntil) : due) / moment) * moment;
    // One that is long overdue was given up by the platform, which tries an alarm six times.
    const isLost = Date.now() - this.#alarmAt > this.#sweepMs;
    if (at >= this.#alarmAt && !isLost) return;
    this.#alarmAt = at;
    await this.ctx.storage.setAlarm(at);
  }

  #check(shards: number): Shard {
    if (this.#shards !== shards) {
      this.#shard.requireShards(shards);
      this.#shards = shards;
    }
    return this.#shard;
  }

  /** Runs one call that writes as one transaction, with the clock; the pump wakes for what it leaves waiting. */
  async #write<Answer>(shards: number, call: (shard: Shard, now: number) => Answer): Promise<Answer> {
    const answer = this.ctx.storage.transactionSync(() => call(this.#check(shards), Date.now()));
    await this.#arm(this.#shard.takeSoonestDue());
    return answer;
  }

  /** Events come from many requests at once, which would each wait for the disk: they share that wait. */
  accept(shards: number, items: AcceptItem[]) {
    return this.#commit(() => this.#check(shards).accept(items, Date.now()));
  }
  async claim(shards: number, ids: string[]) {
    return this.#write(shards, (shard, now) => shard.claim(ids, now));
  }
  async stand(shards: number, items: Stand[]) {
    return this.#write(shards, (shard, now) => shard.stand(items, now));
  }
  async putActions(shards: number, items: NewAction[]) {
    return this.#write(shards, (shard, now) => shard.putActions(items, now));
  }
  async close(shards: number, items: EventClosing[]) {
    return this.#write(shards, (shard, now) => shard.close(items, now));
  }
  async failEvent(shards: number, id: string, failure: Failure) {
    return this.#write(shards, (shard, now) => shard.failEvent(id, failure, now));
  }
  async begin(shards: number, refs: ActionRef[]) {
    return this.#write(shards, (shard, now) => shard.begin(refs, now));
  }
  async recheck(shards: number, reports: ActionReport[]) {
    return this.#write(shards, (shard, now) => shard.recheck(reports, now));
  }
  async settleAll(shards: number, items: Settling[]) {
    return this.#write(shards, (shard, now) => shard.settleAll(items, now));
  }
  async failAction(
    shards: number,
    ref: ActionRef,
    fence: number | null,
    failure: Failure,
    evidence: CallEvidence | null,
  ) {
    return this.#write(shards, (shard, now) => shard.failAction(ref, fence, failure, evidence, now));
  }
  async requestGrant(shards: number, ref: ActionRef, fence: number, why: string) {
    return this.#write(shards, (shard, now) => shard.requestGrant(ref, fence, why, now));
  }
  async regrantAll(shards: number, items: { ref: ActionRef; grant: Grant }[]) {
    return this.#write(shards, (shard, now) => shard.regrantAll(items, now));
  }
  async openCase(shards: number, ref: ActionRef, reason: string) {
    return this.#write(shards, (shard, now) => shard.openCase(ref, reason, now));
  }
  async caseOpened(shards: number, refs: ActionRef[]) {
    return this.#write(shards, (shard, now) => shard.caseOpened(refs, now));
  }
  async held(shards: number, items: HeldAction[]) {
    return this.#write(shards, (shard, now) => shard.held(items, now));
  }
  async wake(shards: number, hold: HoldRef) {
    return this.#write(shards, (shard, now) => shard.wake(hold, now));
  }
  async deadLettered(shards: number, row: RowRef) {
    return this.#write(shards, (shard, now) => shard.deadLettered(row, now));
  }
  async redrive(shards: number, row: RowRef, nonce: string) {
    return this.#write(shards, (shard, now) => shard.redrive(row, nonce, now));
  }

  async standing(shards: number, keys: string[]) {
    return this.#check(shards).standing(keys);
  }
  async actions(shards: number, refs: ActionRef[]) {
    return this.#check(shards).actions(refs);
  }
  async actionsOf(shards: number, subject: string) {
    return this.#check(shards).actionsOf(subject);
  }
  async deadRow(shards: number, row: RowRef) {
    return this.#check(shards).deadRow(row);
  }
  async eventView(shards: number, id: string) {
    return this.#check(shards).eventView(id);
  }
  async rawOf(shards: number, id: string) {
    return this.#check(shards).rawOf(id);
  }
  async recent(shards: number, limit: number) {
    return this.#check(shards).recent(limit);
  }
  async totals(shards: number) {
    return this.#check(shards).totals();
  }
}
