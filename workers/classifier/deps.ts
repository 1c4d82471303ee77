import type { Claude } from "../../shared/agents/run.ts";
import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { Ledger } from "../../shared/contracts/ledger.ts";
import type { Mode } from "../../shared/core/ids.ts";
import type { Sign } from "../../shared/execution/grant.ts";
import type { Rings } from "../../shared/execution/rings.ts";
import type { Route } from "../../shared/policy/routing.ts";
import type { ProviderReader } from "../../shared/providers/port.ts";

export type ClassifierDeps = {
  ledger: Ledger;
  claude: Claude;
  /** Read-only: the classifier can move nothing. Null: no provider executes events of this source. */
  readerOf(eventId: string): ProviderReader | null;
  mode: Mode;
  sign: Sign;
  rings: Rings;
  retryDelayScale: number;
  now(): number;
};

/** An event that tells of a fact, and the key of that fact's row. */
export type Triggered = {
  event: PaymentEvent;
  route: Extract<Route, { kind: "triggers" | "defective" }>;
  factRowKey: string;
};

/** A look-up at the provider ends after this long; the event is tried again later. */
export const READ_DEADLINE_MS = 15_000;
