import { DurableObject } from "cloudflare:workers";
import type { AnswerOf, ArgsOf, Runs } from "../../shared/contracts/calls.ts";
import { type CallName, callNamed, type LedgerCalls, type ShardRpc } from "../../shared/contracts/ledger.ts";
import { numberOf } from "../../shared/core/bindings.ts";
import { runCall } from "../../shared/ledger/shard/run.ts";
import { createShard, type Shard } from "../../shared/ledger/shard/shard.ts";
import { producersOf } from "../../shared/queue/producers.ts";
import { createCommitter } from "./committer.ts";
import { PUMPED_QUEUES, type PumpProducers, pump } from "./pump.ts";
import { readCovered } from "./read-covered.ts";

/** The pump's shortest interval. It applies while overdue rows wait for a place in the pump. */
const QUIET_MS = 250;

/** One shard behind RPC: checks the caller's number of shards, passes the time, and sets the alarm of the pump. */
export class LedgerShard extends DurableObject<LedgerEnv> implements ShardRpc {
  readonly #shard: Shard;
  readonly #sweepMs: number;
  readonly #producers: PumpProducers;
  readonly #commit: ReturnType<typeof createCommitter>;
  /** When the alarm is set for, as far as this process knows. */
  #alarmAt = Number.POSITIVE_INFINITY;
  #shards: number | null = null;
  /** Until when overdue rows do not set an alarm: rows without a place in the pump stay overdue. */
  #quietUntil = 0;

  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(ctx, env);
    this.#sweepMs = numberOf(env, "SWEEP_MS");
    this.#producers = producersOf(env, PUMPED_QUEUES);
    this.#shard = createShard(ctx.storage.sql, { sweepMs: this.#sweepMs }, readCovered);
    this.#commit = createCommitter(ctx.storage, () => this.#arm(this.#shard.takeSoonestDue()));
    // Set in every case: an alarm may have been lost with a killed process, and the shard would never ring again.
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

  /** Rounds the time up, so that one alarm serves several due rows: setting an alarm is a write. */
  async #arm(due: number | null): Promise<void> {
    if (due === null) return;
    const moment = Math.min(250, this.#sweepMs / 10);
    const at = Math.ceil((due <= Date.now() ? Math.max(due, this.#quietUntil) : due) / moment) * moment;
    // The platform tries an alarm six times, then drops it: one that is long overdue is lost.
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

  /** Runs a call of LEDGER_CALLS by its name. Throws for another number of shards. */
  async call<Name extends CallName>(
    shards: number,
    name: Name,
    args: ArgsOf<LedgerCalls[Name]>,
  ): Promise<AnswerOf<LedgerCalls[Name]>> {
    const { runs } = callNamed(name);
    return (await this.#run(runs, () => runCall(this.#check(shards), name, args, Date.now()))) as AnswerOf<
      LedgerCalls[Name]
    >;
  }

  async #run(runs: Runs, call: () => unknown): Promise<unknown> {
    switch (runs) {
      case "read":
      case "memory":
        return call();
      case "write": {
        const answer = this.ctx.storage.transactionSync(call);
        await this.#arm(this.#shard.takeSoonestDue());
        return answer;
      }
      // Many concurrent requests accept events. They share one wait for the disk.
      case "grouped":
        return await this.#commit(call);
    }
  }
}
