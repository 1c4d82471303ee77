import type { AnswerOf, ArgsOf } from "../../contracts/calls.ts";
import { Unavailable } from "../../contracts/failure.ts";
import type { CallName, LedgerCalls, ShardRpc } from "../../contracts/ledger.ts";

/** The part of a Durable Object namespace that we use. Generated types lack the methods of another script's classes. */
export type ShardNamespace = { getByName(name: string): unknown };

/** Calls one shard, or all of them. Rejects with `Unavailable` where one does not answer. */
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
  // A stub must not outlive its request or batch. This ledger is made for one, and its stubs live as long as it does.
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
 * Throws `Unavailable` where a shard cannot be reached or is overloaded. An exception of the shard's own code (`remote`) is
 * a bug and passes unchanged: https://developers.cloudflare.com/durable-objects/best-practices/error-handling/.
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
