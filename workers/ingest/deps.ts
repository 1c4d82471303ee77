import type { Lane } from "../../shared/contracts/event.ts";
import type { GateRpc } from "../../shared/contracts/gate.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { EventDoorbell } from "../../shared/contracts/queues.ts";
import type { Mode } from "../../shared/core/ids.ts";
import type { KeyedHash } from "../../shared/core/keyed-hash.ts";
import type { Callers } from "../../shared/core/secret-forms.ts";
import type { BoundedLog } from "../../shared/http/bounded-log.ts";
import type { Paces } from "../../shared/http/pace.ts";
import type { RateLimiter, Refusal } from "../../shared/http/refusals.ts";
import type { NamesOf } from "./callers.ts";

export type Secrets = {
  /** By the name of the binding in the webhook's registration. Each may be several; all are valid. */
  webhooks: Readonly<Record<string, string>>;
  /** By caller, of each the one in use first. */
  ingestKeys: Callers;
  readKeys: readonly string[];
  /** Hash what people wrote, and the keys of requests: the first does, the others recognise. */
  contentHashKeys: readonly string[];
};

/** What lives as long as the isolate. */
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
  /** How long a sender may let us wait; `PACES` where absent. */
  paces?: Paces;
};

/** What belongs to one request: requests of a Worker must not share stubs or streams. */
export type RequestDeps = {
  ledger: Pick<Ledger, "accept" | "claimKey" | "eventView" | "trace">;
  /** For what was last heard alone. */
  gate: Pick<GateRpc, "heard" | "spoilt">;
  ring: (lane: Lane, doorbells: EventDoorbell[]) => Promise<void>;
  /** Counts refused attempts. Without it they are refused all the same. */
  limiter?: RateLimiter | null;
};

/** `refuse`: the answer to an attempt that is refused at this route. `cutShort`: logs a body that stalls or breaks off. */
export type Deps = Settings &
  RequestDeps & {
    hash: KeyedHash;
    namesOf: NamesOf;
    refuse(refusal: Refusal): Promise<Response>;
    cutShort: BoundedLog;
  };
