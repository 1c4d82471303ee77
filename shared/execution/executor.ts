import type { Action, Outcome } from "../contracts/action.ts";
import { proposedOfKind } from "../contracts/actions.ts";
import type { Failure } from "../contracts/failure.ts";
import type { GateRpc } from "../contracts/gate.ts";
import type { BeginAnswer, Ledger } from "../contracts/ledger.ts";
import type { ApprovedBy } from "../contracts/overridable.ts";
import type { Policy } from "../contracts/policy.ts";
import type { CallOptions, Effect, Snapshot } from "../contracts/provider.ts";
import { SECOND_MS } from "../core/time.ts";
import type { Policies } from "../gate/policy-copy.ts";
import type { Authenticate, Verify } from "../grant/verify.ts";
import type { Guardrails } from "../policy/document.ts";
import type { OwnChanges } from "../policy/own-changes.ts";
import type { Provider } from "../providers/port.ts";
import type { Rings } from "../queue/doorbells.ts";

/** What differs between the kinds: how what was read is judged, what is sent, and what follows from a decline. */
export type Executor<Seen extends Snapshot> = {
  /** Pure. If the action's effect exists already, it is settled, not sent again. Otherwise the guardrails are asked again. */
  judge(action: Action, seen: Seen, context: JudgeContext): Judgement;
  send(action: Action, seen: Seen, provider: Provider, call: CallOptions, policy: Guardrails): Promise<Effect>;
  /** The outcome or failure after a decline. Only the hash of the next step's id is async. */
  declined(action: Action, declined: Declined, context: DeclineContext): Promise<Outcome | Failure>;
};

/**
 * `providerObject`: the effect that the provider has named for this action. Once it has, nothing is sent again, whatever the
 * judgement. `mayHaveActedSince`: as in BeginAnswer. `changes`: our own of the subscription, where a rule needs them.
 */
export type JudgeContext = Pick<Granted, "providerObject" | "mayHaveActedSince"> & {
  policy: Guardrails;
  now: number;
  mode: string;
  changes: OwnChanges | null;
  /** Of the grant that was verified, and of nothing else. */
  approved: ApprovedBy | null;
};
/** `retryDelayScale` multiplies the wait for the next try. 1 in production; local runs use less. `seen`: before the call. */
export type DeclineContext = { policy: Guardrails; now: number; retryDelayScale: number; seen: Snapshot };
export type Declined = Extract<Effect, { kind: "declined" }>;
export type Judgement =
  | { kind: "send" }
  | { kind: "settle"; outcome: Outcome }
  | { kind: "refuse"; failure: Failure }
  /** The provider had accepted it as pending, and it was declined since. */
  | { kind: "declined"; effect: Declined };

/** What a batch is executed with. */
export type ExecutorDeps = Omit<ExecutionDeps, "policy">;

export type ExecutionDeps = {
  /** What the grant is checked against, and what the rules read. */
  policy: Policy;
  policies: Policies;
  ledger: Ledger;
  gate: Pick<GateRpc, "admit" | "hold">;
  /** Null: this Worker has no connection to that provider, or the provider has no executor. */
  providerOf(name: Action["provider"]): Provider | null;
  verify: Verify;
  authenticate: Authenticate;
  rings: Rings;
  /** How long one attempt may read and call the provider; 30 seconds by default, and never beyond its lease. */
  callMaxMs?: number;
  retryDelayScale: number;
  now(): number;
  log(line: Record<string, unknown>): void;
  alarm(line: Record<string, unknown>): void;
};

export type Granted = Extract<BeginAnswer, { kind: "granted" }>;

/** The wait before a pending effect is read again. Bank refunds take days. */
export const PENDING_CHECK_MS = 6 * 60 * 60 * SECOND_MS;

/** The named effect cannot be found: nothing is sent, because it could be a second one. */
export const goneAtProvider = ({ kind }: Action, providerObject: string): Failure => ({
  reason: "provider_not_found",
  detail: `the provider had named ${providerObject} for this ${proposedOfKind[kind]} and does not show its effect any more: nothing is sent again before a person has looked there`,
});
