import type { Claude } from "../agents/run.ts";
import type { GateRpc } from "../contracts/gate.ts";
import type { ClaimedEvent, Ledger } from "../contracts/ledger.ts";
import type { Policy } from "../contracts/policy.ts";
import type { Limiter } from "../core/concurrency.ts";
import type { FactRowKey, Mode } from "../core/ids.ts";
import type { VerifyApproval } from "../grant/approval.ts";
import type { Sign } from "../grant/sign.ts";
import type { Authenticate } from "../grant/verify.ts";
import type { Route } from "../policy/facts.ts";
import type { Rings } from "../queue/doorbells.ts";
import type { Lookups } from "./lookups.ts";

export type DecisionDeps = {
  /** What is decided under. A batch has one: what is published meanwhile holds from the next one on. */
  policy: Policy;
  ledger: Ledger;
  claude: Claude;
  /** Limits the outside calls of one batch, Claude's and the look-ups', to six at once. */
  outside: Limiter;
  /** Read-only: the classifier cannot move money. In the account; null is the platform's own. Null: no reader. */
  lookupsOf(eventId: string, account: string | null): Lookups | null;
  mode: Mode;
  sign: Sign;
  /** The public keys that the executors have too: what was signed before is signed again, and nothing else. */
  authenticate: Authenticate;
  /** The public keys of the console's approvals. */
  verifyApproval: VerifyApproval;
  /** It puts the payment of a row that is not ours on hold, and asks the gate nothing. */
  gate: Pick<GateRpc, "hold">;
  alarm(line: Record<string, unknown>): void;
  rings: Rings;
  retryDelayScale: number;
  now(): number;
};

/** An event that waits for its decision. `acceptedAt` in epoch milliseconds. */
export type Claimed = Pick<ClaimedEvent, "event" | "acceptedAt">;

/** An event that triggers a decision about a fact, and the key of the fact's row. */
export type Triggered = Claimed & {
  route: Extract<Route, { kind: "triggers" | "defective" }>;
  factRowKey: FactRowKey;
};
