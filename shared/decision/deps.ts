import type { Claude } from "../agents/run.ts";
import type { ClaimedEvent, Ledger } from "../contracts/ledger.ts";
import type { Limiter } from "../core/concurrency.ts";
import type { FactRowKey, Mode } from "../core/ids.ts";
import type { Sign } from "../grant/grant.ts";
import type { Route } from "../policy/routing.ts";
import type { Rings } from "../queue/doorbells.ts";
import type { Lookups } from "./lookups.ts";

export type ClassifierDeps = {
  ledger: Ledger;
  claude: Claude;
  /** Claude's calls wait here for their turn, with the look-ups: at most six outside calls at once. */
  outside: Limiter;
  /** Read-only: the classifier can move nothing. Null: no provider executes events of this source. */
  readerOf(eventId: string): Lookups | null;
  mode: Mode;
  sign: Sign;
  rings: Rings;
  retryDelayScale: number;
  now(): number;
};

/** An event that waits for its decision, and since when. */
export type Claimed = Pick<ClaimedEvent, "event" | "acceptedAt">;

/** An event that tells of a fact, and the key of that fact's row. */
export type Triggered = Claimed & {
  route: Extract<Route, { kind: "triggers" | "defective" }>;
  factRowKey: FactRowKey;
};
