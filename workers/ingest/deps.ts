import type { Lane } from "../../shared/contracts/event.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { EventDoorbell } from "../../shared/contracts/queues.ts";
import type { Mode } from "../../shared/core/ids.ts";

export type Secrets = {
  /** By the binding that the webhook's registration names. */
  webhooks: Readonly<Record<string, string>>;
  ingestKey: string;
  readKey: string;
};

/** What stays the same for the life of the Worker. Each secret may be several, comma-separated, all valid at once. */
export type Settings = {
  secrets: Secrets;
  mode: Mode;
  now: () => number;
  sleep: (delayMs: number) => Promise<void>;
  log: (line: Record<string, unknown>) => void;
};

/** What belongs to one request: a Worker's stubs and streams are not shared between requests. */
export type RequestDeps = {
  ledger: Pick<Ledger, "accept" | "claimKey" | "eventView" | "trace">;
  ring: (lane: Lane, doorbells: EventDoorbell[]) => Promise<void>;
};

export type Deps = Settings & RequestDeps;
