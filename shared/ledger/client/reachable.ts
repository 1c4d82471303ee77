import { Unavailable } from "../../contracts/failure.ts";
import type { ShardRpc } from "../../contracts/ledger.ts";

/**
 * A shard that cannot be reached, or is overloaded, is `Unavailable`. What its own code threw comes through as it is:
 * that is a bug (https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ says how to tell).
 */
export function reachable(stub: ShardRpc, index: number): ShardRpc {
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
