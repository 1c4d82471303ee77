import type { AnswerOf, ArgsOf } from "../../contracts/calls.ts";
import { Unavailable } from "../../contracts/failure.ts";
import type { CallName, LedgerCalls, ShardRpc } from "../../contracts/ledger.ts";

/** A Durable Object namespace, as far as it is used here. Generated types do not know the methods of another script's classes. */
export type ShardNamespace = { getByName(name: string): unknown };

/** Asks one shard, or all of them. */
export type Shards = {
  count: number;
  ask<Name extends CallName>(
    index: number,
    name: Name,
    args: ArgsOf<LedgerCalls[Name]>,
  ): Promise<AnswerOf<LedgerCalls[Name]>>;
  askAll<Name extends CallName>(name: Name, args: ArgsOf<LedgerCalls[Name]>): Promise<AnswerOf<LedgerCalls[Name]>[]>;
};

export function shardsOf(namespace: ShardNamespace, count: number): Shards {
  // A stub lives as long as this ledger, which is made for one request or batch: it must not outlive that.
  const shardsByIndex = new Map<number, ShardRpc>();
  const shard = (index: number): ShardRpc => {
    const known = shardsByIndex.get(index);
    if (known) return known;
    const fresh = reachable(namespace.getByName(`shard-${index}`) as ShardRpc, index);
    shardsByIndex.set(index, fresh);
    return fresh;
  };
  const ask: Shards["ask"] = async (index, name, args) => await shard(index).call(count, name, args);
  return {
    count,
    ask,
    askAll: (name, args) => Promise.all(Array.from({ length: count }, (_, index) => ask(index, name, args))),
  };
}

/**
 * A shard that cannot be reached, or is overloaded, is `Unavailable`. What its own code threw comes through as it is:
 * that is a bug (https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ says how to tell).
 */
function reachable(stub: ShardRpc, index: number): ShardRpc {
  return {
    async call(shards, name, args) {
      try {
        return await stub.call(shards, name, args);
      } catch (error) {
        if (typeof error === "object" && error !== null && Reflect.get(error, "remote") === true) throw error;
        throw new Unavailable("ledger_unavailable", `ledger shard ${index} did not answer ${name}: ${String(error)}`);
      }
    },
  };
}
