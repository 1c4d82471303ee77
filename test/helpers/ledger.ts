import { DatabaseSync } from "node:sqlite";
import type { Action } from "../../shared/contracts/action.ts";
import type { CallName, Ledger, NewAction, ShardRpc } from "../../shared/contracts/ledger.ts";
import type { ActionRef } from "../../shared/contracts/views.ts";
import type { SqlValue } from "../../shared/core/sql.ts";
import { createLedger } from "../../shared/ledger/client/client.ts";
import { DUE_CAP_MS, UNCLAIMED_RINGS_MAX } from "../../shared/ledger/settings.ts";
import type { ShardSql } from "../../shared/ledger/shard/fullness.ts";
import { runCall } from "../../shared/ledger/shard/run.ts";
import { createShard, type Shard } from "../../shared/ledger/shard/shard.ts";
import { duplicateNumbersOf } from "../../shared/policy/duplicates.ts";
import { namesIn } from "../../shared/providers/names.ts";
import { readAgain } from "../../shared/providers/read-again.ts";
import type { NoticeToRing } from "../../shared/queue/doorbells.ts";
import { createChoreRunner } from "../../workers/ledger/chores.ts";
import { PLATFORM_LIMITS } from "./d1.ts";
import { policy } from "./policy.ts";

export type LocalLedger = {
  ledger: Ledger;
  clock: { now: number };
  /** While its name is in here, a call is refused, as if its shard were away. */
  broken: Set<CallName>;
  /** Every call that reached a shard, in order. */
  calls: CallName[];
  /** The shard of this index by itself, as whoever has the binding reaches it: with rows that are not its own, too. */
  shard(index: number): ShardRpc;
  /** One round of the pump in every shard: the actions, events and notices that are rung for. */
  pump(): { actions: ActionRef[]; events: string[]; notices: NoticeToRing[] };
  /** All that is to be done now to old rows, in every shard. */
  chores(): Promise<void>;
  /** The databases of the shards that were opened. */
  databases: DatabaseSync[];
  /** Every row of every table of every shard, as it is on disk. */
  dump(): string;
  /** Time passes until every row that waits has been rung for so often, and nobody has come. */
  ringInVain(times: number): void;
};

/** The tables of the only shard of an older deployment, and when they were written down. */
export type Stored = { sql: string; madeAt: number };

/** The real ledger, client and shards, over SQLite in memory: only the Durable Object around each shard is left out. */
export function createLocalLedger(shards = 3, stored: Stored | null = null): LocalLedger {
  const clock = { now: stored?.madeAt ?? Date.parse("2026-10-23T09:00:00Z") };
  const broken = new Set<CallName>();
  const calls: CallName[] = [];
  const byName = new Map<string, ShardRpc>();
  const opened: Shard[] = [];
  const databases: DatabaseSync[] = [];
  const getByName = (name: string): ShardRpc => {
    const known = byName.get(name);
    if (known !== undefined) return known;
    const sqlite = new DatabaseSync(":memory:", { limits: PLATFORM_LIMITS });
    if (stored !== null) sqlite.exec(stored.sql);
    const shard = createShard(sqlOf(sqlite), { sweepMs: 30_000, handling: policy.handling }, readAgain, namesIn);
    const stub = rpcOf(shard);
    opened.push(shard);
    databases.push(sqlite);
    byName.set(name, stub);
    return stub;
  };
  const pump = () => {
    const rung = opened.map((shard) => shard.overdue(clock.now, UNCLAIMED_RINGS_MAX));
    return {
      actions: rung.flatMap(({ actions }) => actions.map(({ id, subject }) => ({ id, subject }))),
      events: rung.flatMap(({ events }) => events.map(({ id }) => id)),
      notices: rung.flatMap(({ notices }) => notices),
    };
  };
  const ringInVain = (times: number): void => {
    for (let n = 0; n < times; n++) {
      clock.now += DUE_CAP_MS;
      pump();
    }
  };
  const chores = async (): Promise<void> => {
    for (const shard of opened) {
      const areOver = (refs: ActionRef[]) => ledger.isOver(refs);
      const runner = createChoreRunner({ shard, transaction: (call) => call(), areOver });
      while (runner.nextAt(clock.now) <= clock.now) await runner.step(clock.now);
    }
  };
  const rpcOf = (shard: Shard): ShardRpc => ({
    call: async (given, name, args) => {
      shard.requireShards(given);
      if (broken.has(name)) throw new Error(`${name}: the shard does not answer`);
      calls.push(name);
      // What crosses an RPC is a copy.
      return structuredClone(runCall(shard, name, structuredClone(args), clock.now)) as never;
    },
  });
  const shard = (index: number): ShardRpc => getByName(`shard-${index}`);
  const ledger = createLedger({ getByName }, shards);
  const dump = (): string => databases.map(dumpOf).join("\n");
  return { ledger, shard, clock, broken, calls, pump, chores, ringInVain, databases, dump };
}

/** Every row of every table. */
export function dumpOf(sqlite: DatabaseSync): string {
  const tables = sqlite.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  return tables.map(({ name }) => JSON.stringify(sqlite.prepare(`SELECT * FROM "${name}"`).all())).join("\n");
}

export function sqlOf(sqlite: DatabaseSync): ShardSql {
  return {
    get databaseSize() {
      const [pages, bytes] = ["page_count", "page_size"].map((name) => {
        const row = sqlite.prepare(`PRAGMA ${name}`).get();
        return Number(row?.[name] ?? 0);
      });
      return (pages ?? 0) * (bytes ?? 0);
    },
    exec<Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]) {
      if (bindings.length === 0 && !/^\s*SELECT/i.test(query)) {
        sqlite.exec(query);
        return { toArray: () => [] };
      }
      const rows = sqlite.prepare(query).all(...bindings) as Row[];
      return { toArray: () => rows };
    },
  };
}

const hex = (n: number): string => n.toString(16).padStart(32, "0");

/** A refund of 42.50 USD on a payment of its own; `n` tells them apart. */
export function refundAction(n: number, changes: Partial<Action> = {}): Action {
  return {
    id: `act_${hex(n)}`,
    kind: "refund",
    variant: null,
    provider: "stripe",
    account: null,
    mode: "test",
    subject: `pi_${n}`,
    payment: `pi_${n}`,
    charge: null,
    invoice: null,
    customer: null,
    subscription: null,
    amountMinor: 4_250,
    currency: "usd",
    factKey: `outside_decision/outside:${n}`,
    step: 1,
    ...changes,
  };
}

const GRANT = { kid: "k", claims: "{}", signature: "s" };

/** How an action row begins: granted and ready, or waiting for a case. */
export function newAction(action: Action, changes: Partial<NewAction> = {}): NewAction {
  return {
    action,
    eventId: `stripe:evt_${action.subject}`,
    causedAt: null,
    numbers: duplicateNumbersOf(policy),
    grant: GRANT,
    notBefore: null,
    caseReason: null,
    caseAbout: null,
    ...changes,
  };
}
