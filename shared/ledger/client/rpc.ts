import type { Shard } from "../shard/shard.ts";

/** A shard as its callers see it: each call states the number of shards and is answered later; the clock is the shard's. */
type Remote<Method> = Method extends (...args: [...infer Args, number]) => infer Answer
  ? (shards: number, ...args: Args) => Promise<Answer>
  : never;
type RemoteRead<Method> = Method extends (...args: infer Args) => infer Answer
  ? (shards: number, ...args: Args) => Promise<Answer>
  : never;

type Timed =
  | "accept"
  | "claim"
  | "stand"
  | "putActions"
  | "close"
  | "failEvent"
  | "begin"
  | "recheck"
  | "settleAll"
  | "failAction"
  | "requestGrant"
  | "regrantAll"
  | "openCase"
  | "caseOpened"
  | "held"
  | "wake"
  | "deadLettered"
  | "redrive";
type Read = "standing" | "actions" | "actionsOf" | "deadRow" | "eventView" | "rawOf" | "recent" | "totals";

export type ShardRpc = { [Name in Timed]: Remote<Shard[Name]> } & { [Name in Read]: RemoteRead<Shard[Name]> };
