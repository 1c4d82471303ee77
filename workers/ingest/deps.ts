import type { Lane } from "../../shared/contracts/event.ts";
import type { GateRpc } from "../../shared/contracts/gate.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { EventDoorbell } from "../../shared/contracts/queues.ts";
import type { Mode } from "../../shared/core/ids.ts";
import type { KeyedHash } from "../../shared/core/keyed-hash.ts";

export type Secrets = {
  /** By the name of the binding in the webhook's registration. */
  webhooks: Readonly<Record<string, string>>;
  ingestKey: string;
  readKey: string;
  /** Hashes what people wrote, and the keys of requests: the first does, the others recognise. */
  contentHashKey: string;
};

/** What lives as long as the isolate. Each secret may be a comma-separated list; all its entries are valid. */
export type Settings = {
  secrets: Secrets;
  mode: Mode;
  /** The number of the ledger's shards: a long body is gathered a shard. */
  shards: number;
  /** How many calls of bindings one request may make. */
  subrequests: number;
  now: () => number;
  sleep: (delayMs: number) => Promise<void>;
  log: (line: Record<string, unknown>) => void;
};

/** What belongs to one request: requests of a Worker must not share stubs or streams. */
export type RequestDeps = {
  ledger: Pick<Ledger, "accept" | "claimKey" | "eventView" | "trace">;
  /** For what was last heard alone. */
  gate: Pick<GateRpc, "heard">;
  ring: (lane: Lane, doorbells: EventDoorbell[]) => Promise<void>;
};

export type Deps = Settings & RequestDeps & { hash: KeyedHash };
