import { DurableObject } from "cloudflare:workers";
import type { AnswerOf, ArgsOf, Runs } from "../../shared/contracts/calls.ts";
import { type CallName, callNamed, type LedgerCalls, type ShardRpc } from "../../shared/contracts/ledger.ts";
import { numberOf } from "../../shared/core/bindings.ts";
import { runCall } from "../../shared/ledger/shard/run.ts";
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

  /** The one method of the object: a call of the ledger's table, by its name. */
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
      // Events come from many requests at once, which would each wait for the disk: they share that wait.
      case "grouped":
        return await this.#commit(call);
    }
  }
}
