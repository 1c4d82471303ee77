import { callNamed } from "../../contracts/ledger.ts";
import type { Shard } from "./shard.ts";

/**
 * Runs the call of this name. Throws for an unknown name and where `args` is not a list. A missing argument becomes
 * undefined, so that the time stays the last one.
 */
export function runCall(shard: Shard, name: string, args: unknown, now: number): unknown {
  const call = callNamed(name);
  if (!Array.isArray(args)) throw new Error(`the ledger's call "${name}" came without its list of arguments`);
  const count = call.shape === "one" ? call.keyOf.length : 1;
  const given: unknown[] = Array.from({ length: count }, (_, index) => args[index]);
  const method = Reflect.get(shard, name) as (...args: unknown[]) => unknown;
  return method(...given, ...(call.runs === "read" ? [] : [now]));
}
