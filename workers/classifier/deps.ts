import type { Claude } from "../../shared/agents/run.ts";
import type { ClaimedEvent, Ledger } from "../../shared/contracts/ledger.ts";
import type { Limiter } from "../../shared/core/concurrency.ts";
import type { Mode } from "../../shared/core/ids.ts";
import type { Sign } from "../../shared/execution/grant.ts";
import type { Rings } from "../../shared/execution/rings.ts";
import type { Route } from "../../shared/policy/routing.ts";
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
  factRowKey: string;
};
