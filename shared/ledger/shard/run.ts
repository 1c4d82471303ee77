import { callNamed } from "../../contracts/ledger.ts";
import type { Shard } from "./shard.ts";

/**
 * Runs the call of this name. What travelled is checked as far as it says what runs: an unknown name, or something else than
 * a list of arguments, is an error. An argument that the caller left out is undefined, so that the time stays last.
 */
export function runCall(shard: Shard, name: string, args: unknown, now: number): unknown {
  const call = callNamed(name);
  if (!Array.isArray(args)) throw new Error(`the ledger's call "${name}" came without its list of arguments`);
  const count = call.shape === "one" ? call.keyOf.length : 1;
  const given: unknown[] = Array.from({ length: count }, (_, index) => args[index]);
  const method = Reflect.get(shard, name) as (...args: unknown[]) => unknown;
  return method(...given, ...(call.runs === "read" ? [] : [now]));
}
