import { DurableObject } from "cloudflare:workers";
import type { AnswerOf, ArgsOf, Runs } from "../../shared/contracts/calls.ts";
import { type CallName, callNamed, type LedgerCalls, type ShardRpc } from "../../shared/contracts/ledger.ts";
import type { ActionRef } from "../../shared/contracts/views.ts";
import { numberOf } from "../../shared/core/bindings.ts";
import { createLedger } from "../../shared/ledger/client/client.ts";
import { createUnreached } from "../../shared/ledger/notice/unreached.ts";
import { runCall } from "../../shared/ledger/shard/run.ts";
import { createShard, type Shard } from "../../shared/ledger/shard/shard.ts";
import { DEFAULT_DOCUMENT } from "../../shared/policy/document.ts";
import { namesIn } from "../../shared/providers/names.ts";
import { alarmLine } from "../../shared/queue/log.ts";
import { producersOf } from "../../shared/queue/producers.ts";
import { createAlarm, QUIET_MS } from "./alarm.ts";
import { createChoreRunner } from "./chores.ts";
import { createCommitter } from "./committer.ts";
import { PUMPED_QUEUES, type PumpProducers, pump } from "./pump.ts";
import { readCovered } from "./read-covered.ts";
import { createSqlCounter, type SqlCounts } from "./sql-counts.ts";

/** One shard behind RPC: checks the caller's number of shards, passes the time, and sets the alarm of the pump. */
export class LedgerShard extends DurableObject<LedgerEnv> implements ShardRpc {
  readonly #shard: Shard;
  readonly #sweepMs: number;
  readonly #producers: PumpProducers;
  readonly #commit: ReturnType<typeof createCommitter>;
  readonly #chores: ReturnType<typeof createChoreRunner>;
  readonly #unreached: ReturnType<typeof createUnreached>;
  readonly #alarm: ReturnType<typeof createAlarm>;
  #shards: number | null = null;
  /** Null but in a benchmark. */
  readonly #counter: ReturnType<typeof createSqlCounter> | null;

  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(ctx, env);
    this.#sweepMs = numberOf(env, "SWEEP_MS");
    this.#alarm = createAlarm(this.#sweepMs, async (at) => {
      this.#counter?.alarmSet();
      await ctx.storage.setAlarm(at);
    });
    this.#producers = producersOf(env, PUMPED_QUEUES);
    this.#counter = Reflect.get(env, "COUNT_SQL") === "on" ? createSqlCounter() : null;
    const sql = this.#counter?.counted(ctx.storage.sql) ?? ctx.storage.sql;
    const settings = {
      sweepMs: this.#sweepMs,
      // What holds until policy has pushed another one: docs/decisions/0044.
      handling: DEFAULT_DOCUMENT.handling,
      patienceScale: numberOf(env, "PATIENCE_SCALE"),
      retentionDays: numberOf(env, "RETENTION_DAYS"),
    };
    this.#shard = createShard(sql, settings, readCovered, namesIn);
    this.#unreached = createUnreached(settings);
    const storage = { transactionSync: this.#transaction, sync: () => ctx.storage.sync() };
    this.#commit = createCommitter(storage, () => this.#arm(this.#shard.takeSoonestDue()));
    this.#chores = createChoreRunner({
      shard: this.#shard,
      transaction: this.#transaction,
      areOver: (refs) => this.#areOver(refs),
    });
    // Set in every case: an alarm may have been lost with a killed process, and the shard would never ring again.
    void ctx.blockConcurrencyWhile(() => this.#arm(this.#shard.nextWake()));
    void ctx.blockConcurrencyWhile(() => this.#arm(this.#chores.nextAt(Date.now())));
  }

  override async alarm(): Promise<void> {
    this.#alarm.rang();
    this.#watchFullness();
    try {
      await this.#counted("pump", () => pump(this.#overdue, this.#producers, Date.now()));
    } finally {
      this.#alarm.rest(Date.now() + Math.min(QUIET_MS, this.#sweepMs / 4));
      await this.#arm(this.#shard.nextWake());
      await this.#chores.step(Date.now());
      await this.#arm(this.#chores.nextAt(Date.now()));
    }
  }

  async #arm(due: number | null): Promise<void> {
    await this.#alarm.arm(due, Date.now());
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
    if (runs !== "read") this.#watchFullness();
    const run = () => runCall(this.#check(shards), name, args, Date.now());
    return (await this.#run(runs, () => this.#counted(name, run))) as AnswerOf<LedgerCalls[Name]>;
  }

  /** Asks the shards of these actions. Where one does not answer, or the number of shards is not known yet, nothing is said. */
  async #areOver(refs: ActionRef[]): Promise<boolean[]> {
    const shards = this.#shard.shards();
    return refs.length === 0 || shards === null ? [] : await createLedger(this.env.LEDGER, shards).isOver(refs);
  }

  /** Wakes somebody long before nothing fits any more. */
  #watchFullness(): void {
    const full = this.#shard.takeFullAlarm(Date.now());
    if (full !== null) alarmLine({ what: "shard.filling", shard: this.#name(), ...full });
  }

  #name(): string {
    return this.ctx.id.name ?? String(this.ctx.id);
  }

  #counted<Answer>(name: string, call: () => Answer): Answer {
    return this.#counter === null ? call() : this.#counter.during(name, call);
  }

  /** What was done in SQLite since the last call of this, by call. Empty where nothing is counted. */
  async takeSqlCounts(): Promise<SqlCounts> {
    return this.#counter?.take() ?? {};
  }

  /** What is in memory is forgotten where the write to disk fails. */
  #transaction = <Answer>(call: () => Answer): Answer => {
    try {
      return this.ctx.storage.transactionSync(call);
    } catch (error) {
      this.#shard.forget();
      this.#shards = null;
      throw error;
    }
  };

  /** One transaction: the pump's cursor never passes a row that is not written. */
  #overdue: Shard["overdue"] = (now, limit) => {
    const rung = this.#transaction(() => this.#shard.overdue(now, limit));
    const unreached = this.#unreached.takeAlarm(rung, now);
    if (unreached !== null) alarmLine({ what: "people.unreached", shard: this.#name(), ...unreached });
    return rung;
  };

  async #run(runs: Runs, call: () => unknown): Promise<unknown> {
    switch (runs) {
      case "read":
        return call();
      // A place in the pump that is given back may be wanted.
      case "memory": {
        const answer = call();
        await this.#arm(this.#shard.takeSoonestDue());
        return answer;
      }
      case "write": {
        const answer = this.#transaction(call);
        await this.#arm(this.#shard.takeSoonestDue());
        return answer;
      }
      // Many concurrent requests accept events. They share one wait for the disk.
      case "grouped":
        return await this.#commit(call);
    }
  }
}
